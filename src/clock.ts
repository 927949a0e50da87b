/**
 * Time and chance: the only place that reads them.
 *
 * Everything that waits, measures or rolls dice takes a `Clock`, so that tests drive it with one of their own
 * (`test/support/manual-clock.ts`) and no test depends on speed.
 */
export type Clock = {
  /** Milliseconds on a clock that never steps back. Only differences mean something. */
  now(): number;
  /** Milliseconds since the epoch, for dates in headers and logs; may step. */
  wall(): number;
  /** A number from 0 (included) to 1 (excluded). */
  random(): number;
  /** Calls `then` once after `delayMs`, never earlier, unless the returned function is called first. */
  after(delayMs: number, then: () => void): () => void;
};

/** Node refuses longer timers and fires them at once instead: 2^31 - 1 milliseconds, 24.8 days. */
const LONGEST_TIMER_MS = 2_147_483_647;

/**
 * Node cuts fractions off and counts from a rounded start, so that a timer may fire almost two milliseconds early;
 * hence one millisecond more. What a tenant asked us to wait is a floor.
 */
export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  random: () => Math.random(),
  after(delayMs, then) {
    const timer = setTimeout(then, delayMs > 0 ? Math.min(Math.ceil(delayMs) + 1, LONGEST_TIMER_MS) : 0);
    return () => clearTimeout(timer);
  },
};

/** Waits `delayMs`, or until `signal` aborts, whichever is first; never rejects. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = (): void => {
      cancel();
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const cancel = clock.after(delayMs, done);
    signal?.addEventListener("abort", done, { once: true });
  });
}
