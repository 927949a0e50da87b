/**
 * Time that costs none: it passes only when nothing moves any more, and then jumps to the next timer. So a limit of five
 * seconds is over at once, and no machine is too slow for one of a half.
 */
import { type SteppedClock, steppedClock } from "../support/stepped-clock.ts";
import type { Loopback } from "./loopback.ts";

export type VirtualClock = SteppedClock<never>;

export const virtualClock = (): VirtualClock => steppedClock<never>(() => {});

/**
 * So long nothing has moved, and then so many bytes have gone through the kernel behind whatever was sent, while whoever
 * had something to do on the way from one move to the next had as many turns to do it.
 */
const QUIET_MS = 10;
const ROUNDS = 10;

/** Who moves nothing for so long, with no timer set, never will. */
const FROZEN_MS = 10_000;

/** Lets time pass until `work` is done. `moves` counts whatever shows that something still goes on. */
export async function passTime<T>(
  clock: VirtualClock,
  loopback: Loopback,
  moves: () => number,
  work: Promise<T>,
): Promise<T> {
  let done = false;
  const noted = work.finally(() => {
    done = true;
  });
  let movedAt = performance.now();
  while (!done) {
    await quiet(loopback, moves, () => done);
    const timer = clock.next();
    if (done) break;
    if (timer) {
      clock.fire(timer);
      movedAt = performance.now();
    } else if (performance.now() - movedAt > FROZEN_MS)
      throw new Error("nothing moves any more, and no timer is set: it is frozen");
  }
  return noted;
}

async function quiet(loopback: Loopback, moves: () => number, done: () => boolean): Promise<void> {
  let before = moves();
  let momentEndsAt = performance.now() + QUIET_MS;
  let rounds = 0;
  while (!done() && rounds < ROUNDS) {
    const late = performance.now() >= momentEndsAt;
    await (late ? loopback.round() : new Promise((resolve) => setTimeout(resolve, 1)));
    const now = moves();
    if (now !== before) {
      before = now;
      momentEndsAt = performance.now() + QUIET_MS;
      rounds = 0;
    } else if (late) rounds++;
  }
}
