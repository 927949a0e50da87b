import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backoffMs } from "../../src/decide/backoff.ts";

const BACKOFF = { baseMs: 100, maxMs: 5000 };

describe("how long to wait when nobody told us", () => {
  it.each([
    [1, 100],
    [2, 200],
    [3, 400],
    [6, 3200],
    [7, 5000],
    [50, 5000],
    [5000, 5000],
  ])("after attempt %i at most %i ms", (attempt, ceiling) => {
    expect(backoffMs(BACKOFF, attempt, 1)).toBe(ceiling);
  });

  it("spreads over everything from nothing to the ceiling", () => {
    expect([0, 0.25, 0.5, 0.75].map((random) => backoffMs(BACKOFF, 2, random))).toEqual([0, 50, 100, 150]);
  });

  it("is never negative, never above the ceiling or the maximum, and never not a number", () => {
    const settings = fc.record({
      baseMs: fc.integer({ min: 0, max: 60_000 }),
      maxMs: fc.integer({ min: 0, max: 3_600_000 }),
    });
    const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(settings, fc.integer({ min: 1, max: 10_000 }), chance, (backoff, attempt, random) => {
        const delayMs = backoffMs(backoff, attempt, random);
        expect(delayMs).toBeGreaterThanOrEqual(0);
        expect(delayMs).toBeLessThanOrEqual(backoff.maxMs);
        expect(delayMs).toBeLessThanOrEqual(backoff.baseMs * 2 ** Math.min(attempt - 1, 40));
      }),
    );
  });

  it("grows with each attempt until it reaches the maximum", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (attempt, random) => {
          expect(backoffMs(BACKOFF, attempt + 1, random)).toBeGreaterThanOrEqual(
            backoffMs(BACKOFF, attempt, random),
          );
        },
      ),
    );
  });
});
