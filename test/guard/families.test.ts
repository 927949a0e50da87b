import { describe, expect, it } from "vitest";
import { Departure } from "../../src/clock.ts";
import { Families } from "../../src/guard/families.ts";
import type { FamilySettings } from "../../src/guard/settings.ts";
import { manualClock } from "../support/manual-clock.ts";

const SETTINGS: FamilySettings = {
  breaker: { windowMs: 30_000, minimum: 1, failureRatio: 0.5, openMs: 10_000, openMaxMs: 60_000, probes: 1 },
  limits: { concurrency: 1, queue: 5, waitMs: 1000, streams: 1 },
  budget: { ratio: 0.2, perSecond: 2 },
  throttle: { holdMs: 1000, spacingMs: 50, line: 5 },
};

function bench() {
  const clock = manualClock();
  const changes: [family: string, to: string][] = [];
  const families = new Families(clock, (family, to) => changes.push([family, to]));
  const of = (name: string) => families.of(name, () => SETTINGS);
  return { clock, changes, families, of };
}

async function trip({ circuit }: ReturnType<Families["of"]>): Promise<void> {
  const answer = circuit.admit("read");
  if (answer.kind === "granted") await answer.permit.report("bad");
}

describe("a family", () => {
  it("is made when it is first named, with the settings of its name", () => {
    const { families } = bench();
    const asked: string[] = [];
    const family = families.of("am", (name) => {
      asked.push(name);
      return { ...SETTINGS, budget: { ratio: 0, perSecond: 7 } };
    });
    expect(asked).toEqual(["am"]);
    expect(family.name).toBe("am");
    expect(family.budget.remaining()).toBe(14);
    expect(families.has("am")).toBe(true);
    expect(families.has("openidm")).toBe(false);
    expect(families.names()).toEqual(["am"]);
  });

  it("is the same whenever it is named again: what it knows survives by name", async () => {
    const { families, of } = bench();
    await trip(of("am"));
    of("am").gate.close(5000);
    of("am").budget.withdraw();
    const again = families.of("am", () => ({ ...SETTINGS, throttle: { holdMs: 5, spacingMs: 5, line: 5 } }));
    expect(again).toBe(of("am"));
    expect(again.circuit.state()).toBe("open");
    expect(again.gate.closedForMs()).toBe(5000);
    expect(again.budget.remaining()).toBe(3);
    expect(families.names()).toEqual(["am"]);
  });

  it("follows a new policy's numbers and keeps what it knows", async () => {
    const { families, of } = bench();
    await trip(of("am"));
    of("am").gate.close(5000);
    of("openidm").limiter.acquire(1000, new Departure());
    families.configure((name) => ({
      breaker: { ...SETTINGS.breaker, minimum: 2 },
      limits: { concurrency: name === "openidm" ? 2 : 1, queue: 0, waitMs: 1000, streams: 1 },
      budget: { ratio: 0, perSecond: 7 },
      throttle: { holdMs: 9000, spacingMs: 50, line: 5 },
    }));
    expect(of("am").circuit.state()).toBe("open");
    expect(of("am").gate.closedForMs()).toBe(5000);
    of("am").gate.close(undefined);
    expect(of("am").gate.closedForMs()).toBe(9000);
    expect(of("am").budget.remaining()).toBe(14);
    await trip(of("openidm"));
    expect(of("openidm").circuit.state()).toBe("closed");
    const left = new Departure();
    expect(of("openidm").limiter.acquire(1000, left)).toMatchObject({ kind: "granted" });
    expect(of("openidm").limiter.acquire(1000, left)).toEqual({ kind: "refused", reason: "queue-full" });
  });

  it("shares nothing with another", async () => {
    const { of } = bench();
    await trip(of("am"));
    of("am").gate.close(5000);
    of("am").limiter.acquire(1000, new Departure());
    of("am").budget.withdraw();
    const other = of("openidm");
    expect(other.circuit.state()).toBe("closed");
    expect(other.gate.waitMs()).toBe(0);
    expect(other.limiter.inFlight).toBe(0);
    expect(other.budget.remaining()).toBe(4);
  });

  it("says its name when its circuit changes", async () => {
    const { changes, of } = bench();
    of("openidm");
    await trip(of("am"));
    expect(changes).toEqual([["am", "open"]]);
  });
});

describe("a look at all families", () => {
  it("shows nothing before any was named", () => {
    expect(bench().families.snapshot()).toEqual([]);
  });

  it("shows each at this moment, in the order in which they were named", async () => {
    const { families, of, clock } = bench();
    const left = new Departure();
    of("am");
    await trip(of("openidm"));
    of("monitoring").gate.close(8000);
    of("monitoring").budget.withdraw();
    of("monitoring").limiter.acquire(60_000, left);
    const queued = of("monitoring").limiter.acquire(60_000, left);
    await clock.advance(400);

    const quiet = {
      breaker: "closed",
      opensInMs: 0,
      throttled: false,
      throttledForMs: 0,
      budgetRemaining: 4,
      inFlight: 0,
      queued: 0,
      streams: 0,
    };
    expect(families.snapshot()).toEqual([
      { family: "am", ...quiet },
      { family: "openidm", ...quiet, breaker: "open", opensInMs: 9600 },
      {
        family: "monitoring",
        ...quiet,
        throttled: true,
        throttledForMs: 7600,
        budgetRemaining: 3,
        inFlight: 1,
        queued: 1,
      },
    ]);
    await clock.advance(600);
    await expect(queued).resolves.toEqual({ kind: "refused", reason: "queue-wait" });
  });
});
