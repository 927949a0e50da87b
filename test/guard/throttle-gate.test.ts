import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ThrottleGate, type Ticket } from "../../src/guard/throttle-gate.ts";
import { manualClock } from "../support/manual-clock.ts";

const SETTINGS = { holdMs: 1000, spacingMs: 50, line: 3 };

/** Before the gate closes, so many a second go to the tenant. */
const bench = (goPerSecond = 1_000_000) => {
  const clock = manualClock();
  return { clock, gate: new ThrottleGate(SETTINGS, clock, () => goPerSecond) };
};

function place(gate: ThrottleGate): Ticket {
  gate.come();
  const ticket = gate.takePlace();
  if (!ticket) throw new Error("there was nothing to wait for");
  return ticket;
}

describe("an open throttle gate", () => {
  it("holds nobody back", () => {
    const { gate } = bench();
    expect(gate.waitMs()).toBe(0);
    expect(gate.closedForMs()).toBe(0);
    for (let i = 0; i < 3; i++) expect(gate.takePlace()).toBeUndefined();
  });
});

describe("a closed throttle gate", () => {
  it("stays closed for as long as the tenant told", async () => {
    const { gate, clock } = bench();
    gate.close(7000);
    expect(gate.closedForMs()).toBe(7000);
    expect(gate.waitMs()).toBe(7000);
    await clock.advance(6999);
    expect(gate.closedForMs()).toBe(1);
    await clock.advance(1);
    expect(gate.closedForMs()).toBe(0);
    expect(gate.takePlace()).toBeUndefined();
  });

  it("is asked again after an hour, whatever one answer said of a month", async () => {
    const { gate, clock } = bench();
    gate.close(30 * 86_400_000);
    expect(gate.closedForMs()).toBe(3_600_000);
    await clock.advance(3_600_000);
    expect(gate.closedForMs()).toBe(0);
  });

  it("stays closed for the family's own time when nothing was told", () => {
    const { gate } = bench();
    gate.close(undefined);
    expect(gate.closedForMs()).toBe(1000);
  });

  it.each([0, -5])("does not close for %i ms", (toldMs) => {
    const { gate } = bench();
    gate.close(toldMs);
    expect(gate.closedForMs()).toBe(0);
    expect(gate.takePlace()).toBeUndefined();
  });

  it("is never opened earlier by a later, shorter word", async () => {
    const { gate, clock } = bench();
    gate.close(7000);
    await clock.advance(1000);
    gate.close(1000);
    gate.close(undefined);
    gate.close(0);
    expect(gate.closedForMs()).toBe(6000);
  });

  it("closes for longer when told so", async () => {
    const { gate, clock } = bench();
    gate.close(2000);
    await clock.advance(1000);
    gate.close(5000);
    expect(gate.closedForMs()).toBe(5000);
  });
});

describe("the line in front of a closed gate", () => {
  it("leaves one by one, the first when the gate opens, a spacing apart and then closing up", () => {
    const { gate } = bench();
    gate.close(1000);
    const places = [place(gate), place(gate), place(gate), place(gate)].map(({ at }) => at);
    expect(places).toEqual([1000, 1050, 1095, 1135.5]);
    expect(gate.waitMs()).toBeCloseTo(1171.95);
  });

  it("is not made longer by asking how long it is", () => {
    const { gate } = bench();
    gate.close(1000);
    for (let i = 0; i < 5; i++) gate.waitMs();
    expect(place(gate).at).toBe(1000);
  });

  it("takes those who come while it leaves, at its end", async () => {
    const { gate, clock } = bench();
    gate.close(1000);
    for (let i = 0; i < 4; i++) place(gate);
    await clock.advance(1100);
    expect(gate.closedForMs()).toBe(0);
    expect(gate.waitMs()).toBeCloseTo(71.95);
    expect(place(gate).at).toBeCloseTo(1171.95);
  });

  it("is gone once the last of it has left", async () => {
    const { gate, clock } = bench();
    gate.close(1000);
    for (let i = 0; i < 2; i++) place(gate);
    await clock.advance(1094);
    expect(gate.waitMs()).toBe(1);
    await clock.advance(1);
    for (let i = 0; i < 3; i++) expect(gate.takePlace()).toBeUndefined();
  });

  it("has gone within ten spacings where as many came before, however many still come", async () => {
    const { gate, clock } = bench();
    gate.close(1000);
    const places = Array.from({ length: 5000 }, () => place(gate).at);
    expect(Math.max(...places)).toBeLessThan(1000 + 10 * SETTINGS.spacingMs);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    await clock.advance(1000 + 10 * SETTINGS.spacingMs);
    expect(gate.takePlace()).toBeUndefined();
  });

  it("begins with the whole spacing again when the gate has closed again", async () => {
    const { gate, clock } = bench();
    gate.close(1000);
    for (let i = 0; i < 5000; i++) place(gate);
    await clock.advance(2000);
    gate.close(1000);
    expect([place(gate), place(gate)].map(({ at }) => at)).toEqual([3000, 3050]);
  });
});

