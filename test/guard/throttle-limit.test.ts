/** A tenant that says how many more requests it takes: the gate closes before it has to refuse one. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ThrottleGate } from "../../src/guard/throttle-gate.ts";
import { type ManualClock, manualClock } from "../support/manual-clock.ts";

const SETTINGS = { holdMs: 1000, spacingMs: 0, line: 256 };
const MINUTE = 60_000;

const bench = () => {
  const clock = manualClock();
  return { clock, gate: new ThrottleGate(SETTINGS, clock, () => 0) };
};

/** One request whose answer says this of the limit. */
function asked(gate: ThrottleGate, remaining: number, resetMs: number): void {
  gate.pass();
  gate.learn({ remaining, resetMs });
  gate.comeBack();
}

/** How many go through before the gate closes. */
function through(gate: ThrottleGate, most = 100): number {
  let count = 0;
  while (count < most && gate.waitMs() === 0) {
    gate.pass();
    count++;
  }
  return count;
}

describe("a gate that knows what is left", () => {
  it("lets as many through, and closes until the count begins anew", async () => {
    const { gate, clock } = bench();
    asked(gate, 5, 40_000);
    await clock.advance(10_000);
    expect(through(gate)).toBe(5);
    expect(gate.closedForMs()).toBe(30_000);
  });

  it("closes at once when nothing is left", () => {
    const { gate } = bench();
    asked(gate, 0, 40_000);
    expect(gate.closedForMs()).toBe(40_000);
  });

  it("takes those under way for not counted yet", () => {
    const { gate } = bench();
    for (let i = 0; i < 4; i++) gate.pass();
    gate.learn({ remaining: 5, resetMs: MINUTE });
    gate.comeBack();
    expect(through(gate)).toBe(2);
  });

  it("closes at once when those under way may use up what is left", () => {
    const { gate } = bench();
    for (let i = 0; i < 4; i++) gate.pass();
    gate.learn({ remaining: 3, resetMs: MINUTE });
    expect(gate.closedForMs()).toBe(MINUTE);
  });

  it("forgets those who turned back", () => {
    const { gate } = bench();
    for (let i = 0; i < 4; i++) gate.pass();
    for (let i = 0; i < 3; i++) gate.comeBack();
    gate.learn({ remaining: 5, resetMs: MINUTE });
    gate.comeBack();
    expect(through(gate)).toBe(5);
  });

  it("takes the lowest number of one count for the latest, in whatever order the answers come", () => {
    const { gate } = bench();
    for (let i = 0; i < 3; i++) gate.pass();
    for (const remaining of [4, 6, 5]) {
      gate.learn({ remaining, resetMs: MINUTE });
      gate.comeBack();
    }
    expect(through(gate)).toBe(4);
  });

  it("takes two ends of a count that differ by the rounding for one", () => {
    const { gate } = bench();
    for (let i = 0; i < 3; i++) gate.pass();
    for (const [remaining, resetMs] of [
      [3, MINUTE],
      [5, MINUTE + 1500],
      [4, MINUTE - 1500],
    ] as const) {
      gate.learn({ remaining, resetMs });
      gate.comeBack();
    }
    expect(through(gate)).toBe(3);
  });

  it("begins anew with the next count", async () => {
    const { gate, clock } = bench();
    asked(gate, 1, 1000);
    expect(through(gate)).toBe(1);
    gate.comeBack();
    await clock.advance(1000);
    asked(gate, 50, MINUTE);
    expect(through(gate)).toBe(50);
  });

  it("hears nothing more of a count that is over", async () => {
    const { gate, clock } = bench();
    asked(gate, 10, 1000);
    await clock.advance(1000);
    asked(gate, 2, MINUTE);
    asked(gate, 90, 500);
    expect(through(gate)).toBe(1);
  });

  it("holds nobody back for a count that is over", async () => {
    const { gate, clock } = bench();
    asked(gate, 3, 1000);
    await clock.advance(1000);
    expect(through(gate)).toBe(100);
    expect(gate.waitMs()).toBe(0);
  });
});

describe("a tenant with a limit, and answers in whatever order", () => {
  type Answer = { readonly remaining: number; readonly resetMs: number; readonly minute: number };

  class Tenant {
    readonly #clock: ManualClock;
    readonly #limit: number;
    readonly #counts = new Map<number, number>();

    constructor(limit: number, clock: ManualClock) {
      this.#limit = limit;
      this.#clock = clock;
    }

    /** Undefined when it refuses. */
    ask(): Answer | undefined {
      const minute = Math.floor(this.#clock.now() / MINUTE);
      const count = (this.#counts.get(minute) ?? 0) + 1;
      this.#counts.set(minute, count);
      if (count > this.#limit) return undefined;
      return { minute, remaining: this.#limit - count, resetMs: (minute + 1) * MINUTE - this.#clock.now() };
    }
  }

  it("nobody is refused who goes while the gate knows of the present count", async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant("go" as const), many: fc.integer({ min: 1, max: 5 }) }),
      fc.record({ kind: fc.constantFrom("arrive" as const, "answer" as const), which: fc.nat(10) }),
      fc.record({ kind: fc.constant("wait" as const), ms: fc.constantFrom(5, 300, 20_000, MINUTE) }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 12 }),
        fc.array(step, { maxLength: 80 }),
        async (limit, steps) => {
          const { gate, clock } = bench();
          const tenant = new Tenant(limit, clock);
          const underway: { readonly knowing: number | undefined }[] = [];
          const answers: Answer[] = [];
          let known: number | undefined;
          for (const each of steps) {
            const minute = Math.floor(clock.now() / MINUTE);
            if (each.kind === "wait") await clock.advance(each.ms);
            for (let i = 0; each.kind === "go" && i < each.many && gate.waitMs() === 0; i++) {
              gate.pass();
              underway.push({ knowing: known === minute ? minute : undefined });
            }
            if (each.kind === "arrive") {
              const [request] = underway.splice(each.which, 1);
              if (!request) continue;
              const answer = tenant.ask();
              if (answer) answers.push(answer);
              else gate.comeBack();
              if (request.knowing === minute) expect(answer).toBeDefined();
            }
            if (each.kind === "answer") {
              const [answer] = answers.splice(each.which, 1);
              if (!answer) continue;
              gate.learn(answer);
              gate.comeBack();
              if (answer.minute === minute) known = minute;
            }
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("a count that ends in thirty days", () => {
  it("is believed for an hour, and then what the tenant says next", async () => {
    const { clock, gate } = bench();
    asked(gate, 3, 30 * 24 * 60 * MINUTE);
    expect(through(gate)).toBe(3);
    expect(gate.waitMs()).toBe(60 * MINUTE);
    await clock.advance(60 * MINUTE);
    asked(gate, 500, MINUTE);
    expect(through(gate)).toBe(100);
  });
});
