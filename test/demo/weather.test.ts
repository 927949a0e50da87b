import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Step, tenantSays } from "../../src/demo/steps.ts";
import { startTenant } from "../../src/demo/tenant.ts";
import { mishap, RAIN, WEATHERS, type Weather } from "../../src/demo/weather.ts";
import { manualClock } from "../support/manual-clock.ts";
import { ask, failure } from "./ask.ts";

/** A generator of numbers from 0 to just under 1 that repeats itself for the same seed (mulberry32). */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe("mishap", () => {
  const first = tenantSays(503);
  const second: Step = { kind: "drop", applied: true };
  const weather: Weather = [
    { chance: 0.25, step: first },
    { chance: 0.5, step: second },
  ];

  it.each([
    [0, first],
    [0.249, first],
    [0.25, second],
    [0.749, second],
    [0.75, undefined],
    [0.999, undefined],
  ])("takes the row that %f falls into", (thrown, step) => {
    expect(mishap(weather, thrown)).toBe(step);
  });

  it("hits as often as the table says, row by row", () => {
    const throws = 10_000;
    const hits = Array.from({ length: throws }, (_, i) => mishap(RAIN, i / throws));
    // A sum of decimal fractions may miss a boundary by one throw.
    for (const { chance, step } of RAIN)
      expect(Math.abs(hits.filter((hit) => hit === step).length - chance * throws)).toBeLessThanOrEqual(1);
  });

  it("never brings what has no chance", () => {
    const none = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(none, (thrown) => {
        expect(mishap([{ chance: 0, step: first }], thrown)).toBeUndefined();
        expect(mishap([], thrown)).toBeUndefined();
      }),
    );
  });
});

describe("the weathers", () => {
  it.each([
    ["calm", 0],
    ["rain", 0.1],
    ["storm", 0.36],
  ] as const)("%s spoils so much", (name, share) => {
    expect(WEATHERS[name].reduce((sum, { chance }) => sum + chance, 0)).toBeCloseTo(share);
  });
});

describe("RAIN", () => {
  it("spoils about one request in ten, in all the ways there are", () => {
    expect(RAIN.reduce((sum, { chance }) => sum + chance, 0)).toBeCloseTo(0.1);
    expect(RAIN.map(({ step }) => ("reply" in step ? [step.reply.from, step.reply.status] : step))).toEqual([
      ["tenant", 503],
      ["edge", 503],
      ["tenant", 429],
      { kind: "drop", applied: false },
      { kind: "drop", applied: true },
    ]);
  });
});

describe("a tenant in bad weather", () => {
  /** What becomes of a number of creates: the status or error of each, and how many were applied. */
  async function storm(seed: number, count: number): Promise<{ outcomes: string[]; applied: number }> {
    const clock = { ...manualClock(), random: dice(seed) };
    const tenant = await startTenant({ clock, weather: RAIN });
    const outcomes: string[] = [];
    for (let i = 0; i < count; i++)
      outcomes.push(await failure(ask(tenant, `PUT /openidm/managed/alpha_thing/${i}`, { json: {} })));
    const applied = tenant.applied.length;
    await tenant.close();
    return { outcomes, applied };
  }

  it("is the same for the same dice, and another for others", async () => {
    const one = await storm(1, 100);
    expect(await storm(1, 100)).toEqual(one);
    expect(await storm(2, 100)).not.toEqual(one);
  });

  it("does what the dice say, and what was applied adds up", async () => {
    const count = 500;
    const { outcomes, applied } = await storm(7, count);
    const throws = dice(7);
    const expected = Array.from({ length: count }, () => mishap(RAIN, throws()));
    const told = (step: Step | undefined): string => {
      if (step === undefined) return "answered 201";
      return step.kind === "say" ? `answered ${step.reply.status}` : "ECONNRESET";
    };
    expect(outcomes).toEqual(expected.map(told));
    const lost = expected.filter((step) => step?.kind === "drop" && step.applied).length;
    expect(lost).toBeGreaterThan(0);
    expect(applied).toBe(outcomes.filter((outcome) => outcome === "answered 201").length + lost);
  });

  it("never spoils a scripted request, nor throws dice for it", async () => {
    let thrown = 0;
    const random = (): number => {
      thrown += 1;
      return 0;
    };
    const tenant = await startTenant({ clock: { ...manualClock(), random }, weather: RAIN });
    tenant.pass().will(418);
    expect((await ask(tenant, "GET /openidm/managed/alpha_user?_queryFilter=true")).status).toBe(200);
    expect((await ask(tenant, "GET /")).status).toBe(418);
    expect(thrown).toBe(0);
    expect((await ask(tenant, "GET /")).status).toBe(503);
    expect(thrown).toBe(1);
    await tenant.close();
  });

  it("tells callers to wait a second after a 429", async () => {
    const tenant = await startTenant({
      clock: { ...manualClock(), random: () => 0.055 },
      weather: RAIN,
    });
    expect(await ask(tenant, "GET /")).toMatchObject({ status: 429, headers: { "retry-after": "1" } });
    await tenant.close();
  });

  it("is fine by default, whatever the dice", async () => {
    const random = (): number => {
      throw new Error("nobody should throw dice");
    };
    const tenant = await startTenant({ clock: { ...manualClock(), random } });
    expect((await ask(tenant, "GET /openidm/managed/alpha_user?_queryFilter=true")).status).toBe(200);
    await tenant.close();
  });
});