describe("how fast the line leaves", () => {
  const DURATION_S = 20;

  /** So many a second come, during the hold and after it, for as long as it is looked at. */
  async function times({ clock, gate }: ReturnType<typeof bench>, perSecond: number): Promise<number[]> {
    gate.close(2000);
    const places: number[] = [];
    for (let i = 0; i < perSecond * DURATION_S; i++) {
      gate.come();
      const ticket = gate.takePlace();
      places.push(ticket?.at ?? clock.now());
      await clock.advance(1000 / perSecond);
    }
    return places;
  }

  it.each([40, 100, 200])(
    "%i a second come: never more than a fifth more go, and the line ends",
    async (perSecond) => {
      const b = bench(perSecond);
      const places = await times(b, perSecond);
      for (const at of places)
        expect(places.filter((each) => each > at - 1000 && each <= at).length).toBeLessThanOrEqual(
          Math.ceil(1.2 * perSecond) + 1,
        );
      expect(b.gate.waitMs()).toBe(0);
    },
  );

  it("goes on as it went before the gate closed, be there ever so few who come while it is closed", async () => {
    const { gate } = bench(500);
    gate.close(60_000);
    const places = Array.from({ length: 100 }, () => place(gate).at);
    expect((places.at(-1) ?? 0) - 60_000).toBeLessThan(1000);
  });

  it("leaves a spacing apart, and no further, when nobody knows how fast requests come", () => {
    const { gate } = bench(0);
    gate.close(1000);
    expect([place(gate), place(gate), place(gate)].map(({ at }) => at)).toEqual([1000, 1050, 1100]);
  });
});

describe("the length of the line", () => {
  it("is bounded, and a place that is left is free again", () => {
    const { gate } = bench();
    gate.close(1000);
    for (let i = 0; i < SETTINGS.line; i++) {
      expect(gate.full).toBe(false);
      place(gate);
    }
    expect(gate.full).toBe(true);
    gate.leavePlace();
    expect(gate.full).toBe(false);
  });
});

describe("a place in the line", () => {
  it("holds when its time has come", async () => {
    const { gate, clock } = bench();
    gate.close(1000);
    const [first, second] = [place(gate), place(gate)];
    await clock.advance(1000);
    expect(gate.honours(first)).toBe(true);
    await clock.advance(50);
    expect(gate.honours(second)).toBe(true);
  });

  it("lapses when the gate closes beyond its time, and a new one is behind the new time", async () => {
    const { gate, clock } = bench();
    gate.close(1000);
    const [first, second] = [place(gate), place(gate)];
    await clock.advance(1000);
    expect(gate.honours(first)).toBe(true);
    gate.close(3000);
    await clock.advance(50);
    expect(gate.honours(second)).toBe(false);
    expect(place(gate).at).toBe(4000);
  });

  it("does not lapse when the gate closes for a time that is over by then", async () => {
    const { gate, clock } = bench();
    gate.close(1000);
    const tickets = Array.from({ length: 4 }, () => place(gate));
    await clock.advance(1000);
    gate.close(95);
    expect(tickets.map((ticket) => gate.honours(ticket))).toEqual([false, false, true, true]);
    // Nobody overtakes those who keep their places.
    expect(place(gate).at).toBeGreaterThan(tickets.at(-1)?.at ?? 0);
  });

  it("is not lost to a 429 that says to come back at once", async () => {
    const { gate, clock } = bench();
    gate.close(1000);
    const [, second] = [place(gate), place(gate)];
    await clock.advance(1000);
    gate.close(0);
    expect(second && gate.honours(second)).toBe(true);
    expect(gate.waitMs()).toBe(95);
  });
});

describe("other numbers from a new policy", () => {
  it("hold from the next time on that the gate closes", () => {
    const { gate } = bench();
    gate.close(undefined);
    gate.configure({ ...SETTINGS, holdMs: 4000, spacingMs: 10 });
    expect(gate.closedForMs()).toBe(1000);
    gate.close(undefined);
    expect(gate.closedForMs()).toBe(4000);
    expect([place(gate), place(gate)].map(({ at }) => at)).toEqual([4000, 4010]);
  });
});

describe("whatever is told in whatever order", () => {
  it("nobody goes before the latest word or before whoever came earlier, and nobody waits for ever", async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant("close" as const), toldMs: fc.option(fc.nat(5000), { nil: undefined }) }),
      fc.record({ kind: fc.constant("come" as const), many: fc.integer({ min: 1, max: 60 }) }),
      fc.record({ kind: fc.constant("wait" as const), ms: fc.nat(1500) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { gate, clock } = bench();
        let latestWord = 0;
        let closings = 0;
        let lastPlace = 0;
        for (const each of steps) {
          if (each.kind === "wait") {
            await clock.advance(each.ms);
          } else if (each.kind === "close") {
            const before = gate.waitMs();
            gate.close(each.toldMs);
            closings++;
            latestWord = Math.max(latestWord, clock.now() + (each.toldMs ?? SETTINGS.holdMs));
            expect(gate.closedForMs()).toBe(Math.max(0, latestWord - clock.now()));
            expect(gate.waitMs()).toBeGreaterThanOrEqual(Math.max(before, gate.closedForMs()));
          } else {
            for (let i = 0; i < each.many; i++) {
              const ticket = gate.takePlace();
              if (ticket) expect(gate.honours(ticket)).toBe(true);
              const goesAt = ticket?.at ?? clock.now();
              expect(goesAt).toBeGreaterThanOrEqual(Math.max(latestWord, lastPlace));
              lastPlace = goesAt;
            }
          }
          const lineMs = closings * 10 * SETTINGS.spacingMs;
          expect(clock.now() + gate.waitMs()).toBeLessThanOrEqual(Math.max(latestWord, clock.now()) + lineMs);
        }
      }),
    );
  });
});
