import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Departure } from "../../src/clock.ts";
import { Limiter, type LimiterAnswer } from "../../src/guard/limiter.ts";
import { manualClock } from "../support/manual-clock.ts";

const SETTINGS = { concurrency: 2, queue: 3, waitMs: 1000 };
const LONG = 60_000;

const refused = (reason: string) => ({ kind: "refused", reason });

function bench(settings = SETTINGS) {
  const clock = manualClock();
  const limiter = new Limiter(settings, clock);
  const answers: Record<string, LimiterAnswer> = {};
  const callers: Record<string, Departure> = {};
  return {
    clock,
    limiter,
    answers,
    callers,
    /** Somebody comes and asks; the answer is in `answers` once there is one. */
    async comes(name: string, timeLeftMs = LONG): Promise<void> {
      callers[name] = new Departure();
      const answer = limiter.acquire(timeLeftMs, callers[name]);
      void Promise.resolve(answer).then((given) => (answers[name] = given));
      await clock.advance(0);
    },
    async goes(name: string): Promise<void> {
      const answer = answers[name];
      if (answer?.kind === "granted") answer.release();
      await clock.advance(0);
    },
    async hangsUp(name: string): Promise<void> {
      callers[name]?.go();
      await clock.advance(0);
    },
    state: () => ({ inFlight: limiter.inFlight, queued: limiter.queued }),
  };
}

describe("the limit on attempts at once", () => {
  it("lets as many through as it says, at once and not in a promise", () => {
    const { limiter } = bench();
    const left = new Departure();
    expect(limiter.acquire(LONG, left)).toMatchObject({ kind: "granted" });
    expect(limiter.acquire(LONG, left)).toMatchObject({ kind: "granted" });
    expect(limiter.inFlight).toBe(2);
    expect(limiter.acquire(LONG, left)).toBeInstanceOf(Promise);
    expect(limiter.queued).toBe(1);
  });

  it("gives a place that becomes free to whoever has waited longest", async () => {
    const b = bench();
    for (const name of ["a", "b", "c", "d", "e"]) await b.comes(name);
    expect(b.state()).toEqual({ inFlight: 2, queued: 3 });
    await b.goes("b");
    expect(Object.keys(b.answers)).toEqual(["a", "b", "c"]);
    await b.goes("a");
    await b.goes("c");
    expect(Object.keys(b.answers)).toEqual(["a", "b", "c", "d", "e"]);
    expect(b.answers.e).toMatchObject({ kind: "granted" });
    expect(b.state()).toEqual({ inFlight: 2, queued: 0 });
  });

  it("lets nobody who comes later overtake", async () => {
    const b = bench({ ...SETTINGS, concurrency: 1 });
    for (const name of ["a", "b"]) await b.comes(name);
    const first = b.answers.a;
    if (first?.kind === "granted") first.release();
    const late = b.limiter.acquire(LONG, new Departure());
    expect(late).toBeInstanceOf(Promise);
    await b.clock.advance(0);
    expect(b.answers.b).toMatchObject({ kind: "granted" });
  });

  it("counts a place given back twice once", async () => {
    const b = bench({ ...SETTINGS, concurrency: 1 });
    for (const name of ["a", "b", "c"]) await b.comes(name);
    await b.goes("a");
    await b.goes("a");
    await b.goes("a");
    expect(b.state()).toEqual({ inFlight: 1, queued: 1 });
    expect(b.answers.c).toBeUndefined();
  });
});

