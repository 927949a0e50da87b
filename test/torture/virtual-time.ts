/**
 * Time that costs none: it passes only when nothing moves any more, and then jumps to the next timer. So a limit of five
 * seconds is over at once, and no machine is too slow for one of a half.
 */
import { type SteppedClock, steppedClock } from "../support/stepped-clock.ts";

export type VirtualClock = SteppedClock<never>;

export const virtualClock = (): VirtualClock => steppedClock<never>(() => {});

/** What was written on this machine is there after a turn or two; a busy kernel gets a moment more. */
const QUIET_TURNS = 20;
const QUIET_MS = 20;

/** Who moves nothing for so long, with no timer set, never will. */
const FROZEN_MS = 10_000;

/** Lets time pass until `work` is done. `moves` counts whatever shows that something still goes on. */
export async function passTime<T>(clock: VirtualClock, moves: () => number, work: Promise<T>): Promise<T> {
  let done = false;
  const noted = work.finally(() => {
    done = true;
  });
  let quietSince = performance.now();
  while (!done) {
    await quiet(moves, () => done);
    const timer = clock.next();
    if (done) break;
    if (timer) {
      clock.fire(timer);
      quietSince = performance.now();
    } else if (performance.now() - quietSince > FROZEN_MS)
      throw new Error("nothing moves any more, and no timer is set: it is frozen");
  }
  return noted;
}

/** A moment without a move, and some turns after it: whoever was kept from running has not looked in the meantime. */
async function quiet(moves: () => number, done: () => boolean): Promise<void> {
  let before = moves();
  let momentEndsAt = performance.now() + QUIET_MS;
  let turns = 0;
  while (!done() && turns < QUIET_TURNS) {
    const late = performance.now() >= momentEndsAt;
    await new Promise((resolve) => (late ? setImmediate(resolve) : setTimeout(resolve, 1)));
    const now = moves();
    if (now !== before) {
      before = now;
      momentEndsAt = performance.now() + QUIET_MS;
      turns = 0;
    } else if (late) turns++;
  }
}
