import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RetryBudget } from "../../src/guard/budget.ts";
import { manualClock } from "../support/manual-clock.ts";

const SETTINGS = { ratio: 0.2, perSecond: 2 };
/** What a quiet family may spend at once: two seconds' worth. */
const FLOOR = 4;

const bench = (settings = SETTINGS) => {
  const clock = manualClock();
  const budget = new RetryBudget(settings, clock);
  const deposits = (count: number): void => {
    for (let i = 0; i < count; i++) budget.deposit();
  };
  /** One retry that is made at once, if there is one to be had. */
  const retry = (): boolean => {
    const had = budget.withdraw();
    if (had) budget.spend();
    return had;
  };
  /** How many there are to be had now. */
  const drain = (): number => {
    let count = 0;
    while (retry()) count++;
    return count;
  };
  return { clock, budget, deposits, retry, drain };
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
    deposits(50);
    expect(budget.remaining()).toBe(FLOOR + 10);
    expect(drain()).toBe(FLOOR + 10);
  });

  it("is the share alone where that is plenty: the tenant sees no more than was promised", () => {
    const { deposits, drain } = bench();
    deposits(180);
    expect(drain()).toBe(36);
  });

  it("never gets smaller by another request", () => {
    const { budget, deposits } = bench();
    let before = 0;
    for (let i = 0; i < 300; i++) {
      expect(budget.remaining()).toBeGreaterThanOrEqual(before);
      before = budget.remaining();
      deposits(1);
    }
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

  it("does not spend when there is nothing to spend", async () => {
    const { clock, budget, drain } = bench();
    drain();
    for (let i = 0; i < 1000; i++) expect(budget.withdraw()).toBe(false);
    expect(budget.remaining()).toBe(0);
    await clock.advance(2_100);
    expect(budget.remaining()).toBe(FLOOR);
  });

  it("forgets requests after two seconds: nobody saves up for an outage", async () => {
    const { clock, budget, deposits } = bench();
    for (let second = 0; second < 60; second++) {
      deposits(90);
      await clock.advance(1000);
    }
    expect(budget.remaining()).toBe(FLOOR + 0.2 * 45);
    await clock.advance(1000);
    expect(budget.remaining()).toBe(FLOOR);
    deposits(90);
    expect(budget.remaining()).toBe(20);
  });

  it("gives the floor over two seconds: what came at once does not come in the next second again", async () => {
    const { clock, drain } = bench();
    expect(drain()).toBe(FLOOR);
    await clock.advance(1_100);
    expect(drain()).toBe(0);
    await clock.advance(1_000);
    expect(drain()).toBe(FLOOR);
  });

  it("counts a promised retry until it is made, and for a second after that", async () => {
    const { clock, budget } = bench();
    for (let i = 0; i < FLOOR; i++) expect(budget.withdraw()).toBe(true);
    await clock.advance(60_000);
    expect(budget.withdraw()).toBe(false);
    for (let i = 0; i < FLOOR; i++) budget.spend();
    await clock.advance(1_000);
    expect(budget.withdraw()).toBe(false);
    await clock.advance(1_100);
    expect(budget.withdraw()).toBe(true);
  });

  it("takes back what was promised and not made", () => {
    const { budget } = bench();
    for (let i = 0; i < FLOOR; i++) budget.withdraw();
    budget.giveBack();
    expect(budget.remaining()).toBe(1);
  });

  it("counts what is made in any case, so that others are not", () => {
    const { budget, drain } = bench();
    for (let i = 0; i < 3; i++) budget.owe();
    for (let i = 0; i < 3; i++) budget.spend();
    expect(drain()).toBe(FLOOR - 3);
    budget.owe();
    budget.spend();
    expect(budget.remaining()).toBe(0);
  });

  it("goes on with other numbers from a new policy, and remembers what was spent", () => {
    const { budget, deposits, drain } = bench();
    deposits(50);
    expect(drain()).toBe(14);
    budget.configure({ ratio: 0.5, perSecond: 2 });
    expect(budget.remaining()).toBe(25 - 14);
    budget.configure({ ratio: 0.1, perSecond: 2 });
    expect(budget.remaining()).toBe(0);
  });

  it("adds at most its share to the load of an outage, whatever the callers do", async () => {
    const { clock, deposits, drain } = bench();
    let retries = 0;
    for (let tenth = 0; tenth < 600; tenth++) {
      deposits(15);
      retries += drain();
      await clock.advance(100);
    }
    expect(retries).toBeLessThanOrEqual(60 * 30);
    expect(retries).toBeGreaterThan(60 * 30 * 0.8);
  });
});

describe("in every second", () => {
  /** Of one made at `at`: how many of these times are at most so much earlier, itself included, and none later. */
  const within = (times: readonly number[], at: number, ms: number): number =>
    times.filter((time) => time <= at && at - time < ms).length;

  it("no more retries are made than the share of what came in that second, and the floor over two", async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant("requests" as const), count: fc.nat(60) }),
      fc.record({ kind: fc.constant("retries" as const), count: fc.nat(60) }),
      fc.record({ kind: fc.constant("wait" as const), ms: fc.constantFrom(1, 40, 400, 1000, 3700) }),
    );
    const settings = fc.record({
      ratio: fc.constantFrom(0, 0.1, 0.2, 0.5, 1),
      perSecond: fc.constantFrom(0, 0.5, 2),
    });
    await fc.assert(
      fc.asyncProperty(settings, fc.array(step, { maxLength: 40 }), async ({ ratio, perSecond }, steps) => {
        const { clock, budget, retry } = bench({ ratio, perSecond });
        const firsts: number[] = [];
        const retries: number[] = [];
        for (const each of steps) {
          if (each.kind === "wait") await clock.advance(each.ms);
          for (let i = 0; each.kind === "requests" && i < each.count; i++) {
            budget.deposit();
            firsts.push(clock.now());
          }
          for (let i = 0; each.kind === "retries" && i < each.count; i++) {
            if (!retry()) break;
            const now = clock.now();
            retries.push(now);
            const [inOneSecond, inTwo] = [1000, 2000].map((ms) => within(firsts, now, ms)) as [
              number,
              number,
            ];
            const share = ratio * Math.max(inOneSecond, inTwo / 2);
            const besides = 2 * perSecond;
            const most = Math.max(share, Math.min(share + besides, 10 * perSecond));
            expect(within(retries, now, 1000)).toBeLessThanOrEqual(most + 1e-9);
            expect(within(retries, now, 2000)).toBeLessThanOrEqual(ratio * inTwo + besides + 1e-9);
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it("nor when they wait in between, each as long as it likes", async () => {
    const RATE = 200;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(3000), { minLength: 50, maxLength: 50 }),
        fc.integer({ min: 0, max: 1_000_000 }),
        async (waits, seed) => {
          const { clock, budget } = bench();
          const made: number[] = [];
          let promised = 0;
          // A steady load of which every request fails; every retry waits as the dice say.
          for (let request = 0; request < RATE * 8; request++) {
            budget.deposit();
            if (budget.withdraw()) {
              clock.after(waits[(promised++ + seed) % waits.length] ?? 0, () => {
                budget.spend();
                made.push(clock.now());
              });
            }
            if (request % 10 === 9) await clock.advance(10_000 / RATE);
          }
          for (const at of made) expect(within(made, at, 1000)).toBeLessThanOrEqual(0.2 * RATE);
        },
      ),
      { numRuns: 15 },
    );
  });
});