describe("the queue", () => {
  it("takes as many as it says and refuses the next at once", async () => {
    const b = bench();
    for (const name of ["a", "b", "c", "d", "e"]) await b.comes(name);
    expect(b.limiter.acquire(LONG, new Departure())).toEqual(refused("queue-full"));
    expect(b.state()).toEqual({ inFlight: 2, queued: 3 });
  });

  it("may be of length nothing", async () => {
    const b = bench({ concurrency: 1, queue: 0, waitMs: 1000 });
    await b.comes("a");
    expect(b.limiter.acquire(LONG, new Departure())).toEqual(refused("queue-full"));
    await b.goes("a");
    await b.comes("b");
    expect(b.answers.b).toMatchObject({ kind: "granted" });
  });

  it("keeps nobody longer than the wait limit", async () => {
    const b = bench();
    for (const name of ["a", "b", "c"]) await b.comes(name);
    await b.clock.advance(999);
    expect(b.answers.c).toBeUndefined();
    await b.clock.advance(1);
    expect(b.answers.c).toEqual(refused("queue-wait"));
    expect(b.state()).toEqual({ inFlight: 2, queued: 0 });
  });

  it("keeps nobody longer than he has time", async () => {
    const b = bench();
    for (const name of ["a", "b"]) await b.comes(name);
    await b.comes("c", 300);
    await b.comes("d", 0);
    expect(b.answers.d).toEqual(refused("queue-wait"));
    await b.clock.advance(299);
    expect(b.answers.c).toBeUndefined();
    await b.clock.advance(1);
    expect(b.answers.c).toEqual(refused("queue-wait"));
  });

  it("gives the place of one who gave up to the next", async () => {
    const b = bench({ concurrency: 1, queue: 2, waitMs: 1000 });
    for (const name of ["a", "b"]) await b.comes(name);
    await b.clock.advance(600);
    await b.comes("c");
    await b.clock.advance(400);
    expect(b.answers.b).toEqual(refused("queue-wait"));
    await b.goes("a");
    expect(b.answers.c).toMatchObject({ kind: "granted" });
  });
});

describe("who would wait for nothing", () => {
  /** A tenant that answers one after the other, `everyMs`, and callers who come twice as often. */
  async function twiceTheCapacity(everyMs: number, forMs: number) {
    const { clock, limiter } = bench({ concurrency: 10, queue: 1000, waitMs: 1000 });
    const left = new Departure();
    const busy: (() => void)[] = [];
    const waits: { readonly ms: number; readonly granted: boolean }[] = [];
    for (let now = 0; now < forMs; now += everyMs / 2) {
      const cameAt = clock.now();
      void Promise.resolve(limiter.acquire(LONG, left)).then((answer) => {
        waits.push({ ms: clock.now() - cameAt, granted: answer.kind === "granted" });
        if (answer.kind === "granted") busy.push(answer.release);
      });
      await clock.advance(everyMs / 2);
      if (now % everyMs === 0) busy.shift()?.();
    }
    return waits;
  }

  it("is told so at once, and the others get their place in time", async () => {
    const waits = await twiceTheCapacity(10, 10_000);
    const refusals = waits.filter(({ granted }) => !granted);
    expect(refusals.length).toBeGreaterThan(500);
    expect(refusals.filter(({ ms }) => ms > 0)).toEqual([]);
    expect(waits.length - refusals.length).toBeGreaterThan(950);
  });

  it("is everybody, once nobody has got a place for as long as anybody waits", async () => {
    const b = bench({ concurrency: 1, queue: 9, waitMs: 1000 });
    await b.comes("a");
    await b.comes("waits");
    await b.clock.advance(1000);
    expect(b.answers.waits).toEqual(refused("queue-wait"));
    expect(b.limiter.acquire(LONG, new Departure())).toEqual(refused("queue-wait"));
    await b.clock.advance(60_000);
    expect(b.limiter.acquire(LONG, new Departure())).toEqual(refused("queue-wait"));
  });

  it("is nobody any more as soon as a place was free for one who came", async () => {
    const b = bench({ concurrency: 1, queue: 9, waitMs: 1000 });
    await b.comes("a");
    await b.comes("late");
    await b.clock.advance(5000);
    await b.goes("a");
    await b.comes("b");
    expect(b.answers.b).toMatchObject({ kind: "granted" });
    await b.comes("c");
    expect(b.state()).toEqual({ inFlight: 1, queued: 1 });
  });
});

describe("other numbers from a new policy", () => {
  it("let those who wait in at once, in their order, as many as there is room for now", async () => {
    const b = bench({ concurrency: 1, queue: 5, waitMs: 1000 });
    for (const name of ["a", "b", "c", "d"]) await b.comes(name);
    b.limiter.configure({ concurrency: 3, queue: 5, waitMs: 1000 });
    await b.clock.advance(0);
    expect(Object.keys(b.answers)).toEqual(["a", "b", "c"]);
    expect(b.state()).toEqual({ inFlight: 3, queued: 1 });
  });

  it("turn nobody out, and let nobody in before there is room under the lower limit", async () => {
    const b = bench({ concurrency: 3, queue: 5, waitMs: 1000 });
    for (const name of ["a", "b", "c", "d"]) await b.comes(name);
    b.limiter.configure({ concurrency: 1, queue: 1, waitMs: 1000 });
    expect(b.limiter.acquire(LONG, new Departure())).toEqual(refused("queue-full"));
    await b.goes("a");
    await b.goes("b");
    expect(b.state()).toEqual({ inFlight: 1, queued: 1 });
    await b.goes("c");
    expect(b.answers.d).toMatchObject({ kind: "granted" });
  });
});

