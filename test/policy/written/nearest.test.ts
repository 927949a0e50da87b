import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MEANINGS } from "../../../src/decide/words.ts";
import { nearest } from "../../../src/policy/written/nearest.ts";

describe("the nearest word", () => {
  it.each([
    ["rejectd", "rejected"],
    ["Rejected", "rejected"],
    ["unavailble", "unavailable"],
    ["bad_gateway", "bad-gateway"],
    ["timeout", "timed-out"],
    ["okk", "ok"],
    ["no", undefined],
    ["maintainance", "maintenance"],
    ["x", undefined],
    ["", undefined],
    ["something else", undefined],
  ])("to %s is %s", (word, expected) => {
    expect(nearest(word, MEANINGS)).toBe(expected);
  });

  it("to a word of the list is that word", () => {
    for (const meaning of MEANINGS) expect(nearest(meaning, MEANINGS)).toBe(meaning);
  });

  it("to a word with one letter gone is that word, or one as near", () => {
    fc.assert(
      fc.property(fc.constantFrom(...MEANINGS), fc.nat(), (meaning, seed) => {
        const at = seed % meaning.length;
        const word = meaning.slice(0, at) + meaning.slice(at + 1);
        expect(nearest(word, MEANINGS)).toBe(meaning);
      }),
    );
  });
});
