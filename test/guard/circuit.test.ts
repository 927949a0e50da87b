/** When a circuit opens, and what it does then. How it closes again: `circuit-probes.test.ts`. */
import { describe, expect, it } from "vitest";
import type { Health } from "../../src/decide/words.ts";
import type { CircuitStateName } from "../../src/guard/circuit.ts";
import { attempts, bench, permit, ripe, SETTINGS, trip } from "./circuit-bench.ts";

describe("a closed circuit", () => {
  it("lets everything through", () => {
    const { circuit } = bench();
    expect(circuit.state()).toBe("closed");
    for (const replay of ["read", "guarded", "idempotent", "unsafe"] as const) {
      expect(circuit.refusalMs(replay)).toBeUndefined();
      expect(circuit.admit(replay).kind).toBe("granted");
    }
    expect(circuit.opensInMs()).toBe(0);
  });

  it.each<[string, Health[], CircuitStateName]>([
    ["fewer attempts than the minimum", ["bad", "bad", "bad"], "closed"],
    ["the minimum, all bad", ["bad", "bad", "bad", "bad"], "open"],
    ["the minimum, half of them bad", ["good", "good", "bad", "bad"], "open"],
    ["the minimum, less than half of them bad", ["good", "good", "good", "bad"], "closed"],
    ["more good than bad", ["good", "good", "good", "good", "bad", "bad", "bad"], "closed"],
    ["as many bad as good in the end", ["good", "good", "good", "good", "bad", "bad", "bad", "bad"], "open"],
    ["only good ones", ["good", "good", "good", "good", "good"], "closed"],
    ["the last one good", ["bad", "bad", "bad", "good"], "closed"],
    // What proves nothing counts in neither number: it can neither open a circuit nor hide an outage.
    ["answers that only show the tenant alive", ["alive", "alive", "alive", "alive", "bad"], "closed"],
    ["answers that say nothing of the tenant", ["neutral", "neutral", "neutral", "neutral", "bad"], "closed"],
    [
      "an outage among callers' mistakes",
      ["alive", "bad", "alive", "bad", "alive", "bad", "neutral", "bad"],
      "open",
    ],
  ])("%s: %j leave it %s", async (_, healths, state) => {
    const { circuit } = bench();
    await attempts(circuit, ...healths);
    expect(circuit.state()).toBe(state);
  });

  it("counts an attempt once, however often it is reported", async () => {
    const { circuit } = bench();
    await attempts(circuit, "bad", "bad");
    const third = permit(circuit);
    await third.report("bad");
    await third.report("bad");
    expect(circuit.state()).toBe("closed");
    await attempts(circuit, "bad");
    expect(circuit.state()).toBe("open");
  });

  it("takes in what cannot change its state there and then: nobody waits for a healthy report", async () => {
    const { circuit } = bench();
    for (const health of ["good", "good", "good", "alive", "neutral"] as const)
      expect(permit(circuit).report(health)).toBeUndefined();
    await attempts(circuit, "bad", "bad");
    expect(circuit.state()).toBe("closed");
    await attempts(circuit, "bad");
    expect(circuit.state()).toBe("open");
  });

  it("counts the first report of an attempt, whatever a second one says", async () => {
    const { circuit } = bench();
    for (let i = 0; i < 6; i++) {
      const each = permit(circuit);
      await each.report("alive");
      await each.report("bad");
    }
    expect(circuit.state()).toBe("closed");
  });

  it("counts reports that arrive at the same moment", async () => {
    const { circuit, events } = bench();
    const permits = Array.from({ length: 8 }, () => permit(circuit));
    await Promise.all(permits.map((each) => each.report("bad")));
    expect(circuit.state()).toBe("open");
    expect(events).toEqual(["open"]);
  });
});

describe("the window", () => {
  it("forgets what is older than it is long", async () => {
    const { circuit, clock } = bench();
    await attempts(circuit, "bad", "bad", "bad");
    await clock.advance(SETTINGS.windowMs);
    await attempts(circuit, "bad");
    expect(circuit.state()).toBe("closed");
  });

  it("remembers what is not", async () => {
    const { circuit, clock } = bench();
    await attempts(circuit, "bad", "bad", "bad");
    await clock.advance(SETTINGS.windowMs - 1);
    await attempts(circuit, "bad");
    expect(circuit.state()).toBe("open");
  });

  it("slides by the clock, not by the calls: after a long quiet nothing old counts", async () => {
    const { circuit, clock } = bench();
    await attempts(circuit, "good", "good", "good", "good", "good", "good", "bad", "bad", "bad");
    await clock.advance(10 * 60_000);
    await attempts(circuit, "good", "bad", "bad");
    expect(circuit.state()).toBe("closed");
    await attempts(circuit, "bad");
    expect(circuit.state()).toBe("open");
  });

  it("forgets on the moment, also while another attempt has just been counted", async () => {
    const { circuit, clock } = bench();
    await attempts(circuit, "bad", "bad", "bad");
    await clock.advance(SETTINGS.windowMs - 1);
    await attempts(circuit, "good");
    await clock.advance(1);
    await attempts(circuit, "bad");
    expect(circuit.state()).toBe("closed");
  });

  it("slides bit by bit", async () => {
    const { circuit, clock } = bench();
    for (let second = 0; second < 120; second += 15) {
      await attempts(circuit, "bad");
      await clock.advance(15_000);
    }
    expect(circuit.state()).toBe("closed");
  });
});

