import { expect, it } from "vitest";
import { fateOf, fieldFates } from "../../src/http/field-fates.ts";
import { remember } from "../../src/http/remember.ts";

it("hands back what was found, and remembers it", () => {
  const known = new Map<string, number>();
  expect(remember(known, "a", 1)).toBe(1);
  expect([...known]).toEqual([["a", 1]]);
});

it("remembers neither many texts nor long ones", () => {
  const known = new Map<string, number>();
  for (let i = 0; i < 10_000; i++) {
    expect(remember(known, `X-${i}`, i)).toBe(i);
    expect(known.size).toBeLessThanOrEqual(500);
  }
  const size = known.size;
  expect(remember(known, "x".repeat(101), 7)).toBe(7);
  expect(known.size).toBe(size);
});

it("what becomes of a field stays the same, whatever was asked in between", () => {
  const fates = fieldFates<"gather">({ host: "drop", forwarded: "gather" }, "x-gateway-");
  const all = (): string[] =>
    ["HOST", "Forwarded", "X-GATEWAY-a", "Te", "ETag", "X Y", ""].map((name) => fateOf(name, fates));
  const before = all();
  expect(before).toEqual(["drop", "gather", "drop", "drop", "pass", "drop", "drop"]);
  for (let i = 0; i < 2000; i++) fateOf(`X-${i}`, fates);
  expect(all()).toEqual(before);
});
