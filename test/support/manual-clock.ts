/** A clock that moves only when told to: `advance(ms)` runs what falls due, in order, and lets promises settle between. */
import type { Clock } from "../../src/clock.ts";

export type ManualClock = Clock & {
  advance(ms: number): Promise<void>;
  setRandom(value: number): void;
  /** How many timers are waiting. */
  pending(): number;
};

type Timer = { readonly due: number; readonly then: () => void };

export function manualClock(startWallMs = Date.UTC(2026, 0, 1)): ManualClock {
  let now = 0;
  let random = 0.5;
  const timers = new Set<Timer>();
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const nextDue = (until: number): Timer | undefined =>
    [...timers].filter((timer) => timer.due <= until).sort((a, b) => a.due - b.due)[0];

  const after = (delayMs: number, then: () => void): (() => void) => {
    const timer = { due: now + Math.max(0, delayMs), then };
    timers.add(timer);
    return () => timers.delete(timer);
  };

  return {
    now: () => now,
    wall: () => startWallMs + now,
    random: () => random,
    after,
    limit: after,
    async advance(ms) {
      const until = now + ms;
      await settle();
      for (let timer = nextDue(until); timer; timer = nextDue(until)) {
        timers.delete(timer);
        now = timer.due;
        timer.then();
        await settle();
      }
      now = until;
      await settle();
    },
    setRandom(value) {
      random = value;
    },
    pending: () => timers.size,
  };
}

/** Until something that real sockets bring about has come true; the test's own time limit ends a wait for nothing. */
export async function turnsUntil(come: () => boolean): Promise<void> {
  while (!come()) await new Promise((resolve) => setImmediate(resolve));
}

/** What is under way on this machine's own sockets arrives: bytes that were written are there for the next turn. */
export async function someTurns(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
}
