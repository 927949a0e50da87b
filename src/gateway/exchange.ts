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
import { nextStep } from "../decide/next-step.ts";
import { requestFacts } from "../decide/request.ts";
import type { Families } from "../guard/families.ts";
import type { HeldMemory } from "../guard/held-memory.ts";
import { requestHeadersToSend } from "../http/forward.ts";
import type { Observe } from "../observe/events.ts";
import type { Policy } from "../policy/policy.ts";
import { discard } from "../upstream/attempt.ts";
import type { Tenant } from "../upstream/tenant.ts";
import type { Inbound, Reply } from "./caller.ts";
import { type Held, holdBody } from "./hold.ts";
import { settleLostAnswer } from "./lost/lost-answer.ts";
import { type RefusingCollections, refusesClientId, replayableCreate } from "./lost/replayable-create.ts";
import { routeRequest } from "./routing.ts";
import { Story } from "./story.ts";
import { transactionOf, withAttemptId } from "./transaction.ts";
import { type Heard, type Outbound, tryOnce } from "./try-once.ts";

export type Gateway = {
  readonly clock: Clock;
  /** The policy of this moment; an exchange keeps the one it began with. */
  readonly policy: () => Policy;
  readonly families: Families;
  readonly heldMemory: HeldMemory;
  readonly tenant: Tenant;
  readonly observe: Observe;
  /** Collections that do not take ids of ours. */
  readonly refusing: RefusingCollections;
};

export async function exchange(inbound: Inbound, gateway: Gateway): Promise<Reply> {
  const { clock, families, heldMemory, tenant } = gateway;
  const policy = gateway.policy();
  const startedAt = clock.now();
  const { method, left } = inbound;
  const { pathAndQuery } = inbound.target;
  let held: Held | undefined;
  let heard: Heard | undefined;
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
    const { deadlineMs, replayMaxBodyBytes, retry } = route.settings;
    const memory = { maxBodyBytes: replayMaxBodyBytes, memoryBytes: policy.replayMemoryBytes };
    held = await holdBody(inbound, memory, heldMemory);
    const asked = classify(facts, { dialects: policy.dialects, operations: route.operations });
    const transaction = transactionOf(headers, inbound.id);
    const story = new Story({ inbound, routed, asked, policy, startedAt, transaction }, gateway);
    if (held.kind === "caller-left") return story.callerLeft();
    const { body } = held;
    if (body.kind === "streamed") inbound.streams();
    const surroundings = { routed, policy, endsAt: clock.now() + deadlineMs, left };
    let requests = 0;
    const stamped = (each: readonly string[]): string[] => withAttemptId(each, transaction, ++requests);
    const asSent: Outbound = { method, pathAndQuery, headers, body, facts, asked };
    let create = replayableCreate(asSent, routed, policy, gateway.refusing);
    family.budget.deposit();

    for (;;) {
      // (2) to (5)
      const outbound = create?.outbound ?? asSent;
      const tried = await tryOnce({ ...outbound, headers: stamped(outbound.headers) }, surroundings, gateway);
      if (tried.kind === "caller-left") return story.callerLeft();
      if (tried.kind === "refused") return story.refused(tried);
      heard = tried;
      story.heard(tried, outbound.asked);

      // (6)
      if (create && refusesClientId(tried.judged)) {
        story.withoutOwnId(gateway.refusing.add(create.collection));
        create = undefined;
        discard(tried.attempted);
        tried.release();
        continue;
      }
      const next = nextStep({
        judged: tried.judged,
        asked: outbound.asked,
        settings: retry,
        callerLeft: left.aborted,
        bodyHeld: body.kind !== "streamed",
        attempts: story.attempts,
        toldMs: tried.toldMs,
        random: clock.random(),
        timeLeftMs: surroundings.endsAt - clock.now(),
        circuitOpen: family.circuit.refusalMs(outbound.asked.replay) !== undefined,
        gateWaitMs: family.gate.waitMs(),
        withdraw: () => family.budget.withdraw(),
      });
      story.decided(next, tried.judged);
      if (next.kind === "retry") {
        discard(tried.attempted);
        tried.release();
        await sleep(clock, next.delayMs, left);
        continue;
      }

      // (7)
      const { earlierUnknown } = story;
      const { id, callerOrigin } = inbound;
      const named = create?.named ?? false;
      const exchanged = { id, outbound, last: tried, earlierUnknown, named, callerOrigin, stamped };
      const settlement = await settleLostAnswer(exchanged, surroundings, gateway);
      if (settlement) story.settled(settlement);
      if (settlement?.answer) discard(tried.attempted);

      // (8)
      return story.answer(next.reason, tried.release);
    }
  } catch (error) {
    // A mistake of ours harms this exchange alone: what it took from the others goes back.
    if (heard) discard(heard.attempted);
    heard?.release();
    throw error;
  } finally {
    if (held?.kind === "ready") held.release();
  }
}

const NO_BYTES = Buffer.alloc(0);

function heldBytes(held: Held | undefined): Buffer | undefined {
  if (held?.kind !== "ready" || held.body.kind === "streamed") return undefined;
  return held.body.kind === "held" ? held.body.bytes : NO_BYTES;
}
