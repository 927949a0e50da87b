/**
 * Time as a list of what is to happen: it jumps from one event to the next, so that hours of load take seconds. What an
 * event sets in motion comes to rest before the next one.
 */
import type { Clock } from "../../src/clock.ts";

type Due = {
  readonly at: number;
  readonly order: number;
  readonly isSleep: boolean;
  run: (() => void) | undefined;
};

export type EventClock = Clock & {
  /** Has `run` called at that time. */
  at(time: number, run: () => void): void;
  /** Until that time. */
  runUntil(time: number): Promise<void>;
};

export function eventClock(random: () => number): EventClock {
  let now = 0;
  let order = 0;
  const heap: Due[] = [];
  const add = (at: number, isSleep: boolean, run: () => void): Due => {
    const due = { at: Math.max(at, now), order: order++, isSleep, run };
    push(heap, due);
    return due;
  };
  const timer =
    (isSleep: boolean) =>
    (delayMs: number, then: () => void): (() => void) => {
      const due = add(now + delayMs, isSleep, then);
      return () => {
        due.run = undefined;
      };
    };
  return {
    now: () => now,
    wall: () => Date.UTC(2026, 0, 1) + now,
    random,
    after: timer(true),
    limit: timer(false),
    at: (time, run) => void add(time, false, run),
    async runUntil(time) {
      for (let due = heap[0]; due && due.at <= time; due = heap[0]) {
        pop(heap);
        if (!due.run) continue;
        now = due.at;
        due.run();
        // After a sleep cockatiel waits on a timer of its own, of no length.
        await new Promise((resolve) => (due.isSleep ? setTimeout(resolve, 0) : setImmediate(resolve)));
      }
      now = time;
    },
  };
}

const before = (a: Due, b: Due): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

function push(heap: Due[], due: Due): void {
  let at = heap.push(due) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const above = heap[parent];
    if (!above || before(above, due)) break;
    heap[at] = above;
    at = parent;
  }
  heap[at] = due;
}

function pop(heap: Due[]): void {
  const last = heap.pop();
  if (!last || heap.length === 0) return;
  let at = 0;
  for (;;) {
    const [left, right] = [heap[2 * at + 1], heap[2 * at + 2]];
    const child = left && right && before(right, left) ? right : left;
    if (!child || before(last, child)) break;
    heap[at] = child;
    at = child === left ? 2 * at + 1 : 2 * at + 2;
  }
  heap[at] = last;
}
