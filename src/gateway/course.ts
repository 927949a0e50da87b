/**
 * The course of one exchange: what is known of it from the start, and what came of its attempts so far; as data. What
 * follows from it is decided elsewhere, and how it is told stands in `tell.ts` and `record.ts`.
 */
import type { Departure } from "../clock.ts";
import type { Classified } from "../decide/classify.ts";
import type { Judgement } from "../decide/judge.ts";
import type { RetryAnswer } from "../decide/retry.ts";
import type { HeaderList } from "../http/headers.ts";
import type { AttemptRecord } from "../observe/events.ts";
import type { Policy } from "../policy/policy.ts";
import type { Inbound } from "./caller.ts";
import type { Settlement } from "./lost/settle.ts";
import type { Routed } from "./routing.ts";
import { withAttemptId } from "./transaction.ts";
import type { Heard } from "./try-once.ts";

export type Course = {
  readonly inbound: Inbound;
  readonly routed: Routed;
  readonly policy: Policy;
  /** What the caller asked for. */
  readonly asked: Classified;
  /** The transaction id of the whole exchange. */
  readonly transaction: string;
  readonly startedAt: number;
  readonly endsAt: number;
  readonly left: Departure;
  /** Requests to the tenant so far, the reads that settle a lost answer included. */
  requests: number;
  /** Of the attempts so far, in their order. */
  readonly judged: Judgement[];
  /** Of the attempts so far, once it is known what follows; made where trouble is. */
  story: AttemptRecord[] | undefined;
  /** The last attempt. */
  heard: Heard | undefined;
  /** What the last attempt was: a create that carries an id of ours is another request than the caller's. */
  sentAs: Classified;
  /** What was found out about an answer that had been lost. */
  settlement: Settlement | undefined;
};

/** An attempt has ended. */
export function hear(course: Course, heard: Heard, sentAs: Classified): void {
  course.judged.push(heard.judged);
  course.heard = heard;
  course.sentAs = sentAs;
}

/** What is told of an attempt, once it is decided what follows. */
export function note(course: Course, heard: Heard, next: RetryAnswer): void {
  const { outcome, judged, toldMs, sentAt, durationMs } = heard;
  course.story ??= [];
  course.story.push({
    ...(outcome.kind === "failed" ? { failure: outcome.failure } : { status: outcome.status }),
    meaning: judged.meaning,
    atMs: sentAt - course.startedAt,
    durationMs,
    ...(toldMs === undefined ? {} : { toldMs }),
    ...(next.kind === "retry" ? { next: "retried", waitMs: next.delayMs } : { next: next.reason }),
  });
}

/** The headers with the id of the next request to the tenant. */
export function stamped(course: Course, headers: HeaderList): string[] {
  course.requests++;
  return withAttemptId(headers, course.transaction, course.requests);
}
