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
import { bodyAsked, type OutcomeTable, rowsOn } from "./table.ts";
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
  readonly origins: OutcomeTable<OriginRow>;
  readonly answers: OutcomeTable<AnswerRow>;
  readonly meanings: MeaningsTable;
};

type Question = {
  readonly outcome: Outcome;
  readonly facts: RequestFacts;
  /** The body as JSON; parsed when a row first asks for it. */
  parsed: { readonly value: unknown } | undefined;
  /** The member that was asked for last: rows that ask for the same one stand together. */
  member: { readonly name: string; readonly text: string | undefined } | undefined;
};

export function judge(
  outcome: Outcome,
  { facts, operation }: { readonly facts: RequestFacts; readonly operation: Operation },
  { origins, answers, meanings }: JudgementTables,
): Judgement {
  const asked: Question = { outcome, facts, parsed: undefined, member: undefined };
  const { origin, at: originAt } =
    outcome.kind === "failed"
      ? NO_ANSWER
      : (firstThatHolds(rowsOn(origins, outcome, operation), asked, undefined) ?? NO_ORIGIN_ROW);
  const row = firstThatHolds(rowsOn(answers, outcome, operation), asked, origin);
  const meaning = row?.means ?? byStatusClass(outcome);
  const verdict = meanings[meaning];
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

/** What the gateway made of a failed attempt is said by the gateway. */
const NO_ANSWER: Pick<OriginRow, "origin" | "at"> = { origin: "gateway", at: "no answer came" };

const NO_ORIGIN_ROW: Pick<OriginRow, "origin" | "at"> = { origin: "tenant", at: "no row speaks" };

/**
 * Whether the body of such an answer has a say in what it means: some row about it names a message, or a member of a
 * JSON body. What no row asks for need not be read.
 */
export function bodyMatters(
  { status, headers }: Pick<Answered, "status" | "headers">,
  operation: Operation,
  { origins, answers }: Pick<JudgementTables, "origins" | "answers">,
): boolean {
  const byAnswers = bodyAsked(answers, status, operation);
  const byOrigins = bodyAsked(origins, status, operation);
  if (byAnswers === "any" || byOrigins === "any") return true;
  if (byAnswers === "nothing" && byOrigins === "nothing") return false;
  return isJson(mediaType(headerValue(headers, "content-type")).type);
}

/** What it means when no row speaks. */
export function byStatusClass(outcome: Outcome): Meaning {
  if (outcome.kind === "failed") return outcome.sent ? "cut-off" : "unreachable";
  if (outcome.status < 400) return "ok";
  return outcome.status < 500 ? "rejected" : "defect";
}

function firstThatHolds<Row extends Pick<AnswerRow, "when">>(
  rows: readonly Row[],
  asked: Question,
  origin: Origin | undefined,
): Row | undefined {
  for (const row of rows) if (holds(row.when, asked, origin)) return row;
  return undefined;
}

/** Whether all that a row asks holds, but for status, failure and operation: the table has seen to those. */
function holds(when: AnswerRow["when"], asked: Question, origin: Origin | undefined): boolean {
  const { outcome, facts } = asked;
  if (outcome.kind === "answered" && !answerHolds(when, outcome, asked, origin)) return false;
  return !when.request || requestMatches(when.request, facts);
}

function answerHolds(
  when: AnswerRow["when"],
  answer: Answered,
  asked: Question,
  origin: Origin | undefined,
): boolean {
  if (when.origin && when.origin !== origin) return false;
  if (
    when.contentType &&
    !when.contentType.matches(mediaType(headerValue(answer.headers, "content-type")).type)
  )
    return false;
  if (when.headers)
    for (const { name, value } of when.headers)
      if (!matches(value, headerValue(answer.headers, name))) return false;
  if (when.message && !matches(when.message, messageOf(answer, asked))) return false;
  if (when.body)
    for (const { name, value } of when.body) if (!matches(value, memberText(asked, name))) return false;
  return true;
}

function matches(value: { matches: (text: string) => boolean }, text: string | undefined): boolean {
  return text !== undefined && value.matches(text);
}

function messageOf(answer: Answered, asked: Question): string | undefined {
  const message = member(jsonIn(asked), "message");
  return typeof message === "string" ? message : answer.text;
}

function memberText(asked: Question, name: string): string | undefined {
  if (asked.member?.name !== name) asked.member = { name, text: asText(member(jsonIn(asked), name)) };
  return asked.member?.text;
}

/** A member by dotted name, own members only. */
function member(json: unknown, name: string): unknown {
  return name.split(".").reduce(memberOf, json);
}

function asText(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  return typeof value === "string" ? value : JSON.stringify(value);
}

function jsonIn(asked: Question): unknown {
  const { outcome } = asked;
  asked.parsed ??= { value: outcome.kind === "answered" ? jsonOf(outcome.text) : undefined };
  return asked.parsed.value;
}
