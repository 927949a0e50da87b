/**
 * What the gateway would make of a request and an answer to it, and which row of which table says so.
 *
 * It runs the same functions as `exchange.ts`, in the same order, on a gateway at rest: circuit closed, gate open,
 * budget full, the whole deadline left. It decides nothing of its own.
 */
import { type Classified, classify } from "../decide/classify.ts";
import { type Judgement, judge } from "../decide/judge.ts";
import { nextStep } from "../decide/next-step.ts";
import type { Outcome } from "../decide/outcome.ts";
import { requestFacts } from "../decide/request.ts";
import type { RetryAnswer } from "../decide/retry.ts";
import { requestHeadersToSend } from "../http/forward.ts";
import type { HeaderList } from "../http/headers.ts";
import { retryAfterMs } from "../http/retry-after.ts";
import { parseTarget } from "../http/target.ts";
import type { Policy, Route } from "../policy/policy.ts";
import { type Chosen, chooseRoute } from "./routing.ts";

export type ExplainedRequest = {
  readonly method: string;
  readonly target: string;
  readonly headers: HeaderList;
  /** Undefined when the request has none. */
  readonly body: Buffer | undefined;
};

export type Explanation = {
  readonly chosen: Chosen;
  readonly route: Route;
  readonly asked: Classified;
  /** Undefined when no answer was given. */
  readonly told:
    | {
        readonly outcome: Outcome;
        readonly judged: Judgement;
        /** What the answer asks to wait, in milliseconds. */
        readonly toldMs: number | undefined;
        /** With the least and the most that jitter can add. */
        readonly next: { readonly soonest: RetryAnswer; readonly latest: RetryAnswer };
      }
    | undefined;
};

export function explain(
  policy: Policy,
  request: ExplainedRequest,
  told: { readonly outcome: Outcome; readonly attempts: number; readonly wallMs: number } | undefined,
): Explanation | { readonly problem: string } {
  const parsed = parseTarget(request.method, request.target);
  if ("problem" in parsed) return parsed;
  const headers = requestHeadersToSend(request.headers, {
    forwarded: "none",
    host: "tenant",
    httpVersion: "1.1",
  });
  const { method, body } = request;
  const facts = requestFacts({ method, target: parsed.target, headers, body: () => body ?? Buffer.alloc(0) });
  const chosen = chooseRoute(facts, policy, []);
  const { route } = chosen;
  const asked = classify(facts, { dialects: policy.dialects, operations: route.operations });
  if (!told) return { chosen, route, asked, told: undefined };

  const { outcome, attempts, wallMs } = told;
  const judged = judge(
    outcome,
    { facts, operation: asked.operation },
    { origins: policy.origins, answers: route.answers, meanings: route.meanings },
  );
  const toldMs = outcome.kind === "answered" ? retryAfterMs(outcome.headers, wallMs) : undefined;
  const next = (random: number): RetryAnswer =>
    nextStep({
      judged,
      asked,
      settings: route.settings.retry,
      callerLeft: false,
      bodyHeld: (body?.length ?? 0) <= route.settings.replayMaxBodyBytes,
      attempts,
      toldMs,
      random,
      timeLeftMs: route.settings.deadlineMs,
      circuitOpen: false,
      gateWaitMs: 0,
      withdraw: () => true,
    });
  return {
    chosen,
    route,
    asked,
    told: { outcome, judged, toldMs, next: { soonest: next(0), latest: next(1) } },
  };
}
