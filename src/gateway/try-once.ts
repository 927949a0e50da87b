/**
 * Steps 2 to 5 for one attempt: let it through, send it, judge what came back, report. The attempts of an exchange and
 * the reads that settle a lost answer all go this way, so that circuit, gate, limits and observers see every one.
 */
import type { Clock, Departure } from "../clock.ts";
import type { Classified } from "../decide/classify.ts";
import { bodyMatters, type Judgement, judge } from "../decide/judge.ts";
import type { Outcome } from "../decide/outcome.ts";
import type { RequestFacts } from "../decide/request.ts";
import { type Health, statusClass } from "../decide/words.ts";
import { rateLimit, retryAfterMs } from "../http/retry-after.ts";
import type { Observe } from "../observe/events.ts";
import type { Policy } from "../policy/policy.ts";
import { attempted, type RawAnswer } from "../upstream/attempt.ts";
import type { BodyStream, Head, RequestBody } from "../upstream/message.ts";
import { send } from "../upstream/send.ts";
import type { Tenant } from "../upstream/tenant.ts";
import { admit, type Refusal } from "./admit.ts";
import type { Routed } from "./routing.ts";

/** What is sent, and how it is understood. */
export type Outbound = {
  readonly method: string;
  readonly pathAndQuery: string;
  readonly headers: readonly string[];
  readonly body: RequestBody;
  readonly facts: RequestFacts;
  readonly asked: Classified;
  /** Whether it goes on a connection that is opened for it. */
  readonly anew?: boolean;
};

export type Heard = {
  readonly kind: "heard";
  readonly outcome: Outcome;
  readonly answer: RawAnswer | undefined;
  readonly judged: Judgement;
  /** What the answer asks to wait. */
  readonly toldMs: number | undefined;
  /** When it was sent, by the clock. */
  readonly sentAt: number;
  /** Until the answer's head, or the failure. */
  readonly durationMs: number;
  /** Drops what is still to come of the answer; more than once does no harm. */
  readonly letGo: () => void;
};

export type Tried = Heard | Refusal | { readonly kind: "caller-left" };

/** What an exchange has besides the request itself. */
export type Surroundings = {
  readonly routed: Routed;
  readonly policy: Policy;
  readonly endsAt: number;
  readonly left: Departure;
  /** Requests to the tenant with this one; those after the first are retries to the family's budget. */
  readonly requests: number;
};

export type Tools = { readonly clock: Clock; readonly tenant: Tenant; readonly observe: Observe };

/** `interim` hears of interim answers: the caller's own attempts have somebody who may want them. */
export async function tryOnce(
  outbound: Outbound,
  { routed, policy, endsAt, left, requests }: Surroundings,
  { clock, tenant, observe }: Tools,
  interim?: (head: Head) => void,
): Promise<Tried> {
  const { family, route, label } = routed;
  const { budget } = family;
  const { facts, asked, body } = outbound;
  const { replay, operation } = asked;

  // (2)
  const asking = admit({ family, replay, streams: body.kind === "streamed", endsAt, left }, clock);
  const admission = asking instanceof Promise ? await asking : asking;
  if (admission.kind === "refused")
    observe({ kind: "refused", family: family.name, reason: admission.reason });
  const isRetry = requests > 1;
  if (admission.kind !== "admitted") {
    if (isRetry) budget.giveBack();
    return admission;
  }
  if (isRetry) budget.spend();
  else budget.deposit();
  const { permit, release } = admission;

  let rest: BodyStream | undefined;
  const letGo = (): void => rest?.letGo();
  let underway = true;
  /** Once: the gate hears that it is back, and the circuit what it showed. */
  const comesBack = (health: Health, path?: string): Promise<void> | undefined => {
    if (!underway) return undefined;
    underway = false;
    family.gate.comeBack();
    return permit.report(health, path);
  };
  try {
    // (3)
    const { connectMs, timeoutMs, idleMs } = route.settings.attempt;
    const tables = { origins: policy.origins, answers: route.answers, meanings: route.meanings };
    // A read that nobody waits for stops; a write in flight is let finish, so that its outcome is known.
    const leaving = replay === "read" ? left : undefined;
    const sentAt = clock.now();
    const received = await send(
      {
        method: outbound.method,
        pathAndQuery: outbound.pathAndQuery,
        headers: outbound.headers,
        body,
        replay,
        anew: outbound.anew ?? false,
        bodyMatters: (head) => bodyMatters(head, operation, tables),
        connectMs,
        timeoutMs: Math.min(timeoutMs, endsAt - sentAt),
        idleMs,
        endsAt,
        interim,
        left: leaving,
      },
      tenant,
      clock,
    );
    if (received.kind === "answer" && received.body.kind === "stream") rest = received.body.rest;
    // How long the rest takes is up to the caller: the tenant has answered.
    release();
    const { outcome, answer, durationMs } = attempted(received, leaving);

    // (4)
    const judged = judge(outcome, { facts, operation }, tables);
    const { meaning, verdict } = judged;

    // (5)
    const wallMs = clock.wall();
    const toldMs = answer && retryAfterMs(answer.headers, wallMs);
    const limit = answer && rateLimit(answer.headers, wallMs);
    if (limit) family.gate.learn(limit);
    if (verdict.closesGate) family.gate.close(toldMs);
    const told = comesBack(verdict.health, verdict.oncePerPath ? facts.target.path : undefined);
    if (told) await told;
    const spoken = outcome.kind === "failed" ? "failure" : statusClass(outcome.status);
    observe({ kind: "attempt", route: label, family: family.name, class: spoken, meaning, durationMs });
    return { kind: "heard", outcome, answer, judged, toldMs, sentAt, durationMs, letGo };
  } catch (error) {
    // A mistake of ours harms this exchange alone: what it took from the others goes back.
    letGo();
    release();
    await comesBack("neutral");
    throw error;
  }
}
