/**
 * Step 7: what became of an attempt whose answer was lost.
 *
 * Asked only when an earlier attempt of the exchange may have been processed and a later one was refused: the refusal
 * may be the echo of our own success. The object is read back, with the caller's own credentials, within the exchange's
 * deadline, budget and circuit. One read that shows our change proves it; that it is not ours takes two reads that
 * agree, since reads can be stale. When nothing is proven, the refusal passes as it is, marked.
 */
import { type Clock, type Departure, sleep } from "../../clock.ts";
import { type Comparison, comparePatch, compareSubmitted, type Hidden } from "../../crest/compare.ts";
import type { Echo } from "../../decide/echo.ts";
import type { RequestFacts } from "../../decide/request.ts";
import { headerValue, withHeader } from "../../http/headers.ts";
import { ownBodyFields } from "../../http/own-body.ts";
import { isRecord, jsonOf, memberOf } from "../../json.ts";
import type { RawAnswer } from "../../upstream/attempt.ts";
import { decodeBody } from "../../upstream/decode.ts";

export type Settlement = {
  readonly result: "applied" | "not-applied" | "unresolved";
  /** How it was found out; a parameter of `Proxy-Status`. */
  readonly settled: "applied" | "probable" | "synthesised" | undefined;
  /** What the first attempt would have answered; undefined when the refusal is passed on. */
  readonly answer: RawAnswer | undefined;
  /** Names of the fields that were compared. */
  readonly compared: readonly string[];
  /** An object stands there, and not as it was submitted. */
  readonly differs: boolean;
  readonly reads: number;
};

export type Question = {
  readonly echo: Echo;
  readonly facts: RequestFacts;
  readonly submitted: Buffer | undefined;
  /** What the first attempt would have answered when it created. */
  readonly createdStatus: number;
  /** Where the created object is, as the caller reaches it. */
  readonly location: string;
  readonly hidden: Hidden;
  /** One read of the object, or of the fields that the caller asked for; undefined when none can be had now. */
  readonly read: (query: string) => Promise<RawAnswer | undefined>;
  readonly endsAt: number;
  readonly left: Departure;
};

/** At once, and then after so long. */
const READ_AFTER_MS = [0, 200, 400, 800];

const UNRESOLVED: Settlement = {
  result: "unresolved",
  settled: undefined,
  answer: undefined,
  compared: [],
  differs: false,
  reads: 0,
};

export async function settle(question: Question, clock: Clock): Promise<Settlement> {
  const { echo, facts } = question;
  if (echo.kind === "unverifiable") return UNRESOLVED;
  if (echo.kind === "not-applied") return { ...UNRESOLVED, result: "not-applied" };
  if (echo.kind === "gone")
    return { ...UNRESOLVED, result: "applied", settled: "synthesised", answer: deleted(facts.target.path) };
  return readBack(question, echo.of, clock);
}

async function readBack(
  question: Question,
  of: "update" | "create" | "patch",
  clock: Clock,
): Promise<Settlement> {
  const { endsAt, left } = question;
  let reads = 0;
  let notOurs: string | undefined;
  let compared: readonly string[] = [];
  for (const delayMs of READ_AFTER_MS) {
    if (clock.now() + delayMs >= endsAt) break;
    await sleep(clock, delayMs, left);
    if (left.gone) break;
    const answer = await question.read("");
    reads++;
    const seen = answer && look(answer, question, of);
    if (!answer || !seen) continue;
    if (seen.comparison.kind === "unverifiable") break;
    compared = seen.comparison.compared;
    if (seen.comparison.kind === "equal") {
      const settled = seen.comparison.hidden.length > 0 ? "probable" : "applied";
      const answered = await asAnswered(answer, question, of);
      return { result: "applied", settled, answer: answered, compared, differs: false, reads };
    }
    if (notOurs === seen.revision) break;
    notOurs = seen.revision;
  }
  return { ...UNRESOLVED, compared, differs: notOurs !== undefined, reads };
}

/** What a read shows; undefined when it shows nothing, or a state from before the refusal. */
function look(
  answer: RawAnswer,
  { facts, submitted, hidden }: Question,
  of: "update" | "create" | "patch",
): { readonly comparison: Comparison; readonly revision: string } | undefined {
  const stored = objectIn(answer);
  if (!isRecord(stored)) return undefined;
  const revision = revisionIn(stored);
  // The tenant has just refused this revision: a read that shows it is stale.
  if (facts.ifMatch.kind === "tags" && facts.ifMatch.tags.some(({ tag }) => tag === revision))
    return undefined;
  const comparison =
    of === "patch"
      ? comparePatch(submitted, stored, hidden)
      : compareSubmitted(jsonOf(submitted?.toString("utf8")), stored, hidden);
  return { comparison, revision };
}

/** With the fields that the caller asked for, if it asked for some. */
async function asAnswered(
  whole: RawAnswer,
  question: Question,
  of: "update" | "create" | "patch",
): Promise<RawAnswer> {
  const fields = question.facts.query.get("_fields")?.[0];
  const read =
    fields === undefined ? undefined : await question.read(`?_fields=${encodeURIComponent(fields)}`);
  // A second read may show another state, from before ours or after it: all the fields of ours say more than those do.
  const alike = read && revisionIn(objectIn(read)) === revisionIn(objectIn(whole));
  const answer = alike ? read : whole;
  if (of !== "create") return { ...answer, status: 200, statusText: "OK" };
  const { createdStatus, location } = question;
  const headers = createdStatus === 201 ? withHeader(answer.headers, "Location", location) : answer.headers;
  return { ...answer, status: createdStatus, statusText: "", headers };
}

/** A delete answers with the object; what is known of it now is its id. */
function deleted(path: string): RawAnswer {
  const bytes = Buffer.from(JSON.stringify({ _id: decoded(path.slice(path.lastIndexOf("/") + 1)) }));
  return {
    status: 200,
    statusText: "OK",
    headers: ownBodyFields("application/json;charset=utf-8", bytes.length),
    body: { kind: "whole", bytes, decoded: bytes },
  };
}

function revisionIn(stored: unknown): string {
  const revision = memberOf(stored, "_rev");
  return revision === undefined ? "" : String(revision);
}

function objectIn({ status, headers, body }: RawAnswer): unknown {
  if (status !== 200 || body.kind !== "whole") return undefined;
  return jsonOf(decodeBody(body.bytes, headerValue(headers, "content-encoding"))?.toString("utf8"));
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
