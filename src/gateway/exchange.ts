/**
 * The life of one exchange.
 *
 *   (1) route     which part of the policy speaks about this request, and what would sending it again do?
 *   (2) admit     do circuit, throttle gate and concurrency let an attempt through?
 *   (3) send      one attempt
 *   (4) judge     what does the outcome mean, and what follows from that?
 *   (5) report    tell circuit, throttle gate and observers
 *   (6) again?    wait and return to (2), or stop and say why
 *   (7) settle    was an earlier attempt lost, and is this answer its echo?
 *   (8) answer    pass it on, or give it the one shape
 *
 * Nothing is decided here: every decision is a value from `decide/`. The first byte that the server writes of the
 * returned reply is the commit point; there is no attempt after it.
 */
import { type Clock, sleep } from "../clock.ts";
import { classify } from "../decide/classify.ts";
import { judge } from "../decide/judge.ts";
import { nextStep } from "../decide/next-step.ts";
import { requestFacts } from "../decide/request.ts";
import type { Families } from "../guard/families.ts";
import type { HeldMemory } from "../guard/held-memory.ts";
import { requestHeadersToSend } from "../http/forward.ts";
import { rateLimit, retryAfterMs } from "../http/retry-after.ts";
import type { Observe } from "../observe/events.ts";
import type { Policy } from "../policy/policy.ts";
import type { Tenant } from "../upstream/tenant.ts";
import { type Admission, admit } from "./admit.ts";
import { discard, makeAttempt } from "./attempt.ts";
import { type Held, holdBody } from "./hold.ts";
import type { Inbound, Reply } from "./inbound.ts";
import { routeRequest } from "./routing.ts";
import { Story } from "./story.ts";

export type Gateway = {
  readonly clock: Clock;
  /** The policy of this moment; an exchange keeps the one it began with. */
  readonly policy: () => Policy;
  readonly families: Families;
  readonly heldMemory: HeldMemory;
  readonly tenant: Tenant;
  readonly observe: Observe;
};

const NO_BYTES = Buffer.alloc(0);

export async function exchange(inbound: Inbound, gateway: Gateway): Promise<Reply> {
  const { clock, families, heldMemory, tenant } = gateway;
  const policy = gateway.policy();
  const startedAt = clock.now();
  let held: Held | undefined;
  let admission: Admission | undefined;
  try {
    // (1)
    const headers = requestHeadersToSend(inbound.headers, {
      forwarded: policy.forwarded,
      host: tenant.authority,
      httpVersion: inbound.httpVersion,
      callerProto: inbound.callerOrigin.slice(0, inbound.callerOrigin.indexOf(":")),
      ...(inbound.callerAddress === undefined ? {} : { callerAddress: inbound.callerAddress }),
    });
    const facts = requestFacts({ ...inbound, headers, body: () => heldBytes(held) });
    const routed = routeRequest(facts, policy, families);
    const { family, route } = routed;
    const { attempt: limits, deadlineMs, replayMaxBodyBytes, retry } = route.settings;
    held = await holdBody(
      inbound,
      { maxBodyBytes: replayMaxBodyBytes, memoryBytes: policy.replayMemoryBytes },
      heldMemory,
    );
    const asked = classify(facts, { dialects: policy.dialects, operations: route.operations });
    const story = new Story({ inbound, routed, asked, policy, startedAt }, gateway);
    if (held.kind === "caller-left") return story.callerLeft();
    const { body } = held;
    const endsAt = clock.now() + deadlineMs;
    family.budget.deposit();

    for (;;) {
      // (2)
      admission = await admit({ family, replay: asked.replay, endsAt, left: inbound.left }, clock);
      if (admission.kind === "caller-left") return story.callerLeft();
      if (admission.kind === "refused") return story.refused(admission);

      // (3)
      const attempted = await makeAttempt(
        {
          method: inbound.method,
          pathAndQuery: inbound.target.pathAndQuery,
          headers,
          body,
          replay: asked.replay,
          operation: asked.operation,
          connectMs: limits.connectMs,
          timeoutMs: Math.min(limits.timeoutMs, endsAt - clock.now()),
          idleMs: limits.idleMs,
          // A read that nobody waits for stops; a write in flight is let finish, so that its outcome is known.
          ...(asked.replay === "read" || body.kind === "streamed" ? { signal: inbound.left } : {}),
        },
        tenant,
        clock,
      );

      // (4)
      const judged = judge(
        attempted.outcome,
        { facts, operation: asked.operation },
        { origins: policy.origins, answers: route.answers, meanings: route.meanings },
      );
      const { verdict } = judged;

      // (5)
      const toldMs = attempted.answer && retryAfterMs(attempted.answer.headers, clock.wall());
      const limit = attempted.answer && rateLimit(attempted.answer.headers, clock.wall());
      if (limit) family.gate.learn(limit);
      await admission.permit.report(verdict.health, verdict.oncePerPath ? inbound.target.path : undefined);
      if (verdict.closesGate) family.gate.close(toldMs);
      story.heard(attempted, judged);

      // (6)
      const next = nextStep({
        judged,
        asked,
        settings: retry,
        callerLeft: inbound.left.aborted,
        bodyHeld: body.kind !== "streamed",
        attempts: story.attempts,
        toldMs,
        random: clock.random(),
        timeLeftMs: endsAt - clock.now(),
        circuitOpen: family.circuit.refusalMs(asked.replay) !== undefined,
        gateWaitMs: family.gate.waitMs(),
        withdraw: () => family.budget.withdraw(),
      });
      story.decided(next, judged);

      // (8)
      if (next.kind === "stop") return story.answer(next.reason, admission.release);

      discard(attempted);
      admission.release();
      await sleep(clock, next.delayMs, inbound.left);
    }
  } catch (error) {
    // A mistake of ours harms this exchange alone: what it took from the others goes back.
    if (admission?.kind === "admitted") {
      admission.release();
      await admission.permit.report("neutral");
    }
    throw error;
  } finally {
    if (held?.kind === "ready") held.release();
  }
}

function heldBytes(held: Held | undefined): Buffer | undefined {
  if (held?.kind !== "ready" || held.body.kind === "streamed") return undefined;
  return held.body.kind === "held" ? held.body.bytes : NO_BYTES;
}
