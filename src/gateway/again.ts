/**
 * The door to everything that is about trouble: steps 6 and 7. An attempt did not go well: is there another one, and if
 * there is none, what became of those whose answers were lost?
 *
 * cockatiel's retry drives the further attempts. What it asks, whether to go on and how long to wait, are values of
 * `decide/`; the waiting is done here, on our clock, and ends when the caller leaves.
 */
import { handleWhenResult, retry } from "cockatiel";
import { sleep } from "../clock.ts";
import { AT_ONCE } from "../decide/backoff.ts";
import { leavesDoubt } from "../decide/fate.ts";
import { nextStep } from "../decide/next-step.ts";
import { goesOn, type RetryAnswer } from "../decide/retry.ts";
import { doubtful } from "../upstream/lifetime.ts";
import type { Reply } from "./caller.ts";
import { type Course, hear, note, stamped } from "./course.ts";
import type { Gateway } from "./gateway.ts";
import { interimFor } from "./interim.ts";
import { settleLostAnswer } from "./lost/lost-answer.ts";
import { type ReplayableCreate, refusesClientId, replayableCreate } from "./lost/replayable-create.ts";
import { answer, callerLeft, refused } from "./tell.ts";
import { type Heard, type Outbound, type Tried, tryOnce } from "./try-once.ts";

/** What an exchange sends: the caller's request, or a create in its place that may be sent again. */
export type Sending = {
  readonly asSent: Outbound;
  readonly create: ReplayableCreate | undefined;
};

/** What came of a round, and what follows. */
type Round = { readonly tried: Tried; readonly next: RetryAnswer | undefined };

const AT_ONCE_AGAIN: RetryAnswer = { kind: "retry", delayMs: 0 };

/** How often is for `decide/retry.ts` to say, and it has waited when cockatiel asks. */
const FURTHER = retry(
  handleWhenResult((round) => goesOn((round as Round).next)),
  { maxAttempts: Number.POSITIVE_INFINITY, backoff: AT_ONCE },
);

/** A create by POST is sent as one that may be sent again, where the route says so. */
export function sendingOf(asSent: Outbound, { routed, policy }: Course, { refusing }: Gateway): Sending {
  const { route } = routed;
  const create = route.replayableCreates ? replayableCreate(asSent, route, policy, refusing) : undefined;
  return { asSent, create };
}

/** What the next attempt sends. */
export function outboundOf({ asSent, create }: Sending): Outbound {
  return create?.outbound ?? asSent;
}

/** From a first attempt that did not go well to the reply. */
export async function again(
  first: Heard,
  sending: Sending,
  course: Course,
  gateway: Gateway,
): Promise<Reply> {
  let { create } = sending;
  const outbound = (): Outbound => outboundOf({ ...sending, create });

  const once = async (): Promise<Tried> => {
    const { asked, headers, ...rest } = outbound();
    const anew = doubts(course.heard);
    const tried = await tryOnce(
      { ...rest, asked, anew, headers: stamped(course, headers) },
      course,
      gateway,
      interimFor(course, gateway),
    );
    if (tried.kind === "heard") hear(course, tried, asked);
    return tried;
  };

  const round = async (tried: Tried): Promise<Round> => {
    if (tried.kind !== "heard") return { tried, next: undefined };
    if (create && refusesClientId(tried.judged)) {
      withoutOwnId(course, create, gateway);
      course.routed.family.budget.owe();
      create = undefined;
      tried.letGo();
      note(course, tried, AT_ONCE_AGAIN);
      return { tried, next: AT_ONCE_AGAIN };
    }
    const next = decide(tried, outbound(), course, gateway);
    note(course, tried, next);
    if (next.kind === "stop") return { tried, next };
    tried.letGo();
    await sleep(gateway.clock, next.delayMs, course.left);
    return { tried, next };
  };

  // (6)
  const { tried, next } = await FURTHER.execute(async ({ attempt }) =>
    round(attempt === 0 ? first : await once()),
  );
  if (tried.kind === "caller-left") return callerLeft(course, gateway);
  if (tried.kind === "refused") return refused(course, tried, gateway);

  // (7)
  course.settlement = await settleLostAnswer(
    {
      outbound: outbound(),
      last: tried,
      earlierUnknown: leavesDoubt(course.judged.slice(0, -1)),
      named: create?.named ?? false,
    },
    course,
    gateway,
  );
  if (course.settlement?.answer) tried.letGo();

  // (8)
  return answer(course, tried, next?.kind === "stop" ? next.reason : "answered", gateway);
}

/** Whether what was heard may be the fault of the connection, or of the one server that it leads to. */
function doubts(heard: Heard | undefined): boolean {
  return heard !== undefined && (heard.outcome.kind === "failed" || doubtful(heard.outcome.status));
}

/** Asks the question of the next attempt, and tells the observers what was decided. */
function decide(
  { judged, toldMs }: Heard,
  { asked, body }: Outbound,
  course: Course,
  { clock, observe }: Gateway,
): RetryAnswer {
  const { family, route, label } = course.routed;
  const next = nextStep({
    judged,
    asked,
    settings: route.settings.retry,
    callerLeft: course.left.gone,
    bodyHeld: body.kind !== "streamed",
    attempts: course.judged.length,
    toldMs,
    random: clock.random(),
    timeLeftMs: course.endsAt - clock.now(),
    circuitOpen: family.circuit.refusalMs(asked.replay) !== undefined,
    gateWaitMs: family.gate.waitMs(),
    withdraw: () => family.budget.withdraw(),
  });
  if (judged.meaning !== "ok")
    observe(
      next.kind === "retry"
        ? { kind: "decision", route: label, decision: "retried", reason: judged.meaning }
        : { kind: "decision", route: label, decision: "withheld", reason: next.reason },
    );
  return next;
}

/** The collection refused an id of ours: the create goes once more, as it came. */
function withoutOwnId(
  { routed }: Course,
  { collection }: ReplayableCreate,
  { observe, refusing }: Gateway,
): void {
  const route = routed.label;
  observe({ kind: "decision", route, decision: "retried", reason: "client-id-refused" });
  if (refusing.add(collection)) observe({ kind: "client-id-refused", route });
}
