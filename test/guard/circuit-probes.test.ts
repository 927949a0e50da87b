/** How an open circuit finds out whether the tenant is well again. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ReplayClass } from "../../src/crest/words.ts";
import { HEALTHS, type Health } from "../../src/decide/words.ts";
import { Circuit, type CircuitStateName, type Permit } from "../../src/guard/circuit.ts";
import { manualClock } from "../support/manual-clock.ts";
import { attempts, bench, permit, ripe, SETTINGS, trip } from "./circuit-bench.ts";

describe("a half-open circuit", () => {
  it("has one probe in flight and refuses everybody else for a second", async () => {
    const { circuit } = await ripe();
    permit(circuit);
    for (const replay of ["read", "guarded", "idempotent", "unsafe"] as const)
      expect(circuit.admit(replay)).toEqual({ kind: "refused", retryAfterMs: 1000 });
  });

  it.each(["good", "alive"] as const)("closes when the probe is %s", async (health) => {
    const { circuit, events } = await ripe();
    await permit(circuit).report(health);
    expect(circuit.state()).toBe("closed");
    expect(circuit.admit("unsafe").kind).toBe("granted");
    expect(events).toEqual(["open", "half-open", "closed"]);
  });

  it.each(["good", "alive"] as const)(
    "begins anew after a probe that was %s: what was counted is forgotten",
    async (health) => {
      const { circuit } = await ripe();
      await permit(circuit).report(health);
      await attempts(circuit, "bad", "bad", "bad");
      expect(circuit.state()).toBe("closed");
      await attempts(circuit, "bad");
      expect(circuit.state()).toBe("open");
    },
  );

  it("forgets the paths that have failed, too", async () => {
    const { circuit, clock } = bench();
    for (const path of ["/a", "/b", "/c", "/d"]) await permit(circuit).report("bad", path);
    await clock.advance(SETTINGS.openMs);
    await permit(circuit).report("good");
    for (const path of ["/a", "/b", "/c", "/d"]) await permit(circuit).report("bad", path);
    expect(circuit.state()).toBe("open");
  });

  it("opens again for half as long again when the probe is bad, up to four fifths of the longest", async () => {
    const { circuit, clock } = await ripe();
    for (const waitMs of [15_000, 22_500, 28_000, 28_000]) {
      await permit(circuit).report("bad");
      expect(circuit.state()).toBe("open");
      expect(circuit.admit("read")).toEqual({ kind: "refused", retryAfterMs: waitMs });
      await clock.advance(waitMs);
    }
  });

  it("begins with the first wait again after it has closed", async () => {
    const { circuit, clock } = await ripe();
    await permit(circuit).report("bad");
    await clock.advance(15_000);
    await permit(circuit).report("good");
    await trip(circuit);
    expect(circuit.opensInMs()).toBe(10_000);
    await clock.advance(10_000);
    await permit(circuit).report("bad");
    expect(circuit.opensInMs()).toBe(15_000);
  });

  it("counts the wait from when the probe went, however long it took to fail", async () => {
    const { circuit, clock } = await ripe();
    const probe = permit(circuit);
    await clock.advance(14_000);
    await probe.report("bad");
    expect(circuit.opensInMs()).toBe(1_000);
  });

  it("lets the next probe through at once when the probe learned nothing", async () => {
    const { circuit, events } = await ripe();
    await permit(circuit).report("neutral");
    await permit(circuit).report("neutral");
    await permit(circuit).report("good");
    expect(events).toEqual(["open", "half-open", "closed"]);
  });

  it("hears the first report of the probe only", async () => {
    const { circuit } = await ripe();
    const probe = permit(circuit);
    await probe.report("bad");
    await probe.report("bad");
    await probe.report("good");
    await probe.report("neutral");
    expect(circuit.state()).toBe("open");
    expect(circuit.opensInMs()).toBe(15_000);
  });

  it("hears nothing of attempts from before, nor of an earlier probe", async () => {
    const { circuit, clock } = bench();
    const before = permit(circuit);
    await trip(circuit);
    await clock.advance(SETTINGS.openMs);
    const earlier = permit(circuit);
    await earlier.report("neutral");
    const probe = permit(circuit);
    await before.report("bad");
    await earlier.report("bad");
    await before.report("good");
    expect(circuit.state()).toBe("half-open");
    await probe.report("good");
    expect(circuit.state()).toBe("closed");
    await before.report("bad");
    await attempts(circuit, "bad", "bad", "bad");
    expect(circuit.state()).toBe("closed");
  });

  it("takes a probe for lost that has not come back when the next one may go", async () => {
    const { circuit, clock } = await ripe();
    const probe = permit(circuit);
    await clock.advance(14_999);
    expect(circuit.admit("read")).toEqual({ kind: "refused", retryAfterMs: 1000 });
    await clock.advance(1);
    expect(circuit.state()).toBe("open");
    const next = permit(circuit);
    expect(circuit.admit("read").kind).toBe("refused");
    await probe.report("bad");
    expect(circuit.state()).toBe("half-open");
    await next.report("good");
    expect(circuit.state()).toBe("closed");
    expect(clock.pending()).toBe(0);
  });
});

describe("the flow after a good probe", () => {
  const trial = (probes = 8) => ripe({ ...SETTINGS, probes });
  /** As many as are let through now. */
  const through = (circuit: Circuit): Permit[] => {
    const permits: Permit[] = [];
    for (let answer = circuit.admit("unsafe"); answer.kind === "granted"; answer = circuit.admit("unsafe")) {
      permits.push(answer.permit);
      if (circuit.state() === "closed") break;
    }
    return permits;
  };

  it("widens: 1, 2, 4 at once, and closes when as many as asked went well", async () => {
    const { circuit, clock, events } = await trial();
    await clock.advance(500);
    for (const atOnce of [1, 2, 4]) {
      const permits = through(circuit);
      expect(permits).toHaveLength(atOnce);
      for (const each of permits) await each.report("good");
      expect(circuit.state()).toBe("half-open");
    }
    await permit(circuit).report("good");
    expect(events).toEqual(["open", "half-open", "closed"]);
  });

  it("takes anybody once a read has gone well", async () => {
    const { circuit } = await trial();
    expect(circuit.admit("unsafe").kind).toBe("refused");
    await permit(circuit, "read").report("alive");
    expect(circuit.admit("unsafe").kind).toBe("granted");
  });

  it("stays as wide when one learned nothing", async () => {
    const { circuit } = await trial();
    await permit(circuit).report("good");
    const [one] = through(circuit);
    await one?.report("neutral");
    expect(through(circuit)).toHaveLength(1);
  });

  it.each<[string, Health[], CircuitStateName]>([
    ["half of them bad", ["good", "bad"], "open"],
    ["fewer bad than open a circuit", ["good", "good", "bad"], "half-open"],
    ["as many bad ones in the end", ["good", "good", "bad", "bad"], "open"],
    ["enough good ones among bad ones", ["good", "good", "bad", "good", "good"], "closed"],
  ])("%s: %j leave it %s", async (_, healths, state) => {
    const { circuit } = await trial(4);
    for (const health of healths) await permit(circuit).report(health);
    expect(circuit.state()).toBe(state);
  });

  it("hears nothing of probes of a trial that is over", async () => {
    const { circuit, clock } = await trial(2);
    await permit(circuit).report("good");
    const [one, other] = through(circuit);
    await one?.report("bad");
    expect(circuit.state()).toBe("open");
    await other?.report("good");
    await clock.advance(15_000);
    await permit(circuit).report("good");
    await other?.report("good");
    expect(circuit.state()).toBe("half-open");
  });
});

