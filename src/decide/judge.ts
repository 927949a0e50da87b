/**
 * Who spoke, what it means, and what follows: an outcome goes in, a judgement comes out.
 *
 * It looks rows up and does no more; whether to try again is `retry.ts`.
 */
import type { Operation } from "../crest/words.ts";
import { headerValue } from "../http/headers.ts";
import { isJson, mediaType } from "../http/media-type.ts";
import { jsonOf, memberOf } from "../json.ts";
import type { Answered, Outcome } from "./outcome.ts";
import { type RequestFacts, requestMatches } from "./request.ts";
import type { AnswerRow, OriginRow } from "./rows.ts";
import type { MeaningsTable, Verdict } from "./verdict.ts";
import type { Meaning, Origin, Processed, RetryRule } from "./words.ts";

export type Judgement = {
  readonly origin: Origin;
  /** The origins row that decided, as `file:line`, or why none was asked. */
  readonly originAt: string;
  readonly meaning: Meaning;
  readonly verdict: Verdict;
  /** Of this attempt: what the verdict says, or `no` when nothing was sent. */
  readonly processed: Processed;
  /** Which classes may be sent again: what the verdict says, or any when nothing was sent. */
  readonly retry: RetryRule;
  /** The answers row that decided, as `file:line`; `by status class` when no row speaks. */
  readonly at: string;
};

export type JudgementTables = {
  readonly origins: readonly OriginRow[];
  readonly answers: readonly AnswerRow[];
  readonly meanings: MeaningsTable;
};

type Question = {
  readonly outcome: Outcome;
  readonly origin: Origin | undefined;
  readonly operation: Operation;
  readonly facts: RequestFacts;
  /** The body as JSON, parsed at most once. */
  readonly json: () => unknown;
};

export function judge(
  outcome: Outcome,
  request: { readonly facts: RequestFacts; readonly operation: Operation },
  tables: JudgementTables,
): Judgement {
  const json = outcome.kind === "answered" ? lazyJson(outcome.text) : () => undefined;
  const unattributed: Question = { outcome, origin: undefined, json, ...request };
  const { origin, at: originAt } = originOf(unattributed, tables.origins);
  const asked: Question = { ...unattributed, origin };
  const row = tables.answers.find((each) => holds(each.when, asked));
  const meaning = row?.means ?? byStatusClass(outcome);
  const verdict = tables.meanings[meaning];
  // Nothing left this machine, so nothing can happen twice. A row that says never still means never.
  const unsent = outcome.kind === "failed" && !outcome.sent;
  return {
    origin,
    originAt,
    meaning,
    verdict,
    processed: unsent ? "no" : verdict.processed,
    retry: unsent && verdict.retry !== "never" ? "any" : verdict.retry,
    at: row?.at ?? "by status class",
  };
}

/**
 * Whether the body of such an answer has a say in what it means: some row about it names a message, or a member of a
 * JSON body. What no row asks for need not be read.
 */
export function bodyMatters(
  head: Pick<Answered, "status" | "headers">,
  operation: Operation,
  { origins, answers }: Pick<JudgementTables, "origins" | "answers">,
): boolean {
  const json = isJson(mediaType(headerValue(head.headers, "content-type")).type);
  const asks = ({ when }: { readonly when: AnswerRow["when"] }): boolean =>
    (when.message !== undefined || (json && when.body !== undefined)) &&
    statusHolds(when, head.status) &&
    operationHolds(when, operation);
  return answers.some(asks) || origins.some(asks);
}

/** What the gateway made of a failed attempt is said by the gateway. */
function originOf(asked: Question, rows: readonly OriginRow[]): Pick<OriginRow, "origin" | "at"> {
  if (asked.outcome.kind === "failed") return { origin: "gateway", at: "no answer came" };
  return rows.find((row) => holds(row.when, asked)) ?? { origin: "tenant", at: "no row speaks" };
}

function byStatusClass(outcome: Outcome): Meaning {
  if (outcome.kind === "failed") return outcome.sent ? "cut-off" : "unreachable";
  if (outcome.status < 400) return "ok";
  return outcome.status < 500 ? "rejected" : "defect";
}

function holds(when: AnswerRow["when"], asked: Question): boolean {
  const { outcome } = asked;
  if (
    outcome.kind === "failed" ? !when.failures?.includes(outcome.failure) : !answerHolds(when, outcome, asked)
  )
    return false;
  if (!operationHolds(when, asked.operation)) return false;
  return !when.request || requestMatches(when.request, asked.facts);
}

function answerHolds(when: AnswerRow["when"], answer: Answered, asked: Question): boolean {
  if (when.failures) return false;
  if (!statusHolds(when, answer.status)) return false;
  if (when.origin && when.origin !== asked.origin) return false;
  if (
    when.contentType &&
    !when.contentType.matches(mediaType(headerValue(answer.headers, "content-type")).type)
  )
    return false;
  if (
    when.headers &&
    !when.headers.every(({ name, value }) => matches(value, headerValue(answer.headers, name)))
  )
    return false;
  if (when.message && !matches(when.message, messageOf(answer, asked.json()))) return false;
  return (
    !when.body || when.body.every(({ name, value }) => matches(value, asText(member(asked.json(), name))))
  );
}

function statusHolds({ statuses }: AnswerRow["when"], status: number): boolean {
  return !statuses || statuses.some(({ from, to }) => status >= from && status <= to);
}

function operationHolds({ operations }: AnswerRow["when"], operation: Operation): boolean {
  return !operations || operations.includes(operation);
}

function matches(value: { matches: (text: string) => boolean }, text: string | undefined): boolean {
  return text !== undefined && value.matches(text);
}

function messageOf(answer: Answered, json: unknown): string | undefined {
  const message = member(json, "message");
  return typeof message === "string" ? message : answer.text;
}

/** A member by dotted name, own members only. */
function member(json: unknown, name: string): unknown {
  return name.split(".").reduce(memberOf, json);
}

function asText(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  return typeof value === "string" ? value : JSON.stringify(value);
}

function lazyJson(text: string | undefined): () => unknown {
  let parsed: { readonly value: unknown } | undefined;
  return () => {
    parsed ??= { value: jsonOf(text) };
    return parsed.value;
  };
}
