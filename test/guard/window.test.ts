/** Counts that age by the clock: exact where they can be, and never wrong by more than one slice. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Window } from "../../src/guard/window.ts";

const WINDOW_MS = 10_000;
const SLICE_MS = 1000;

const GOOD = 0;
const BAD = 1;

const fresh = () => new Window(WINDOW_MS);

describe("counts of the recent past", () => {
  it("count each thing for itself", () => {
    const counts = fresh();
    for (const what of [GOOD, BAD, GOOD] as const) counts.add(what, 5);
    expect([counts.sum(GOOD, 5), counts.sum(BAD, 5)]).toEqual([2, 1]);
  });

  it("keep what is younger than the window by a slice, and nothing older than the window", () => {
    const gaps = fc.array(fc.oneof(fc.integer({ min: 0, max: 2500 }), fc.constant(WINDOW_MS)), {
      minLength: 1,
    });
    fc.assert(
      fc.property(gaps, fc.integer({ min: 0, max: 12_000 }), (all, restMs) => {
        const counts = fresh();
        let nowMs = 0;
        const addedAt = all.map((gapMs) => {
          nowMs += gapMs;
          counts.add(GOOD, nowMs);
          return nowMs;
        });
        nowMs += restMs;
        const youngerThan = (ageMs: number) => addedAt.filter((at) => nowMs - at < ageMs).length;
        expect(counts.sum(GOOD, nowMs)).toBeGreaterThanOrEqual(youngerThan(WINDOW_MS - SLICE_MS));
        expect(counts.sum(GOOD, nowMs)).toBeLessThanOrEqual(youngerThan(WINDOW_MS));
      }),
    );
  });

  it("age from the first thing of their slice on", () => {
    const counts = fresh();
    counts.add(BAD, 0);
    counts.add(BAD, 999);
    counts.add(BAD, 1000);
    expect(counts.sum(BAD, 9_999)).toBe(3);
    expect(counts.sum(BAD, 10_000)).toBe(1);
    expect(counts.sum(BAD, 11_000)).toBe(0);
  });

  it("begin anew when they are cleared", () => {
    const counts = fresh();
    counts.add(BAD, 0);
    counts.clear();
    counts.add(GOOD, 10);
    expect([counts.sum(GOOD, 10), counts.sum(BAD, 10)]).toEqual([1, 0]);
  });

  it("are kept for as long as the window is now, whatever it was when they were made", () => {
    const counts = fresh();
    counts.add(BAD, 0);
    counts.configure(60_000);
    counts.add(BAD, 15_000);
    expect(counts.sum(BAD, 59_999)).toBe(2);
    counts.configure(5_000);
    expect(counts.sum(BAD, 20_000)).toBe(0);
  });
});
