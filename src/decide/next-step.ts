/**
 * The question of the next attempt, put together: what the meaning, the request's own row and the route's settings
 * allow between them. `retry.ts` answers it.
 */
import { backoffMs } from "./backoff.ts";
import type { Classified } from "./classify.ts";
import type { Judgement } from "./judge.ts";
import { decideRetry, type RetryAnswer, type RetryQuestion } from "./retry.ts";

export type RetrySettings = {
  /** The first one included. */
  readonly attempts: number;
  readonly backoff: { readonly baseMs: number; readonly maxMs: number };
  readonly retryAfterMaxMs: number;
};

type Situation = Pick<
  RetryQuestion,
  "callerLeft" | "bodyHeld" | "attempts" | "toldMs" | "timeLeftMs" | "circuitOpen" | "gateWaitMs" | "withdraw"
>;

export function nextStep(
  question: Situation & {
    readonly judged: Judgement;
    readonly asked: Classified;
    readonly settings: RetrySettings;
    /** From 0 to 1: where in its range the backoff falls. */
    readonly random: number;
  },
): RetryAnswer {
  const { judged, asked, settings, random, ...situation } = question;
  const { verdict } = judged;
  const most = settings.attempts;
  return decideRetry({
    ...situation,
    rule: judged.retry,
    replay: asked.replay,
    maxAttempts: Math.min(most, asked.attempts ?? most, verdict.attempts ?? most),
    toldMaxMs: settings.retryAfterMaxMs,
    minDelayMs: verdict.minDelayMs ?? 0,
    backoffMs: backoffMs(settings.backoff, situation.attempts, random),
  });
}
