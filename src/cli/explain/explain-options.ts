/**
 * The command line of `explain`: a request and what becomes of it, as people write them, become the values that are
 * explained. It decides what may be left out and what contradicts itself, and knows no policy.
 */
import { readFileSync } from "node:fs";
import { METHODS } from "node:http";
import type { Outcome } from "../../decide/outcome.ts";
import { FAILURES } from "../../decide/words.ts";
import { codeOf } from "../../error-code.ts";
import { headerValue } from "../../http/headers.ts";
import { reasonPhrase } from "../../http/reason.ts";
import { jsonOf } from "../../json.ts";
import { sampleAnswer, sampleFailure } from "../../policy/sample.ts";
import type { ExplainedRequest } from "../../rehearse/explain.ts";
import { METHOD_REFUSED, REFUSED_METHODS } from "../../server/request.ts";
import { type FlagValues, readFlags } from "../flags.ts";
import { andThen, listed, type Reading, right, together, wrong } from "../reading.ts";

export const EXPLAIN_FLAGS = {
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

/** All that is wrong with a command line; one that lacks the most is shown everything there is. */
type Problems = { readonly problems: readonly string[]; readonly isLost: boolean };

/** The command line of `explain`, or everything that is wrong with it. */
export function readExplainOptions(args: readonly string[]): ExplainCommand | Problems {
  const given = readFlags(args, EXPLAIN_FLAGS);
  if ("problems" in given) return { ...given, isLost: false };
  const { values, positionals } = given.value;
  const [file, request, ...rest] = positionals;
  if (file === undefined || request === undefined)
    return { problems: ["a policy file and a request are needed"], isLost: true };
  const read = together({
    asked: methodAndTarget(request, rest),
    headers: headerList(values.header),
    body: bodyOf(values),
    outcome: outcomeOf(values),
    attempts: wholeNumber("--attempt", values.attempt ?? "1", 1, 10),
  });
  if ("problems" in read) return { ...read, isLost: false };
  const { asked, headers, body, outcome, attempts } = read.value;
  return {
    file,
    request: { ...asked, ...headersAndBody(headers, body) },
    outcome,
    attempts,
    json: values.json ?? false,
  };
}

function methodAndTarget(
  request: string,
  rest: readonly string[],
): Reading<Pick<ExplainedRequest, "method" | "target">> {
  const all = [request, ...rest].join(" ");
  if (rest.length > 0)
    return wrong(`"${all}" are ${rest.length + 1} words; put quotes around them: '${all}'`);
  const [, written, target] = /^([A-Za-z-]+) (\S+)$/.exec(request) ?? [];
  if (written === undefined || target === undefined)
    return wrong(`"${request}" is not a request; expected e.g. 'PUT /openidm/managed/alpha_user/1'`);
  const method = written.toUpperCase();
  if (!METHODS.includes(method)) return wrong(`"${written}" is not a method of HTTP`);
  if (REFUSED_METHODS.has(method))
    return wrong(`the gateway would answer ${METHOD_REFUSED.status}: ${METHOD_REFUSED.message}`);
  return right({ method, target });
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

type Values = FlagValues<typeof EXPLAIN_FLAGS>;
type Flag = keyof Values;

/** Of two flags that say the same thing neither can win. */
function exclude(values: Values, one: Flag, other: Flag): string[] {
  const both = values[one] !== undefined && values[other] !== undefined;
  return both ? [`--${one} and --${other} exclude each other`] : [];
}

/** What says something about an answer, or of an attempt that was made. */
function needs(values: Values, flags: readonly Flag[], needed: string): string[] {
  return flags.filter((flag) => values[flag] !== undefined).map((flag) => `--${flag} needs ${needed}`);
}

function bodyOf(values: Values): Reading<string | undefined> {
  const clash = exclude(values, "data", "body");
  if (clash.length > 0) return wrong(...clash);
  return values.body === undefined ? right(values.data) : textOf("--body", values.body);
}

function textOf(flag: string, file: string): Reading<string> {
  try {
    return right(readFileSync(file, "utf8"));
  } catch (error) {
    const code = codeOf(error);
    return wrong(
      `${flag} "${file}": ${code === "ENOENT" ? "there is no such file" : `cannot be read (${code ?? "unknown reason"})`}`,
    );
  }
}

function outcomeOf(values: Values): Reading<Outcome | undefined> {
  const { answer, failure, message, "answer-body": file } = values;
  const clash = [
    ...exclude(values, "answer", "failure"),
    ...exclude(values, "message", "answer-body"),
    ...(answer === undefined
      ? needs(values, ["answer-header", "answer-body", "message"], "--answer STATUS")
      : []),
    ...(answer === undefined && failure === undefined
      ? needs(values, ["attempt"], "--answer STATUS or --failure WORD")
      : []),
  ];
  if (clash.length > 0) return wrong(...clash);
  if (failure !== undefined) return failureOf(failure);
  if (answer === undefined) return right(undefined);
  const parts = together({
    status: wholeNumber("--answer", answer, 200, 599),
    headers: headerList(values["answer-header"]),
    body: file === undefined ? right(undefined) : textOf("--answer-body", file),
  });
  return andThen(parts, ({ status, headers, body }) => {
    const said = message === undefined ? undefined : crestBody(status, message);
    return right(sampleAnswer(status, headers, body ?? said));
  });
}

function failureOf(text: string): Reading<Outcome> {
  const word = FAILURES.find((each) => each === text);
  return word
    ? right(sampleFailure(word))
    : wrong(`--failure "${text}": expected one of ${FAILURES.join(", ")}`);
}

function crestBody(status: number, message: string): string {
  return JSON.stringify({ code: status, reason: reasonPhrase(status), message });
}

function headerList(lines: readonly string[] | undefined): Reading<readonly string[]> {
  const pairs = (lines ?? []).map((line): Reading<readonly string[]> => {
    const colon = line.indexOf(":");
    if (colon < 1) return wrong(`"${line}" is not a header; expected 'Name: value'`);
    return right([line.slice(0, colon).trim(), line.slice(colon + 1).trim()]);
  });
  return andThen(listed(pairs), (all) => right(all.flat()));
}

function wholeNumber(flag: string, text: string, least: number, most: number): Reading<number> {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return value >= least && value <= most
    ? right(value)
    : wrong(`${flag} "${text}": expected a number from ${least} to ${most}`);
}
