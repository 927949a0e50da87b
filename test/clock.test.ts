import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { sleep, systemClock } from "../src/clock.ts";
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

  it("ends when the signal aborts, and leaves no timer behind", async () => {
    const clock = manualClock();
    const left = new AbortController();
    const state = watch(sleep(clock, 100, left.signal));
    await clock.advance(50);
    left.abort();
    await clock.advance(0);
    expect(state.over).toBe(true);
    expect(clock.pending()).toBe(0);
  });

  it("does not begin when the signal has aborted already", async () => {
    const clock = manualClock();
    const state = watch(sleep(clock, 100, AbortSignal.abort()));
    await clock.advance(0);
    expect(state.over).toBe(true);
    expect(clock.pending()).toBe(0);
  });

  it("leaves no listener behind on a signal that outlives it", async () => {
    const clock = manualClock();
    const { signal } = new AbortController();
    const state = watch(sleep(clock, 10, signal));
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    await clock.advance(10);
    expect(state.over).toBe(true);
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });
});
