import { expect, it } from "vitest";
import type { Event, Observe } from "../../src/observe/events.ts";
import { tellAll } from "../../src/observe/observers.ts";

const EVENT: Event = { kind: "breaker", family: "am", to: "open" };

it("an observer that throws harms neither the exchange nor the others, and is told of", () => {
  const heard: Event[] = [];
  const failed: unknown[] = [];
  const failing: Observe = () => {
    throw new Error("full");
  };
  const observe = tellAll(
    [(event) => heard.push(event), failing, (event) => heard.push(event)],
    (...failure) => failed.push(failure),
  );
  expect(() => observe(EVENT)).not.toThrow();
  expect(heard).toEqual([EVENT, EVENT]);
  expect(failed).toEqual([[EVENT, new Error("full")]]);
});

it("an observer that comes later hears what happens from then on", () => {
  const heard: string[] = [];
  const observers: Observe[] = [() => heard.push("first")];
  const observe = tellAll(observers, () => {});
  observe(EVENT);
  observers.push(() => heard.push("second"));
  observe(EVENT);
  expect(heard).toEqual(["first", "first", "second"]);
});
