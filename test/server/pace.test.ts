/** How slow is too slow. */
import { expect, it } from "vitest";
import { Pace } from "../../src/server/pace.ts";

const LIMITS = { stallMs: 30_000, minBytesPerSecond: 1024 };
const LEAST = 30 * 1024;

/** Looks once a second, from the first second to the last; `bytesAt` says how many have moved until then. */
function tooSlowAfter(
  seconds: number,
  bytesAt: (second: number) => number,
  isWaiting: (second: number) => boolean = () => true,
): number | undefined {
  const pace = new Pace();
  for (let second = 0; second <= seconds; second++)
    if (pace.isTooSlow(isWaiting(second), bytesAt(second), second * 1000, LIMITS)) return second;
  return undefined;
}

it.each([
  ["stands still", () => 5000, 30],
  ["moves a byte a second", (second: number) => second, 30],
  ["moves a little less than it has to", (second: number) => second * 1023, 30],
  ["moves as much as it has to", (second: number) => second * 1024, undefined],
  ["moves everything at once, and then stands still", (second: number) => (second > 0 ? 10 * LEAST : 0), 60],
  ["moves it all in the last second of each period", (s: number) => Math.floor(s / 30) * LEAST, undefined],
] as const)("a caller that %s", (_name, bytesAt, after) => {
  expect(tooSlowAfter(200, bytesAt)).toBe(after);
});

it("is not too slow while somebody else is waited for, and begins anew behind that", () => {
  expect(
    tooSlowAfter(
      200,
      () => 0,
      (second) => second % 29 !== 0,
    ),
  ).toBeUndefined();
  expect(
    tooSlowAfter(
      200,
      () => 0,
      (second) => second > 100,
    ),
  ).toBe(131);
});