describe("a caller that leaves", () => {
  it("gets no place when it has left before", () => {
    const left = new Departure();
    left.go();
    const { limiter } = bench();
    expect(limiter.acquire(LONG, left)).toEqual(refused("caller-left"));
    expect(limiter.inFlight).toBe(0);
  });

  it("frees its place in the queue", async () => {
    const b = bench();
    for (const name of ["a", "b", "c", "d", "e"]) await b.comes(name);
    await b.hangsUp("d");
    expect(b.answers.d).toEqual(refused("caller-left"));
    expect(b.state()).toEqual({ inFlight: 2, queued: 2 });
    await b.comes("f");
    expect(b.state()).toEqual({ inFlight: 2, queued: 3 });
    await b.goes("a");
    await b.goes("b");
    expect(b.answers.e).toMatchObject({ kind: "granted" });
  });

  it("leaves no timer and no listener behind, however its wait ends", async () => {
    const b = bench({ concurrency: 1, queue: 9, waitMs: 1000 });
    await b.comes("a");
    await b.comes("granted");
    await b.comes("gone");
    await b.comes("late", 500);
    await b.hangsUp("gone");
    await b.goes("a");
    await b.clock.advance(500);
    expect(b.clock.pending()).toBe(0);
    const listeners = Object.values(b.callers).map(({ concerned }) => concerned);
    expect(new Set(listeners)).toEqual(new Set([0]));
    // Whoever leaves after his wait has ended changes nothing any more.
    await b.hangsUp("granted");
    await b.hangsUp("late");
    expect(b.answers.granted).toMatchObject({ kind: "granted" });
    expect(b.answers.late).toEqual(refused("queue-wait"));
    expect(b.state()).toEqual({ inFlight: 1, queued: 0 });
  });
});

describe("whatever happens in whatever order", () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("comes" as const), timeLeftMs: fc.constantFrom(0, 500, LONG) }),
    fc.record({ kind: fc.constantFrom("goes" as const, "hangsUp" as const), which: fc.nat(30) }),
    fc.record({ kind: fc.constant("wait" as const), ms: fc.constantFrom(1, 400, 1000) }),
  );

  it("there are never more attempts than allowed, never more waiting, and no place is ever lost", async () => {
    const settings = fc.record({
      concurrency: fc.integer({ min: 1, max: 3 }),
      queue: fc.integer({ min: 0, max: 3 }),
      waitMs: fc.constant(1000),
    });
    await fc.assert(
      fc.asyncProperty(settings, fc.array(step, { maxLength: 40 }), async (limits, steps) => {
        const b = bench(limits);
        const done = new Set<string>();
        let came = 0;
        for (const each of steps) {
          if (each.kind === "comes") await b.comes(`${came++}`, each.timeLeftMs);
          if (each.kind === "wait") await b.clock.advance(each.ms);
          if (each.kind === "goes") {
            await b.goes(`${each.which}`);
            if (b.answers[`${each.which}`]?.kind === "granted") done.add(`${each.which}`);
          }
          if (each.kind === "hangsUp") await b.hangsUp(`${each.which}`);

          const held = Object.entries(b.answers).filter(
            ([name, { kind }]) => kind === "granted" && !done.has(name),
          );
          expect(b.limiter.inFlight).toBe(held.length);
          expect(b.limiter.inFlight).toBeLessThanOrEqual(limits.concurrency);
          expect(b.limiter.queued).toBeLessThanOrEqual(limits.queue);
          expect(b.limiter.queued).toBe(came - Object.keys(b.answers).length);
          // Nobody waits while there is room.
          if (b.limiter.queued > 0) expect(b.limiter.inFlight).toBe(limits.concurrency);
        }
        for (const name of Object.keys(b.answers)) await b.goes(name);
        await b.clock.advance(1000);
        for (const name of Object.keys(b.answers)) await b.goes(name);
        expect(b.state()).toEqual({ inFlight: 0, queued: 0 });
        expect(b.clock.pending()).toBe(0);
      }),
    );
  });
});
