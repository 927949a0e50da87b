/**
 * Whether there is a next attempt, and when.
 *
 * One exit, one sentence, one name: the name is the log field, the metric label and the header parameter at once.
 * Pure, but for `withdraw`, which spends from the budget and is therefore asked last.
 */
import type { ReplayClass } from "../crest/words.ts";
import { mayRepeat } from "./verdict.ts";
import type { RetryRule, WithheldReason } from "./words.ts";

export type RetryQuestion = {
  /** Which classes may be sent again after this outcome. */
  readonly rule: RetryRule;
  readonly replay: ReplayClass;
  readonly callerLeft: boolean;
  readonly bodyHeld: boolean;
  /** Attempts made. */
  readonly attempts: number;
  /** Attempts allowed, the first one included. */
  readonly maxAttempts: number;
  /** What the tenant asked us to wait: a floor. */
  readonly toldMs: number | undefined;
  /** The longest such wait that we obey; a longer one is the caller's to keep. */
  readonly toldMaxMs: number;
  /** What the meaning asks for at least. */
  readonly minDelayMs: number;
  readonly backoffMs: number;
  readonly timeLeftMs: number;
  readonly circuitOpen: boolean;
  /** How long the throttle gate would hold this request. */
  readonly gateWaitMs: number;
  readonly withdraw: () => boolean;
};

export type RetryAnswer =
  | { readonly kind: "retry"; readonly delayMs: number }
  | { readonly kind: "stop"; readonly reason: WithheldReason };

/** Whether an exchange goes on to another attempt; cockatiel's predicate. */
export function goesOn(answer: RetryAnswer | undefined): boolean {
  return answer?.kind === "retry";
}

const stop = (reason: WithheldReason): RetryAnswer => ({ kind: "stop", reason });

export function decideRetry(q: RetryQuestion): RetryAnswer {
  // Nobody is waiting for the answer.
  if (q.callerLeft) return stop("caller-left");

  // What came back is final; another attempt would end the same.
  if (q.rule === "never") return stop("answered");

  // The tenant may have acted on it, and acting twice is not harmless for a request of this class.
  if (!mayRepeat(q.rule, q.replay)) return stop("not-replayable");

  // We no longer have what we would have to send.
  if (!q.bodyHeld) return stop("body-not-held");

  if (q.attempts >= q.maxAttempts) return stop("attempts-spent");

  // Jitter goes on top of what we were told, never below it.
  const delayMs = Math.max((q.toldMs ?? 0) + q.backoffMs, q.minDelayMs);

  // Told to wait longer than we may, or the wait ends after the caller's patience does.
  if ((q.toldMs ?? 0) > q.toldMaxMs || delayMs >= q.timeLeftMs) return stop("no-time");

  if (q.circuitOpen) return stop("circuit-open");

  // The whole family is held back for longer than this caller can wait.
  if (q.gateWaitMs >= q.timeLeftMs) return stop("throttled");

  if (!q.withdraw()) return stop("budget-spent");

  return { kind: "retry", delayMs };
}
