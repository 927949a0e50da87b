import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { Departure, sleep, systemClock } from "../src/clock.ts";
import { manualClock } from "./support/manual-clock.ts";

describe("the system's clock", () => {
  it("never calls early: what it is asked to wait is a floor", async () => {
    const late = Array.from({ length: 60 }, (_, index) => {
      const delayMs = 1 + index * 0.37;
      const from = systemClock.now();
      return new Promise<number>((resolve) =>
        systemClock.after(delayMs, () => resolve(systemClock.now() - from - delayMs)),
      );
    });
    expect(Math.min(...(await Promise.all(late)))).toBeGreaterThanOrEqual(0);
  });

  it.each([0, -5, Number.NEGATIVE_INFINITY])("calls as soon as it can after %d ms", async (delayMs) => {
    await new Promise<void>((resolve) => systemClock.after(delayMs, resolve));
  });

  it.each([2 ** 31, 1e15, Number.POSITIVE_INFINITY])(
    "does not take %d ms for none, as Node does",
    async (delayMs) => {
      let called = false;
      const cancel = systemClock.after(delayMs, () => (called = true));
      await new Promise<void>((resolve) => systemClock.after(5, resolve));
      cancel();
      expect(called).toBe(false);
    },
  );

  it("does not call once it was told not to", async () => {
    let called = false;
    systemClock.after(1, () => (called = true))();
    await new Promise<void>((resolve) => systemClock.after(5, resolve));
    expect(called).toBe(false);
  });

  it("rolls dice from 0 to below 1, and knows the time of day", () => {
    const rolls = Array.from({ length: 100 }, () => systemClock.random());
    expect(rolls.every((roll) => roll >= 0 && roll < 1)).toBe(true);
    expect(new Set(rolls).size).toBeGreaterThan(1);
    expect(Math.abs(systemClock.wall() - Date.now())).toBeLessThan(1000);
  });
});

describe("a process that was kept from running", () => {
  /** Writes to the port it is given as soon as it is told to, and wakes whoever waits for that. */
  const WRITER = `
    const { parentPort, workerData } = require("node:worker_threads");
    const socket = require("node:net").connect(workerData.port, "127.0.0.1", () => parentPort.postMessage("there"));
    parentPort.once("message", () => socket.end("x", () => {
      Atomics.store(workerData.written, 0, 1);
      Atomics.notify(workerData.written, 0);
    }));
  `;

  it.each(["limit", "after"] as const)(
    "sees what came meanwhile before a %s of its own passes",
    async (timer) => {
      const order: string[] = [];
      const written = new Int32Array(new SharedArrayBuffer(4));
      const server = createServer((socket) => {
        socket.on("data", () => order.push("data"));
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const { port } = server.address() as AddressInfo;
      const connected = once(server, "connection");
      const writer = new Worker(WRITER, { eval: true, workerData: { port, written } });
      await Promise.all([connected, once(writer, "message")]);
      const passed = new Promise<void>((resolve) =>
        systemClock[timer](50, () => {
          order.push(timer);
          resolve();
        }),
      );
      const stoppedAt = systemClock.now();
      writer.postMessage("write");
      Atomics.wait(written, 0, 0);
      while (systemClock.now() - stoppedAt < 300);
      await passed;
      expect(order).toEqual(["data", timer]);
      await writer.terminate();
      server.close();
    },
  );
});

describe("a sleep", () => {
  /** Whether it is over, after the clock has settled. */
  const watch = (asleep: Promise<void>) => {
    const state = { over: false };
    void asleep.then(() => (state.over = true));
    return state;
  };

  it("lasts as long as it should", async () => {
    const clock = manualClock();
    const state = watch(sleep(clock, 100));
    await clock.advance(99);
    expect(state.over).toBe(false);
    await clock.advance(1);
    expect(state.over).toBe(true);
  });

  it("ends when somebody leaves, and leaves no timer behind", async () => {
    const clock = manualClock();
    const left = new Departure();
    const state = watch(sleep(clock, 100, left));
    await clock.advance(50);
    left.go();
    await clock.advance(0);
    expect(state.over).toBe(true);
    expect(clock.pending()).toBe(0);
  });

  it("does not begin when they have left already", async () => {
    const clock = manualClock();
    const left = new Departure();
    left.go();
    const state = watch(sleep(clock, 100, left));
    await clock.advance(0);
    expect(state.over).toBe(true);
    expect(clock.pending()).toBe(0);
  });

  it("leaves nobody to be told who outlives it", async () => {
    const clock = manualClock();
    const left = new Departure();
    const state = watch(sleep(clock, 10, left));
    expect(left.concerned).toBe(1);
    await clock.advance(10);
    expect(state.over).toBe(true);
    expect(left.concerned).toBe(0);
  });
});

describe("a departure", () => {
  it("is told to everybody concerned, once, and to nobody who asked to be left out", () => {
    const left = new Departure();
    const told: string[] = [];
    left.whenGone(() => told.push("first"));
    const forget = left.whenGone(() => told.push("second"));
    left.whenGone(() => told.push("third"));
    forget();
    left.go();
    left.go();
    expect(told).toEqual(["first", "third"]);
    expect(left.gone).toBe(true);
  });
});

describe("a limit of the system's clock", () => {
  const passed = (delayMs: number): Promise<number> => {
    const from = systemClock.now();
    return new Promise((resolve) => systemClock.limit(delayMs, () => resolve(systemClock.now() - from)));
  };

  it("never passes early", async () => {
    const delays = [0, 1, 5, 19, 20, 21, 40, 77, 150];
    const took = await Promise.all(delays.map(passed));
    expect(took.map((ms, index) => ms >= (delays[index] ?? 0))).toEqual(delays.map(() => true));
  });

  it("does not pass once it has been taken back, also by one that passes at the same moment", async () => {
    const told: string[] = [];
    const cancel = systemClock.limit(10, () => told.push("taken back before"));
    let cancelOther = (): void => {};
    systemClock.limit(10, () => {
      told.push("passed");
      cancelOther();
    });
    cancelOther = systemClock.limit(10, () => told.push("taken back meanwhile"));
    cancel();
    cancel();
    await passed(60);
    expect(told).toEqual(["passed"]);
  });

  it("that is longer than a turn of the wheel waits for its own turn", async () => {
    let early = false;
    const cancel = systemClock.limit(10_240 + 20, () => {
      early = true;
    });
    await passed(80);
    cancel();
    expect(early).toBe(false);
  });

  it("may be set by one that passes", async () => {
    await new Promise<void>((resolve) => systemClock.limit(1, () => systemClock.limit(1, resolve)));
  });
});
