import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RetryBudget } from "../../src/guard/budget.ts";
import { manualClock } from "../support/manual-clock.ts";

const SETTINGS = { ratio: 0.2, perSecond: 2 };
/** What a quiet family may spend in ten seconds. */
const FLOOR = 20;

const bench = (settings = SETTINGS) => {
  const clock = manualClock();
  const budget = new RetryBudget(settings, clock);
  const deposits = (count: number): void => {
    for (let i = 0; i < count; i++) budget.deposit();
  };
  /** How many retries there are to be had now. */
  const drain = (): number => {
    let count = 0;
    while (budget.withdraw()) count++;
    return count;
  };
  return { clock, budget, deposits, drain };
};

describe("the retry budget", () => {
  it("lets a quiet family retry a few times", () => {
    const { budget, drain } = bench();
    expect(budget.remaining()).toBe(FLOOR);
    expect(drain()).toBe(FLOOR);
    expect(budget.remaining()).toBe(0);
  });

  it("adds a share of the requests", () => {
    const { budget, deposits, drain } = bench();
    deposits(100);
    expect(budget.remaining()).toBe(FLOOR + 20);
    expect(drain()).toBe(FLOOR + 20);
  });

  it("gives whole retries only", () => {
    const { budget, deposits, drain } = bench({ ratio: 0.3, perSecond: 0 });
    deposits(3);
    expect(budget.remaining()).toBeCloseTo(0.9);
    expect(drain()).toBe(0);
    deposits(1);
    expect(drain()).toBe(1);
    expect(budget.remaining()).toBeCloseTo(0.2);
  });

  it("gives nothing when both numbers are nothing", () => {
    const { deposits, drain } = bench({ ratio: 0, perSecond: 0 });
    deposits(1000);
    expect(drain()).toBe(0);
  });

  it("does not spend when there is nothing to spend", () => {
    const { clock, budget, drain } = bench();
    drain();
    for (let i = 0; i < 1000; i++) expect(budget.withdraw()).toBe(false);
    expect(budget.remaining()).toBe(0);
    return clock.advance(10_000).then(() => expect(budget.remaining()).toBe(FLOOR));
  });

  it("forgets requests after ten seconds, and gives back what was spent as long ago", async () => {
    const { clock, budget, deposits, drain } = bench();
    deposits(100);
    await clock.advance(5000);
    expect(drain()).toBe(FLOOR + 20);
    await clock.advance(5000);
    // The requests have gone, the retries have not.
    expect(budget.remaining()).toBe(0);
    await clock.advance(5000);
    expect(budget.remaining()).toBe(FLOOR);
  });

  it("goes on with other numbers from a new policy, and remembers what was spent", () => {
    const { budget, deposits, drain } = bench();
    deposits(100);
    expect(drain()).toBe(FLOOR + 20);
    budget.configure({ ratio: 0.5, perSecond: 2 });
    expect(budget.remaining()).toBe(30);
    budget.configure({ ratio: 0.1, perSecond: 2 });
    expect(budget.remaining()).toBe(0);
  });

  it("adds at most its share to the load of an outage, whatever the callers do", async () => {
    const { clock, deposits, drain } = bench();
    let retries = 0;
    for (let second = 0; second < 60; second++) {
      deposits(50);
      retries += drain();
      await clock.advance(1000);
    }
    // 3,000 requests that all fail: a fifth of them, two a second, and what ten quiet seconds had saved up.
    expect(retries).toBeLessThanOrEqual(3000 * 0.2 + 60 * 2 + FLOOR);
    expect(retries).toBeGreaterThan(3000 * 0.2);
  });

  it("never has more retries in its window than the share of the window's requests and the floor", async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant("requests" as const), count: fc.nat(60) }),
      fc.record({ kind: fc.constant("retries" as const), count: fc.nat(60) }),
      fc.record({ kind: fc.constant("wait" as const), ms: fc.constantFrom(1, 400, 1000, 3700, 10_000) }),
    );
    const settings = fc.record({
      ratio: fc.constantFrom(0, 0.1, 0.2, 0.5, 1),
      perSecond: fc.constantFrom(0, 0.5, 2),
    });
    await fc.assert(
      fc.asyncProperty(settings, fc.array(step, { maxLength: 40 }), async ({ ratio, perSecond }, steps) => {
        const { clock, budget } = bench({ ratio, perSecond });
        const events: { readonly second: number; readonly retry: boolean }[] = [];
        for (const each of steps) {
          if (each.kind === "wait") {
            await clock.advance(each.ms);
            continue;
          }
          const second = Math.floor(clock.now() / 1000);
          for (let i = 0; i < each.count; i++) {
            const recent = events.filter((event) => event.second > second - 10);
            const retries = recent.filter((event) => event.retry).length;
            const allowed = ratio * (recent.length - retries) + perSecond * 10;
            expect(budget.remaining()).toBeCloseTo(Math.max(0, allowed - retries));
            if (each.kind === "requests") {
              budget.deposit();
              events.push({ second, retry: false });
            } else if (budget.withdraw()) {
              events.push({ second, retry: true });
              expect(retries + 1).toBeLessThanOrEqual(allowed + 1e-9);
            } else {
              expect(retries + 1).toBeGreaterThan(allowed - 1e-9);
            }
          }
        }
      }),
      { numRuns: 100 },
    );
  });
});
