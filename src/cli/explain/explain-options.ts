/**
 * The command line of `explain`: a request and what becomes of it, as people write them, become the values that are
 * explained. It decides what may be left out and what contradicts itself, and knows no policy.
 */
import { readFileSync } from "node:fs";
import { METHODS } from "node:http";
import { parseArgs } from "node:util";
import type { Outcome } from "../../decide/outcome.ts";
import { FAILURES } from "../../decide/words.ts";
import { codeOf } from "../../error-code.ts";
import { headerValue } from "../../http/headers.ts";
import { reasonPhrase } from "../../http/reason.ts";
import { jsonOf } from "../../json.ts";
import { sampleAnswer, sampleFailure } from "../../policy/sample.ts";
import type { ExplainedRequest } from "../../rehearse/explain.ts";
import { METHOD_REFUSED, REFUSED_METHODS } from "../../server/request.ts";

const OPTIONS = {
  header: { type: "string", short: "H", multiple: true },
  data: { type: "string", short: "d" },
  body: { type: "string" },
  answer: { type: "string" },
  "answer-header": { type: "string", short: "A", multiple: true },
  "answer-body": { type: "string" },
  message: { type: "string" },
  failure: { type: "string" },
  attempt: { type: "string" },
  json: { type: "boolean" },
} as const;

export type ExplainCommand = {
  readonly file: string;
  readonly request: ExplainedRequest;
  readonly outcome: Outcome | undefined;
  readonly attempts: number;
  readonly json: boolean;
};

/** What is wrong with a command line; one that lacks the most is shown everything there is. */
type Problem = { readonly problem: string; readonly isLost: boolean };

/** The command line of `explain`, or the first thing that is wrong with it. */
export function readExplainOptions(args: readonly string[]): ExplainCommand | Problem {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
    const [file, request, ...rest] = positionals;
    if (file === undefined || request === undefined)
      return { problem: "a policy file and a request are needed", isLost: true };
    exclude(values, "data", "body");
    return {
      file,
      request: {
        ...methodAndTarget(request, rest),
        ...headersAndBody(
          headerList(values.header),
          values.body === undefined ? values.data : textOf("--body", values.body),
        ),
      },
      outcome: outcomeOf(values),
      attempts: wholeNumber("--attempt", values.attempt ?? "1", 1, 10),
      json: values.json ?? false,
    };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // Node adds how to write such a thing as a positional; nobody means that here.
    return { problem: message.replace(/\. To specify a positional.*$/s, ""), isLost: false };
  }
}

function methodAndTarget(
  request: string,
  rest: readonly string[],
): Pick<ExplainedRequest, "method" | "target"> {
  const all = [request, ...rest].join(" ");
  if (rest.length > 0)
    throw new Error(`"${all}" are ${rest.length + 1} words; put quotes around them: '${all}'`);
  const [, written, target] = /^([A-Za-z-]+) (\S+)$/.exec(request) ?? [];
  if (written === undefined || target === undefined)
    throw new Error(`"${request}" is not a request; expected e.g. 'PUT /openidm/managed/alpha_user/1'`);
  const method = written.toUpperCase();
  if (!METHODS.includes(method)) throw new Error(`"${written}" is not a method of HTTP`);
  if (REFUSED_METHODS.has(method))
    throw new Error(`the gateway would answer ${METHOD_REFUSED.status}: ${METHOD_REFUSED.message}`);
  return { method, target };
}

/** Whoever leaves the content type out means what everybody sends. */
function headersAndBody(
  headers: readonly string[],
  body: string | undefined,
): Pick<ExplainedRequest, "headers" | "body"> {
  if (body === undefined) return { headers, body };
  const typed = headerValue(headers, "content-type") !== undefined;
  const type = jsonOf(body) !== undefined ? "application/json" : "application/x-www-form-urlencoded";
  return { headers: typed ? headers : [...headers, "Content-Type", type], body: Buffer.from(body) };
}

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>["values"];

/** Of two flags that say the same thing neither can win. */
function exclude(values: Values, one: keyof Values, other: keyof Values): void {
  if (values[one] !== undefined && values[other] !== undefined)
    throw new Error(`--${one} and --${other} exclude each other`);
}

/** What says something about an answer, or of an attempt that was made. */
function needs(values: Values, flags: readonly (keyof Values)[], needed: string): void {
  const alone = flags.find((flag) => values[flag] !== undefined);
  if (alone !== undefined) throw new Error(`--${alone} needs ${needed}`);
}

function textOf(flag: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const code = codeOf(error);
    throw new Error(
      `${flag} "${file}": ${code === "ENOENT" ? "there is no such file" : `cannot be read (${code ?? "unknown reason"})`}`,
    );
  }
}

function outcomeOf(values: Values): Outcome | undefined {
  exclude(values, "answer", "failure");
  exclude(values, "message", "answer-body");
  const { answer, failure, message } = values;
  const file = values["answer-body"];
  if (answer === undefined) needs(values, ["answer-header", "answer-body", "message"], "--answer STATUS");
  if (failure !== undefined) {
    const word = FAILURES.find((each) => each === failure);
    if (!word) throw new Error(`--failure "${failure}": expected one of ${FAILURES.join(", ")}`);
    return sampleFailure(word);
  }
  if (answer === undefined) {
    needs(values, ["attempt"], "--answer STATUS or --failure WORD");
    return undefined;
  }
  const status = wholeNumber("--answer", answer, 200, 599);
  const said = message === undefined ? undefined : crestBody(status, message);
  return sampleAnswer(
    status,
    headerList(values["answer-header"]),
    file === undefined ? said : textOf("--answer-body", file),
  );
}

function crestBody(status: number, message: string): string {
  return JSON.stringify({ code: status, reason: reasonPhrase(status), message });
}

function headerList(lines: readonly string[] | undefined): string[] {
  return (lines ?? []).flatMap((line) => {
    const colon = line.indexOf(":");
    if (colon < 1) throw new Error(`"${line}" is not a header; expected 'Name: value'`);
    return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
  });
}

function wholeNumber(flag: string, text: string, least: number, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most))
    throw new Error(`${flag} "${text}": expected a number from ${least} to ${most}`);
  return value;
}