describe("who may be the first probe", () => {
  it("is a read for half a second, and then anybody", async () => {
    const { circuit, clock } = await ripe();
    for (const replay of ["guarded", "idempotent", "unsafe"] as const)
      expect(circuit.admit(replay)).toEqual({ kind: "refused", retryAfterMs: 1000 });
    await clock.advance(499);
    expect(circuit.admit("unsafe").kind).toBe("refused");
    await clock.advance(1);
    expect(circuit.admit("unsafe").kind).toBe("granted");
    expect(circuit.state()).toBe("half-open");
  });

  it("is a read as soon as the time has come", async () => {
    const { circuit } = await ripe();
    expect(circuit.admit("read").kind).toBe("granted");
  });

  it("is a read again after a probe that learned nothing", async () => {
    const { circuit } = await ripe();
    await permit(circuit, "read").report("neutral");
    expect(circuit.admit("unsafe").kind).toBe("refused");
    expect(circuit.admit("read").kind).toBe("granted");
  });
});

describe("asking when to come back", () => {
  it("lets nobody through and takes no probe's place", async () => {
    const { circuit } = await ripe();
    expect(circuit.refusalMs("read")).toBeUndefined();
    expect(circuit.refusalMs("read")).toBeUndefined();
    expect(circuit.state()).toBe("open");
    expect(circuit.admit("read").kind).toBe("granted");
    expect(circuit.refusalMs("read")).toBe(1000);
  });
});

describe("changes of state", () => {
  it("are told once each, when the state has changed already", async () => {
    const clock = manualClock();
    const told: [CircuitStateName, CircuitStateName][] = [];
    const circuit: Circuit = new Circuit(SETTINGS, clock, (to) => told.push([to, circuit.state()]));
    await trip(circuit);
    await clock.advance(SETTINGS.openMs);
    await permit(circuit).report("good");
    expect(told).toEqual([
      ["open", "open"],
      ["half-open", "half-open"],
      ["closed", "closed"],
    ]);
  });
});