describe("bad answers that count once for each path", () => {
  it("do not open the circuit from one path, however many they are", async () => {
    const { circuit } = bench();
    for (let i = 0; i < 50; i++) await permit(circuit).report("bad", "/openidm/endpoint/broken");
    expect(circuit.state()).toBe("closed");
  });

  it("open it from as many paths as the minimum asks for", async () => {
    const { circuit } = bench();
    for (const path of ["/a", "/b", "/c"]) await permit(circuit).report("bad", path);
    expect(circuit.state()).toBe("closed");
    await permit(circuit).report("bad", "/d");
    expect(circuit.state()).toBe("open");
  });

  it("count again when the window has passed", async () => {
    const { circuit, clock } = bench({ ...SETTINGS, minimum: 2 });
    await permit(circuit).report("bad", "/a");
    await clock.advance(SETTINGS.windowMs);
    await permit(circuit).report("bad", "/a");
    expect(circuit.state()).toBe("closed");
    await permit(circuit).report("bad", "/b");
    expect(circuit.state()).toBe("open");
  });

  it("do not keep others from counting", async () => {
    const { circuit } = bench();
    await permit(circuit).report("bad", "/a");
    await permit(circuit).report("bad", "/a");
    await attempts(circuit, "bad", "bad", "bad");
    expect(circuit.state()).toBe("open");
  });

  it("are remembered for a bounded number of paths", async () => {
    const { circuit } = bench({ ...SETTINGS, minimum: 2000 });
    for (let i = 0; i < 3000; i++) await permit(circuit).report("bad", `/path/${i}`);
    // Those beyond the bound did not count, so it takes the thousand that are missing.
    expect(circuit.state()).toBe("closed");
    for (let i = 0; i < 999; i++) await permit(circuit).report("bad");
    expect(circuit.state()).toBe("closed");
    await permit(circuit).report("bad");
    expect(circuit.state()).toBe("open");
  });

  it("make room for others when the window has passed", async () => {
    const { circuit, clock } = bench({ ...SETTINGS, minimum: 1000 });
    for (let i = 0; i < 999; i++) await permit(circuit).report("bad", `/old/${i}`);
    await clock.advance(SETTINGS.windowMs);
    for (let i = 0; i < 999; i++) await permit(circuit).report("bad", `/new/${i}`);
    expect(circuit.state()).toBe("closed");
    await permit(circuit).report("bad", "/new/999");
    expect(circuit.state()).toBe("open");
  });
});

describe("other numbers from a new policy", () => {
  it("are measured against what was counted already", async () => {
    const { circuit } = bench();
    await attempts(circuit, "bad", "bad");
    circuit.configure({ ...SETTINGS, minimum: 3 });
    expect(circuit.state()).toBe("closed");
    await attempts(circuit, "bad");
    expect(circuit.state()).toBe("open");
  });

  it("leave an open circuit its time, and hold from the next one on", async () => {
    const { circuit, clock } = bench();
    await trip(circuit);
    circuit.configure({ ...SETTINGS, openMs: 3000, openMaxMs: 12_000 });
    expect(circuit.opensInMs()).toBe(10_000);
    await clock.advance(10_000);
    await permit(circuit).report("bad");
    // Half as much again as the ten seconds would be too long by now.
    expect(circuit.opensInMs()).toBe(9_600);
    await clock.advance(9_600);
    await permit(circuit).report("good");
    await trip(circuit);
    expect(circuit.opensInMs()).toBe(3000);
  });
});

describe("an open circuit", () => {
  it("refuses everything, with the time that really remains", async () => {
    const { circuit, clock } = bench();
    await trip(circuit);
    expect(circuit.admit("read")).toEqual({ kind: "refused", retryAfterMs: 10_000 });
    expect(circuit.opensInMs()).toBe(10_000);
    await clock.advance(6500);
    expect(circuit.admit("unsafe")).toEqual({ kind: "refused", retryAfterMs: 3500 });
    expect(circuit.refusalMs("unsafe")).toBe(3500);
    expect(circuit.opensInMs()).toBe(3500);
    await clock.advance(3499);
    expect(circuit.admit("read")).toEqual({ kind: "refused", retryAfterMs: 1 });
  });

  it("lets a probe through when its time is over, and not before", async () => {
    const { circuit } = await ripe();
    expect(circuit.state()).toBe("open");
    expect(circuit.opensInMs()).toBe(0);
    expect(circuit.admit("read").kind).toBe("granted");
    expect(circuit.state()).toBe("half-open");
  });

  it("hears nothing of attempts from before it opened", async () => {
    const { circuit, clock, events } = bench();
    const late = [permit(circuit), permit(circuit), permit(circuit), permit(circuit)];
    await trip(circuit);
    await clock.advance(5000);
    for (const each of late) await each.report("bad");
    expect(circuit.opensInMs()).toBe(5000);
    for (const each of late) await each.report("good");
    expect(circuit.state()).toBe("open");
    expect(events).toEqual(["open"]);
  });
});
