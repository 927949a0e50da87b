/**
 * Step 2: whether an attempt may be made now. Circuit, throttle gate and concurrency are asked in this order; the
 * circuit once more at the end, since it may have opened while the others made us wait. An upload that streams lasts as
 * long as its caller likes, so it is counted among the streams and takes no place of an attempt.
 */
import { type Clock, type Departure, sleep } from "../clock.ts";
import type { ReplayClass } from "../crest/words.ts";
import type { RefusalReason } from "../decide/words.ts";
import type { CircuitAnswer, Permit } from "../guard/circuit.ts";
import type { Family } from "../guard/families.ts";
import type { LimiterAnswer } from "../guard/limiter.ts";

export type Refusal = {
  readonly kind: "refused";
  readonly reason: RefusalReason;
  /** When coming back can help; undefined when it cannot. */
  readonly retryAfterMs: number | undefined;
};

export type Admission =
  /** It has passed the gate, which has to hear when it comes back. */
  | { readonly kind: "admitted"; readonly permit: Permit; readonly release: () => void }
  | Refusal
  | { readonly kind: "caller-left" };

/** What a full queue asks callers to stay away: it empties at the pace of the tenant's answers. */
export const OVERLOAD_PATIENCE_MS = 1000;

type Request = {
  readonly family: Family;
  readonly replay: ReplayClass;
  /** Whether its body goes out as it comes. */
  readonly streams: boolean;
  readonly endsAt: number;
  readonly left: Departure;
};

/** At once when there is nothing to wait for. */
export function admit(request: Request, clock: Clock): Admission | Promise<Admission> {
  const { family, replay, left } = request;
  const openMs = family.circuit.refusalMs(replay);
  if (openMs !== undefined) return refused("circuit-open", openMs);
  if (family.gate.waitMs() > 0) return behindGate(request, clock);
  if (left.gone) return { kind: "caller-left" };
  family.gate.pass();
  return takePlace(request, clock);
}

async function behindGate(request: Request, clock: Clock): Promise<Admission> {
  return (await passGate(request, clock)) ?? takePlace(request, clock);
}

function takePlace(request: Request, clock: Clock): Admission | Promise<Admission> {
  if (request.streams) return onPlace(takeStream(request.family), request, clock);
  const place = request.family.limiter.acquire(request.endsAt - clock.now(), request.left);
  return place instanceof Promise
    ? place.then((came) => onPlace(came, request, clock))
    : onPlace(place, request, clock);
}

type Place = LimiterAnswer | { readonly kind: "refused"; readonly reason: "streams-full" };

function takeStream({ streams }: Family): Place {
  const release = streams.take();
  return release ? { kind: "granted", release } : { kind: "refused", reason: "streams-full" };
}

function onPlace(place: Place, { family, replay, endsAt }: Request, clock: Clock): Admission {
  // A wait can last longer than it was meant to: an attempt without time would only leave a write of unknown fate.
  const late = clock.now() >= endsAt;
  const answer: CircuitAnswer | undefined =
    place.kind === "granted" && !late ? family.circuit.admit(replay) : undefined;
  if (place.kind === "granted" && answer?.kind === "granted")
    return { kind: "admitted", permit: answer.permit, release: place.release };

  family.gate.comeBack();
  if (place.kind === "refused")
    return place.reason === "caller-left"
      ? { kind: "caller-left" }
      : refused(place.reason, OVERLOAD_PATIENCE_MS);
  place.release();
  return answer?.kind === "refused"
    ? refused("circuit-open", answer.retryAfterMs)
    : refused("queue-wait", OVERLOAD_PATIENCE_MS);
}

/** Waits for its place in the line; undefined once it may go. */
async function passGate(
  { family: { gate }, endsAt, left }: Request,
  clock: Clock,
): Promise<Admission | undefined> {
  gate.come();
  for (;;) {
    const waitMs = gate.waitMs();
    if (waitMs > 0 && (gate.full || clock.now() + waitMs >= endsAt)) return refused("throttled", waitMs);
    const ticket = gate.takePlace();
    if (ticket) {
      await sleep(clock, ticket.at - clock.now(), left);
      gate.leavePlace();
    }
    if (left.gone) return { kind: "caller-left" };
    // Through in the same breath as asked: nobody else may take what was counted for this one.
    if (!ticket || gate.honours(ticket)) {
      gate.pass();
      return undefined;
    }
  }
}

function refused(reason: RefusalReason, retryAfterMs: number): Refusal {
  return { kind: "refused", reason, retryAfterMs };
}
