/**
 * The command `explain`: what the gateway would make of a request and an answer, and which line of which table says so.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { systemClock } from "../clock.ts";
import type { Outcome } from "../decide/outcome.ts";
import { sampleAnswer, sampleFailure } from "../decide/sample.ts";
import { FAILURES, type FailureWord } from "../decide/words.ts";
import { type ExplainedRequest, explain } from "../gateway/explain.ts";
import { reasonPhrase } from "../http/reason.ts";
import { loadPolicy } from "../policy/load.ts";
import { formatMistakes } from "../policy/mistakes.ts";
import { explanationJson, explanationText } from "./explanation.ts";

const MISTAKES = 1;
const USAGE_ERROR = 2;

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

export const EXPLAIN_USAGE = `crest-gateway explain FILE 'METHOD /path' [flags]
  -H, --header 'Name: value'         a header of the request; more than once for more
  -d, --data TEXT, --body FILE       its body
  --answer STATUS                    what the tenant answers; a bare error status is a CREST error of the tenant
  -A, --answer-header 'Name: value'  a header of the answer, e.g. 'Content-Type: text/html' for a page of the edge
  --message TEXT, --answer-body FILE its CREST message, or its whole body
  --failure WORD                     instead of an answer: ${FAILURES.join(", ")}
  --attempt N                        which attempt this was (default: 1)
  --json                             the same for programs`;

export async function explainCommand(args: readonly string[]): Promise<number> {
  const read = readCommand(args);
  if ("problem" in read) {
    process.stderr.write(`crest-gateway explain: ${read.problem}\n\n${EXPLAIN_USAGE}\n`);
    return USAGE_ERROR;
  }
  const loaded = loadPolicy({ file: read.file, env: process.env });
  if ("mistakes" in loaded) {
    process.stderr.write(
      `crest-gateway explain: the policy cannot be used:\n${formatMistakes(loaded.mistakes)}\n`,
    );
    return MISTAKES;
  }
  const told = read.outcome && { outcome: read.outcome, attempts: read.attempts, wallMs: systemClock.wall() };
  const explained = explain(loaded.policy, read.request, told);
  if ("problem" in explained) {
    process.stderr.write(`crest-gateway explain: the gateway would answer 400: ${explained.problem}\n`);
    return USAGE_ERROR;
  }
  process.stdout.write(
    read.json ? explanationJson(read.request, explained) : explanationText(read.request, explained),
  );
  return 0;
}

type Command = {
  readonly file: string;
  readonly request: ExplainedRequest;
  readonly outcome: Outcome | undefined;
  readonly attempts: number;
  readonly json: boolean;
};

function readCommand(args: readonly string[]): Command | { readonly problem: string } {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
    const [file, request, ...rest] = positionals;
    const [, method, target] = /^([A-Za-z-]+) (\S+)$/.exec(request ?? "") ?? [];
    if (file === undefined || request === undefined)
      throw new Error("a policy file and a request are needed");
    if (method === undefined || target === undefined || rest.length > 0)
      throw new Error(
        `"${[request, ...rest].join(" ")}" is not a request; expected e.g. 'PUT /openidm/managed/alpha_user/1'`,
      );
    const body = values.body === undefined ? values.data : readFileSync(values.body, "utf8");
    return {
      file,
      request: {
        method: method.toUpperCase(),
        target,
        headers: headerList(values.header),
        body: body === undefined ? undefined : Buffer.from(body),
      },
      outcome: outcomeOf(values),
      attempts: wholeNumber("--attempt", values.attempt ?? "1", 1, 10),
      json: values.json ?? false,
    };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

type Values = Partial<Record<"answer" | "answer-body" | "message" | "failure", string>> & {
  "answer-header"?: string[];
};

function outcomeOf(values: Values): Outcome | undefined {
  if (values.failure !== undefined) {
    if (values.answer !== undefined) throw new Error("--answer and --failure exclude each other");
    const word = FAILURES.find((each): each is FailureWord => each === values.failure);
    if (!word) throw new Error(`--failure "${values.failure}": expected one of ${FAILURES.join(", ")}`);
    return sampleFailure(word);
  }
  if (values.answer === undefined) {
    const alone = (["answer-header", "answer-body", "message"] as const).find(
      (name) => values[name] !== undefined,
    );
    if (alone) throw new Error(`--${alone} needs --answer STATUS`);
    return undefined;
  }
  const status = wholeNumber("--answer", values.answer, 100, 599);
  const file = values["answer-body"];
  const said = values.message === undefined ? undefined : crestBody(status, values.message);
  return sampleAnswer(
    status,
    headerList(values["answer-header"]),
    file === undefined ? said : readFileSync(file, "utf8"),
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
