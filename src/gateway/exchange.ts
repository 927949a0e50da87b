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
 * Nearly every exchange goes 1 2 3 4 5 8 and can be read here from top to bottom; 6 and 7 are about trouble, and behind
 * the one door of `again.ts`. Nothing is decided here: every decision is a value from `decide/`. The first byte that the
 * server writes of the returned reply is the commit point; there is no attempt after it.
 */
import { barredByClass, barredByHead } from "../decide/access.ts";
import { classify } from "../decide/classify.ts";
import { requestHead, withBody } from "../decide/request.ts";
import { requestHeadersToSend } from "../http/forward.ts";
import { again, outboundOf, sendingOf } from "./again.ts";
import type { Inbound, Reply } from "./caller.ts";
import { type Course, hear, stamped } from "./course.ts";
import type { Gateway } from "./gateway.ts";
import { type Held, heldBytes, holdBody, isStreamed } from "./hold.ts";
import { interimFor } from "./interim.ts";
import { operationsOf, routeRequest } from "./routing.ts";
import { answer, barred, bodyLate, callerLeft, refused } from "./tell.ts";
import { transactionOf } from "./transaction.ts";
import { tryOnce } from "./try-once.ts";

/** Of a body that may not be sent nothing is read. */
const NOT_READ: Held = { kind: "barred" };

export async function exchange(inbound: Inbound, gateway: Gateway): Promise<Reply> {
  const { clock, families, heldMemory, tenant } = gateway;
  const policy = gateway.policy();
  const startedAt = clock.now();
  const { method, target, left } = inbound;
  let held: Held | undefined;
  let course: Course | undefined;
  try {
    // (1)
    const headers = requestHeadersToSend(inbound.headers, {
      forwarded: policy.forwarded,
      host: tenant.authority,
      httpVersion: inbound.httpVersion,
      callerProto: inbound.callerOrigin.slice(0, inbound.callerOrigin.indexOf(":")),
      callerAddress: inbound.callerAddress,
    });
    const head = requestHead({ method, target, headers });
    const routed = routeRequest(head, policy, families);
    const { settings } = routed.route;
    const endsAt = startedAt + settings.deadlineMs;
    const { bounds } = routed;
    const barredAtOnce = barredByHead(bounds, inbound.contentLength);
    const limits = {
      maxBodyBytes: settings.replayMaxBodyBytes,
      memoryBytes: policy.replayMemoryBytes,
      maxRequestBytes: bounds.maxRequestBytes,
      endsAt,
    };
    const holding = barredAtOnce ? NOT_READ : holdBody(inbound, limits, heldMemory, clock);
    held = holding instanceof Promise ? await holding : holding;
    const facts = withBody(head, heldBytes(held));
    const asked = classify(facts, { dialects: policy.dialects, ...operationsOf(routed) });
    course = {
      inbound,
      routed,
      policy,
      asked,
      transaction: transactionOf(headers, inbound.id),
      startedAt,
      // The time that an upload takes which streams is its caller's own.
      endsAt: isStreamed(held) ? clock.now() + settings.deadlineMs : endsAt,
      left,
      requests: 0,
      judged: [],
      story: undefined,
      heard: undefined,
      sentAs: asked,
      settlement: undefined,
    };
    if (held.kind === "caller-left") return callerLeft(course, gateway);
    if (held.kind === "late") return bodyLate(course, gateway);
    if (held.kind === "barred") return barred(course, barredAtOnce ?? "body-too-large", gateway);
    const barredAsAsked = barredByClass(bounds, asked.replay);
    if (barredAsAsked) return barred(course, barredAsAsked, gateway);
    const { body } = held;
    if (body.kind === "streamed") inbound.streams();
    const asSent = { method, pathAndQuery: target.pathAndQuery, headers, body, facts, asked };
    const sending = sendingOf(asSent, course, gateway);
    const outbound = outboundOf(sending);

    // (2) to (5)
    const first = await tryOnce(
      { ...outbound, headers: stamped(course, outbound.headers) },
      course,
      gateway,
      interimFor(course, gateway),
    );
    if (first.kind === "caller-left") return callerLeft(course, gateway);
    if (first.kind === "refused") return refused(course, first, gateway);
    hear(course, first, outbound.asked);

    // It went well, and nothing is in doubt: nearly all leave here, by (8).
    const { meaning, retry } = first.judged;
    if (meaning === "ok" && retry === "never") return answer(course, first, "answered", gateway);

    if (held.exceeded()) return barred(course, "body-too-large", gateway);

    // (6) to (8)
    return await again(first, sending, course, gateway);
  } catch (error) {
    // A mistake of ours harms this exchange alone: what it took from the others goes back.
    course?.heard?.letGo();
    throw error;
  } finally {
    if (held?.kind === "ready") held.release();
  }
}
