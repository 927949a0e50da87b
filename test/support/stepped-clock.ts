/**
 * A clock that jumps from timer to timer when told to, and knows whose timer it is.
 *
 * `owner` is whoever moves at the moment; the test says who. What is to happen at once happens at once: only real waits
 * wait to be told.
 */
import type { Clock } from "../../src/clock.ts";

export type SteppedClock<Owner> = Clock & {
  /** Who sets timers from now on. */
  owner: Owner | undefined;
  /** The timer that is due next, unless none is set. */
  next(): Timer<Owner> | undefined;
  /** Moves the time to that timer's, and runs it. */
  fire(timer: Timer<Owner>): void;
};

export type Timer<Owner> = {
  readonly owner: Owner | undefined;
  readonly due: number;
  readonly then: () => void;
};

/** `onSleep` hears of everybody who waits for nothing but time. Other timers are limits of something that goes on. */
export function steppedClock<Owner>(onSleep: (owner: Owner) => void): SteppedClock<Owner> {
  let now = 0;
  const timers = new Set<Timer<Owner>>();
  const clock: SteppedClock<Owner> = {
    owner: undefined,
    now: () => now,
    wall: () => Date.UTC(2026, 0, 1) + now,
    random: () => 0,
    limit: (delayMs, then) => clock.after(delayMs, then),
    after(delayMs, then) {
      if (delayMs <= 0) {
        const soon = setImmediate(then);
        return () => clearImmediate(soon);
      }
      const timer = { owner: clock.owner, due: now + delayMs, then };
      timers.add(timer);
      if (clock.owner !== undefined && isSleep()) onSleep(clock.owner);
      return () => timers.delete(timer);
    },
    next: () => [...timers].sort((a, b) => a.due - b.due)[0],
    fire(timer) {
      timers.delete(timer);
      now = timer.due;
      timer.then();
    },
  };
  return clock;
}

/** Whether it is `sleep` of `clock.ts` that is setting a timer. The usual stack, as text, would cost more than the timer. */
function isSleep(): boolean {
  const { prepareStackTrace } = Error;
  let sleeping = false;
  Error.prepareStackTrace = (_, sites) => {
    sleeping = sites.some((site) => site.getFunctionName() === "sleep");
  };
  void new Error().stack;
  Error.prepareStackTrace = prepareStackTrace;
  return sleeping;
}
