/**
 * How an exchange ends: the reply for the caller, and what the observers hear when the caller has it. What may be said
 * follows from `decide/fate.ts`, how it is written from `answer.ts`.
 */
import type { Clock } from "../clock.ts";
import type { BarredReason } from "../decide/access.ts";
import { type Fate, fateOf, leavesDoubt } from "../decide/fate.ts";
import type { Observe } from "../observe/events.ts";
import type { RawAnswer } from "../upstream/attempt.ts";
import type { Tenant } from "../upstream/tenant.ts";
import { OVERLOAD_PATIENCE_MS, type Refusal } from "./admit.ts";
import { answerWith, type Conclusion } from "./answer.ts";
import type { Delivery, Reply } from "./caller.ts";
import type { Course } from "./course.ts";
import { REFUSAL_SAYINGS } from "./messages.ts";
import { type End, recordOf } from "./record.ts";
import type { Heard } from "./try-once.ts";

type Tools = { readonly clock: Clock; readonly tenant: Tenant; readonly observe: Observe };

type Came = Conclusion["came"];

const CALLER_LEFT = 499;

/** The last word of the tenant, or of the gateway about it; `reason` says why there was no further attempt. */
export function answer(course: Course, heard: Heard, reason: string, tools: Tools): Reply {
  const reply = tell(course, cameOf(heard), reason, undefined, tools);
  if (reply.body.kind !== "stream") return reply;
  // From here on the answer lasts as long as its caller likes.
  const giveBack = course.routed.family.streams.take();
  if (!giveBack) return tooManyStreams(course, heard, tools);
  const ended = (delivery: Delivery): void => {
    giveBack();
    heard.letGo();
    reply.ended(delivery);
  };
  return { ...reply, ended };
}

/** There is an answer, and no room to pass it on. */
function tooManyStreams(course: Course, heard: Heard, tools: Tools): Reply {
  heard.letGo();
  const refusal: Refusal = {
    kind: "refused",
    reason: "streams-full",
    retryAfterMs: OVERLOAD_PATIENCE_MS,
  };
  tools.observe({ kind: "refused", family: course.routed.family.name, reason: refusal.reason });
  const { reason } = REFUSAL_SAYINGS[refusal.reason];
  return tell(course, { kind: "refusal", refusal }, reason, refusal.retryAfterMs, tools);
}

/** No attempt was let through; after an earlier one its outcome is what the caller should hear. */
export function refused(course: Course, refusal: Refusal, tools: Tools): Reply {
  const { asked, heard, inbound, routed, sentAs } = course;
  // Its fate stays unknown: there is no later answer that could be looked into.
  if (heard && asked.replay !== "read" && leavesDoubt(course.judged))
    tools.observe({
      kind: "settled",
      id: inbound.id,
      route: routed.label,
      operation: sentAs.operation,
      result: "unresolved",
      compared: [],
      reads: 0,
      meaning: heard.judged.meaning,
    });
  const came: Came = heard ? withoutStream(cameOf(heard)) : { kind: "refusal", refusal };
  return tell(course, came, REFUSAL_SAYINGS[refusal.reason].reason, refusal.retryAfterMs, tools);
}

/** What was to be held did not come in time: there is no attempt. */
export function bodyLate(course: Course, tools: Tools): Reply {
  tools.observe({ kind: "refused", family: course.routed.family.name, reason: SLOW_BODY.reason });
  return refused(course, SLOW_BODY, tools);
}

const SLOW_BODY = { kind: "refused", reason: "slow-body", retryAfterMs: 1000 } as const;

/**
 * The policy does not let it through. When that shows only while the body streams, there was an attempt, which has been
 * broken off.
 */
export function barred(course: Course, reason: BarredReason, tools: Tools): Reply {
  course.heard?.letGo();
  tools.observe({ kind: "refused", family: course.routed.family.name, reason });
  const refusal: Refusal = { kind: "refused", reason, retryAfterMs: undefined };
  return tell(course, { kind: "refusal", refusal }, REFUSAL_SAYINGS[reason].reason, undefined, tools);
}

/** Nobody is there to be answered. */
export function callerLeft(course: Course, tools: Tools): Reply {
  const gone = departed(course);
  const end: End = { ...gone, reason: gone.delivery };
  const ended = (): void => record(course, fate(course, undefined, false), end, tools);
  return { status: CALLER_LEFT, statusText: undefined, headers: [], body: { kind: "none" }, ended };
}

/** The caller hung up; or what was wrong with the rest of its request was told on its connection. */
function departed({ inbound }: Course): Pick<End, "status" | "delivery"> {
  const { status } = inbound.insteadOfAnswer;
  return status === undefined
    ? { status: CALLER_LEFT, delivery: "caller-left" }
    : { status, delivery: undefined };
}

function tell(
  course: Course,
  came: Came,
  why: string,
  refusedForMs: number | undefined,
  tools: Tools,
): Reply {
  const { inbound, routed, asked, settlement } = course;
  const fated = fate(course, refusedForMs, came.kind === "refusal");
  const succeeded =
    settlement?.result === "applied" || (came.kind !== "refusal" && came.judged.meaning === "ok");
  const reason = succeeded ? undefined : why;
  const written = answerWith(
    {
      came,
      attempts: course.judged.length,
      processed: fated.processed,
      safeToRepeat: fated.safeToRepeat,
      replay: asked.replay,
      comeBackMs: fated.comeBackMs,
      reason,
      transaction: course.transaction,
      settlement,
    },
    {
      inbound,
      settings: routed.route.settings,
      dialect: asked.dialect,
      tenantOrigin: tools.tenant.origin,
      wallMs: tools.clock.wall(),
    },
  );
  const { status, statusText, headers, body, normalisedFrom } = written;
  if (normalisedFrom !== undefined)
    tools.observe({ kind: "normalised", route: routed.label, from: normalisedFrom });
  const ended = (delivery: Delivery): void =>
    record(
      course,
      fated,
      {
        reason,
        ...(delivery === "caller-left"
          ? departed(course)
          : { status, delivery: delivery === "delivered" ? undefined : delivery }),
      },
      tools,
    );
  return { status, statusText, headers, body, ended };
}

function fate(
  { asked, judged, settlement, routed }: Course,
  refusedForMs: number | undefined,
  answerDropped: boolean,
): Fate {
  const { circuit, gate } = routed.family;
  return fateOf({
    replay: asked.replay,
    attempts: judged,
    settled: settlement?.result,
    refusedForMs,
    answerDropped,
    // Who came back earlier would be refused by the circuit or held at the gate.
    heldBackMs: Math.max(circuit.opensInMs(), gate.waitMs()),
  });
}

function record(course: Course, { processed }: Fate, end: End, { clock, observe }: Tools): void {
  observe(recordOf(course, processed, clock.now(), end));
}

function cameOf({ outcome, answer, judged }: Heard): Exclude<Came, { kind: "refusal" }> {
  return outcome.kind === "failed"
    ? { kind: "failure", outcome, judged }
    : { kind: "answer", answer: answer ?? emptyAnswer(outcome.status), judged };
}

/** The stream of an answer was let go when another attempt was decided on. */
function withoutStream(came: Came): Came {
  if (came.kind !== "answer" || came.answer.body.kind !== "stream") return came;
  return { ...came, answer: { ...came.answer, body: EMPTY } };
}

const EMPTY: RawAnswer["body"] = { kind: "whole", bytes: Buffer.alloc(0), decoded: Buffer.alloc(0) };

function emptyAnswer(status: number): RawAnswer {
  return { status, statusText: "", headers: [], body: EMPTY };
}
