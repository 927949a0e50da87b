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

  it("opens again for twice as long when the probe is bad, up to the longest wait", async () => {
    const { circuit, clock } = await ripe();
    for (const waitMs of [20_000, 35_000, 35_000]) {
      await permit(circuit).report("bad");
      expect(circuit.state()).toBe("open");
      expect(circuit.admit("read")).toEqual({ kind: "refused", retryAfterMs: waitMs });
      await clock.advance(waitMs);
    }
  });

  it("begins with the first wait again after it has closed", async () => {
    const { circuit, clock } = await ripe();
    await permit(circuit).report("bad");
    await clock.advance(20_000);
    await permit(circuit).report("good");
    await trip(circuit);
    expect(circuit.opensInMs()).toBe(10_000);
    await clock.advance(10_000);
    await permit(circuit).report("bad");
    expect(circuit.opensInMs()).toBe(20_000);
  });

  it("lets the next probe through at once when the probe learned nothing, and does not lengthen the wait", async () => {
    const { circuit, clock, events } = await ripe();
    await permit(circuit).report("neutral");
    expect(circuit.state()).toBe("open");
    expect(circuit.opensInMs()).toBe(0);
    await permit(circuit).report("bad");
    expect(circuit.opensInMs()).toBe(20_000);
    await clock.advance(20_000);
    await permit(circuit).report("good");
    expect(events).toEqual(["open", "half-open", "open", "half-open", "open", "half-open", "closed"]);
  });

  it("hears the first report of the probe only", async () => {
    const { circuit } = await ripe();
    const probe = permit(circuit);
    await probe.report("bad");
    await probe.report("bad");
    await probe.report("good");
    await probe.report("neutral");
    expect(circuit.state()).toBe("open");
    expect(circuit.opensInMs()).toBe(20_000);
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

  it("waits for the probe however long it takes", async () => {
    const { circuit, clock } = await ripe();
    const probe = permit(circuit);
    await clock.advance(10 * 60_000);
    expect(circuit.state()).toBe("half-open");
    expect(circuit.admit("read")).toEqual({ kind: "refused", retryAfterMs: 1000 });
    await probe.report("good");
    expect(circuit.state()).toBe("closed");
  });
});

describe("who may be the probe", () => {
  it("is a read where reads are asked for: a write has to wait for one", async () => {
    const { circuit, clock } = bench();
    await trip(circuit);
    await clock.advance(4000);
    expect(circuit.admit("read").kind).toBe("refused");
    await clock.advance(6000);
    for (const replay of ["guarded", "idempotent", "unsafe"] as const)
      expect(circuit.admit(replay)).toEqual({ kind: "refused", retryAfterMs: 1000 });
    expect(circuit.admit("read").kind).toBe("granted");
  });

  it("is a write where no read has asked for as long as the circuit was open", async () => {
    const { circuit, clock } = bench();
    await trip(circuit);
    expect(circuit.admit("read").kind).toBe("refused");
    await clock.advance(9999);
    expect(circuit.admit("unsafe").kind).toBe("refused");
    await clock.advance(1);
    expect(circuit.admit("unsafe").kind).toBe("granted");
    expect(circuit.state()).toBe("half-open");
  });

  it("is a write soon enough when the reads have stopped", async () => {
    const { circuit, clock } = await ripe();
    circuit.refusalMs("read");
    expect(circuit.admit("unsafe").kind).toBe("refused");
    await clock.advance(SETTINGS.openMs);
    expect(circuit.admit("unsafe").kind).toBe("granted");
  });

  it("is the first read that comes, after a probe that learned nothing", async () => {
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

  it("there is never more than one probe in flight, never a grant before the wait is over, never a lost wake-up", async () => {
    const allowed: Record<CircuitStateName, CircuitStateName[]> = {
      closed: ["open"],
      open: ["half-open"],
      "half-open": ["open", "closed"],
    };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { circuit, clock, events } = bench({ ...SETTINGS, minimum: 2 });
        const inFlight: { permit: Permit; probe: boolean }[] = [];
        for (const each of steps) {
          if (each.kind === "wait") await clock.advance(each.ms);
          if (each.kind === "report") await inFlight.splice(each.which, 1)[0]?.permit.report(each.health);
          if (each.kind !== "ask") continue;
          const before = circuit.state();
          const remainingMs = circuit.opensInMs();
          const answer = circuit.admit(each.replay);
          if (answer.kind === "refused") {
            expect(before).not.toBe("closed");
            expect(answer.retryAfterMs).toBeGreaterThan(0);
            continue;
          }
          expect(before).not.toBe("half-open");
          expect(remainingMs).toBe(0);
          inFlight.push({ permit: answer.permit, probe: before === "open" });
          expect(inFlight.filter(({ probe }) => probe).length).toBeLessThanOrEqual(1);
          expect(circuit.state()).toBe(before === "open" ? "half-open" : "closed");
        }
        const states: CircuitStateName[] = ["closed", ...events];
        expect(events.every((to, index) => allowed[states[index] ?? "closed"].includes(to))).toBe(true);
        expect(circuit.state()).toBe(states.at(-1));

        // However it stands, it comes back: what is in flight ends well, and a read asks after the longest wait.
        for (const { permit: each } of inFlight) await each.report("good");
        await clock.advance(SETTINGS.openMaxMs);
        await permit(circuit, "read").report("good");
        expect(circuit.state()).toBe("closed");
      }),
      { numRuns: 200 },
    );
  });
});
