/**
 * What the gateway would make of a request and an answer to it, and which row of which table says so.
 *
 * It runs the same functions as `exchange.ts`, in the same order, on a gateway at rest: circuit closed, throttle gate
 * open until this very answer closes it, budget full, the whole deadline left but for what this attempt took of it. It
 * decides nothing of its own.
 */
import type { Clock } from "../clock.ts";
import { type BarredReason, barredByClass, barredByHead } from "../decide/access.ts";
import { type Classified, classify } from "../decide/classify.ts";
import { bodyMatters, type Judgement, judge } from "../decide/judge.ts";
import { nextStep } from "../decide/next-step.ts";
import type { Answered, Outcome } from "../decide/outcome.ts";
import { requestHead, withBody } from "../decide/request.ts";
import type { RetryAnswer } from "../decide/retry.ts";
import { RefusingCollections, refusesClientId, replayableCreate } from "../gateway/lost/replayable-create.ts";
import { type Chosen, chooseRoute, operationsOf } from "../gateway/routing.ts";
import type { Outbound } from "../gateway/try-once.ts";
import { ThrottleGate } from "../guard/throttle-gate.ts";
import { requestHeadersToSend } from "../http/forward.ts";
import type { HeaderList } from "../http/headers.ts";
import { rateLimit, retryAfterMs } from "../http/retry-after.ts";
import { parseTarget } from "../http/target.ts";
import type { Policy, Route, RouteSettings } from "../policy/policy.ts";
import { textToJudge } from "../upstream/collecting.ts";

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
  /** Where the route stands, as `file:line`, or that none matches. */
  readonly routeAt: string;
  /** Of the request as it is sent. */
  readonly asked: Classified;
  /** Whether a create goes out as a PUT with an id of ours, since its route makes creates replayable. */
  readonly withOwnId: boolean;
  /** Why the gateway answers itself and the tenant never hears of it; undefined when it goes on. */
  readonly barred: BarredReason | undefined;
  /** Undefined when no answer was given. */
  readonly told:
    | {
        readonly outcome: Outcome;
        /** Which attempt it was, the first being 1. */
        readonly attempts: number;
        readonly judged: Judgement;
        /** The create went out with an id of ours, which the collection does not take: it goes again as it came. */
        readonly idRefused: boolean;
        /** What the answer asks to wait, in milliseconds. */
        readonly toldMs: number | undefined;
        /** With the least and the most that jitter can add, and what the throttle gate makes of it. */
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
  const headers = requestHeadersToSend(request.headers, { ...SOMEBODY, forwarded: policy.forwarded });
  const { method, body = NO_BYTES } = request;
  const head = requestHead({ method, target: parsed.target, headers });
  const chosen = chooseRoute(head, policy, []);
  const { route } = chosen;
  const { settings } = route;
  const held = body.length <= settings.replayMaxBodyBytes ? body : undefined;
  const facts = withBody(head, held);
  const asCame = classify(facts, { dialects: policy.dialects, ...operationsOf(chosen) });
  // Who asks about a create without showing its body means one that has some.
  const bytes = request.body ?? Buffer.from("{}");
  const { pathAndQuery } = parsed.target;
  const asSent: Outbound = {
    method,
    pathAndQuery,
    headers,
    body: { kind: "held", bytes },
    facts,
    asked: asCame,
  };
  const create =
    held && route.replayableCreates
      ? replayableCreate(asSent, route, policy, new RefusingCollections())
      : undefined;
  const { asked } = create?.outbound ?? asSent;
  const routeAt = route === policy.fallback ? "no route matches" : route.at;
  const { bounds } = chosen;
  const barred = barredByHead(bounds, body.length) ?? barredByClass(bounds, asCame.replay);
  const explained = { chosen, route, routeAt, asked, withOwnId: create !== undefined, barred };
  if (!told || barred) return { ...explained, told: undefined };

  const { outcome, attempts, wallMs } = told;
  const { operation } = asked;
  const tables = { origins: policy.origins, answers: route.answers, meanings: route.meanings };
  const seen = asSeen(outcome, method, (head) => bodyMatters(head, operation, tables));
  const judged = judge(seen, { facts: create?.outbound.facts ?? facts, operation }, tables);
  const toldMs = outcome.kind === "answered" ? retryAfterMs(outcome.headers, wallMs) : undefined;
  const limit = outcome.kind === "answered" ? rateLimit(outcome.headers, wallMs) : undefined;
  const { throttle } = policy.familySettings(chosen.familyName);
  const gate = new ThrottleGate(throttle, stoppedAt(wallMs), () => 0);
  gate.pass();
  if (limit) gate.learn(limit);
  if (judged.verdict.closesGate) gate.close(toldMs);
  gate.comeBack();
  const gateWaitMs = gate.waitMs();
  const idRefused = create !== undefined && refusesClientId(judged);
  const next = (random: number): RetryAnswer => {
    if (idRefused && gateWaitMs < settings.deadlineMs) return { kind: "retry", delayMs: gateWaitMs };
    if (idRefused) return { kind: "stop", reason: "throttled" };
    const step = nextStep({
      judged,
      asked,
      settings: settings.retry,
      callerLeft: outcome.kind === "failed" && outcome.failure === "caller-left",
      bodyHeld: held !== undefined,
      attempts,
      toldMs,
      random,
      timeLeftMs: settings.deadlineMs - spentMs(outcome, settings.attempt),
      circuitOpen: false,
      gateWaitMs,
      withdraw: () => true,
    });
    return step.kind === "retry" ? { ...step, delayMs: Math.max(step.delayMs, gateWaitMs) } : step;
  };
  const range = { soonest: next(0), latest: next(1) };
  return { ...explained, told: { outcome, attempts, judged, idRefused, toldMs, next: range } };
}

/** Who calls, and where the request goes, when nobody said. */
const SOMEBODY = { host: "tenant", httpVersion: "1.1", callerAddress: "127.0.0.1", callerProto: "http" };

const NO_BYTES = Buffer.alloc(0);

/** An answer with as much of its text as the gateway would have read before judging it. */
function asSeen(outcome: Outcome, method: string, matters: (head: Answered) => boolean): Outcome {
  if (outcome.kind === "failed" || outcome.text === undefined) return outcome;
  return { ...outcome, text: textToJudge(method, outcome, outcome.text, matters(outcome)) };
}

/** What the failure itself took of the deadline. */
function spentMs(outcome: Outcome, limits: RouteSettings["attempt"]): number {
  if (outcome.kind === "answered") return 0;
  if (outcome.failure === "timeout") return limits.timeoutMs;
  return outcome.failure === "connect-timeout" ? limits.connectMs : 0;
}

/** The moment of the answer, for as long as it is explained. */
function stoppedAt(wallMs: number): Clock {
  return { now: () => 0, wall: () => wallMs, random: () => 0, after: () => () => {}, limit: () => () => {} };
}