describe("whatever happens in whatever order", () => {
  type Step =
    | { readonly kind: "ask"; readonly replay: ReplayClass }
    | { readonly kind: "report"; readonly which: number; readonly health: Health }
    | { readonly kind: "wait"; readonly ms: number };

  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({
      kind: fc.constant("ask" as const),
      replay: fc.constantFrom<ReplayClass>("read", "idempotent", "unsafe"),
    }),
    fc.record({
      kind: fc.constant("report" as const),
      which: fc.nat(20),
      health: fc.constantFrom(...HEALTHS),
    }),
    fc.record({ kind: fc.constant("wait" as const), ms: fc.constantFrom(1, 1000, 9999, 10_000, 30_000) }),
  );

  it("never more probes at once than good ones and one, never one before its time, and it always comes back", async () => {
    const allowed: Record<CircuitStateName, CircuitStateName[]> = {
      closed: ["open"],
      open: ["half-open"],
      "half-open": ["open", "closed"],
    };
    const many = fc.integer({ min: 1, max: 8 });
    await fc.assert(
      fc.asyncProperty(many, fc.array(step, { maxLength: 60 }), async (probes, steps) => {
        const settings = { ...SETTINGS, minimum: 2, probes };
        const { circuit, clock, events } = bench(settings);
        const trials = (): number => events.filter((to) => to === "half-open").length;
        const inFlight: { permit: Permit; trial: number | undefined; at: number }[] = [];
        const good: number[] = [];
        for (const each of steps) {
          if (each.kind === "wait") await clock.advance(each.ms);
          if (each.kind === "report") {
            const [one] = inFlight.splice(each.which, 1);
            const went = each.health === "good" || each.health === "alive";
            if (one?.trial !== undefined && went) good[one.trial] = (good[one.trial] ?? 0) + 1;
            await one?.permit.report(each.health);
          }
          if (each.kind !== "ask") continue;
          const before = circuit.state();
          const remainingMs = circuit.opensInMs();
          const answer = circuit.admit(each.replay);
          if (answer.kind === "refused") {
            expect(before).not.toBe("closed");
            expect(answer.retryAfterMs).toBeGreaterThan(0);
            continue;
          }
          expect(remainingMs).toBe(0);
          const now = clock.now();
          const trial = before === "closed" ? undefined : trials();
          // Who has not come back for so long may be taken for lost, and is no longer among them.
          const underway = inFlight.filter(
            (other) => other.trial === trial && now - other.at < SETTINGS.openMs,
          );
          if (trial !== undefined) expect(underway.length).toBeLessThanOrEqual(good[trial] ?? 0);
          inFlight.push({ permit: answer.permit, trial, at: now });
          expect(circuit.state()).toBe(before === "closed" ? "closed" : "half-open");
        }
        const states: CircuitStateName[] = ["closed", ...events];
        expect(events.every((to, index) => allowed[states[index] ?? "closed"].includes(to))).toBe(true);
        expect(circuit.state()).toBe(states.at(-1));

        // However it stands, and whatever is lost: within the time that it has, reads that go well close it.
        await clock.advance(SETTINGS.openMaxMs * 0.8);
        for (let i = 0; i < probes && circuit.state() !== "closed"; i++)
          await permit(circuit, "read").report("good");
        expect(circuit.state()).toBe("closed");
      }),
      { numRuns: 300 },
    );
  });
});

describe("a tenant that is well but slow", () => {
  const SHIPPED = {
    windowMs: 30_000,
    minimum: 20,
    failureRatio: 0.5,
    openMs: 2000,
    openMaxMs: 5000,
    probes: 8,
  };

  /** Seconds until the circuit is closed, when every answer is good and takes so long; somebody asks each half second. */
  async function closesAfterSeconds(answerMs: number, failures = SHIPPED.minimum): Promise<number> {
    const { circuit, clock } = bench(SHIPPED);
    for (let i = 0; i < failures; i++) await permit(circuit).report("bad");
    expect(circuit.state()).toBe("open");
    const openedAt = clock.now();
    while (circuit.state() !== "closed" && clock.now() - openedAt < 600_000) {
      const answer = circuit.admit("read");
      if (answer.kind === "granted") clock.after(answerMs, () => void answer.permit.report("good"));
      await clock.advance(500);
    }
    return (clock.now() - openedAt) / 1000;
  }

  it.each([
    [50, 6],
    [3900, 30],
    [4100, 30],
    [6000, 40],
    [60_000, 120],
  ])("and takes %i ms to answer is let through again within %i s", async (answerMs, seconds) => {
    expect(await closesAfterSeconds(answerMs)).toBeLessThanOrEqual(seconds);
  });

  it("is not helped by bad news of probes that were not waited for, nor harmed", async () => {
    const { circuit, clock } = bench(SHIPPED);
    for (let i = 0; i < SHIPPED.minimum; i++) await permit(circuit).report("bad");
    await clock.advance(SHIPPED.openMs);
    const lost = permit(circuit);
    await clock.advance(SHIPPED.openMaxMs);
    await permit(circuit).report("good");
    await lost.report("bad");
    expect(circuit.state()).toBe("half-open");
  });
});
