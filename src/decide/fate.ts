/**
 * What a caller may believe about its request when the exchange ends: whether the tenant acted on it, whether sending it
 * again is harmless, and when that can help. Pure; the sentences that people read are made from it elsewhere.
 */
import type { ReplayClass } from "../crest/words.ts";
import type { Judgement } from "./judge.ts";
import { mayRepeat } from "./verdict.ts";
import type { Processed } from "./words.ts";

/** What is looked at of one attempt. */
export type Attested = Pick<Judgement, "meaning" | "processed" | "retry">;

export type Fate = {
  readonly processed: Processed;
  /** Whether the caller may send the request again without doing anything twice, and coming back can help. */
  readonly safeToRepeat: boolean;
  readonly comeBackMs: number;
};

/** A caller that may come back should not do so at once, when nobody named a time. */
const COME_BACK_MS = 1000;

/**
 * Whether one of these attempts may have been processed without anybody having been told. Only success tells: whatever
 * the tenant refuses after that, it may have done before.
 */
export function leavesDoubt(attempts: readonly Attested[]): boolean {
  let doubt = false;
  for (const { meaning, processed } of attempts)
    doubt = meaning !== "ok" && (doubt || processed === "unknown");
  return doubt;
}

export function fateOf(ended: {
  /** Of the request as the caller sent it. */
  readonly replay: ReplayClass;
  /** In their order; none when the gateway refused to make one. */
  readonly attempts: readonly Attested[];
  /** What was found out about an answer that had been lost, by this exchange or by one before it. */
  readonly settled: "applied" | "not-applied" | "unresolved" | undefined;
  /** When a refused caller may come back; undefined when that cannot help, or there was an attempt. */
  readonly refusedForMs: number | undefined;
  /** Whether there is an answer that is not passed on. */
  readonly answerDropped: boolean;
  /** How long circuit and throttle gate would hold back whoever came now. */
  readonly heldBackMs: number;
}): Fate {
  const { replay, attempts, settled, refusedForMs, answerDropped, heldBackMs } = ended;
  const last = attempts.at(-1);
  if (!last)
    return {
      processed: "no",
      safeToRepeat: refusedForMs !== undefined,
      comeBackMs: refusedForMs ?? COME_BACK_MS,
    };
  const doubt = settled === undefined ? leavesDoubt(attempts) : settled === "unresolved";
  const comeBackMs = Math.max(COME_BACK_MS, heldBackMs);
  if (doubt) {
    const harmless = last.retry !== "never" && mayRepeat("idempotent", replay);
    return { processed: "unknown", safeToRepeat: harmless, comeBackMs };
  }
  return {
    processed: settled === "applied" ? "yes" : last.processed,
    safeToRepeat: mayRepeat(answerDropped ? "reads" : last.retry, replay),
    comeBackMs,
  };
}
