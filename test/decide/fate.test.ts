/** What a caller may believe, row by row: these sentences are the most delicate that the gateway says. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ReplayClass } from "../../src/crest/words.ts";
import { type Attested, fateOf, leavesDoubt } from "../../src/decide/fate.ts";
import { MEANINGS, PROCESSED, RETRY_RULES } from "../../src/decide/words.ts";

const ok: Attested = { meaning: "ok", processed: "yes", retry: "never" };
const lost: Attested = { meaning: "cut-off", processed: "unknown", retry: "idempotent" };
const unsent: Attested = { meaning: "unreachable", processed: "no", retry: "any" };
const mismatch: Attested = { meaning: "version-mismatch", processed: "yes", retry: "never" };
const throttled: Attested = { meaning: "throttled", processed: "no", retry: "any" };
const defect: Attested = { meaning: "defect", processed: "unknown", retry: "reads" };
const final: Attested = { meaning: "timed-out", processed: "unknown", retry: "never" };

const ended = (attempts: readonly Attested[], parts: Partial<Parameters<typeof fateOf>[0]> = {}) =>
  fateOf({
    replay: "idempotent",
    attempts,
    settled: undefined,
    refusedForMs: undefined,
    answerDropped: false,
    heldBackMs: 0,
    ...parts,
  });

describe("an answer that came and is not passed on", () => {
  it.each<[ReplayClass, boolean]>([
    ["read", true],
    ["guarded", false],
    ["idempotent", false],
    ["unsafe", false],
  ])("of a request that is %s: asking again is harmless: %s", (replay, safeToRepeat) =>
    expect(ended([ok], { replay, answerDropped: true, refusedForMs: 1000 })).toMatchObject({
      processed: "yes",
      safeToRepeat,
    }),
  );
});

describe("whether somebody may have done what nobody was told", () => {
  it.each<[string, readonly Attested[], boolean]>([
    ["nothing was sent", [], false],
    ["it went well", [ok], false],
    ["it never arrived", [unsent], false],
    ["its answer was lost", [lost], true],
    ["after a lost one it went well", [lost, ok], false],
    ["after a lost one it was refused: that may be the echo", [lost, mismatch], true],
    ["after a lost one another did not arrive", [lost, unsent], true],
    ["it was refused at once", [mismatch], false],
    ["it was refused, and then lost", [throttled, lost], true],
    ["after lost and well, lost again", [lost, ok, lost], true],
  ])("%s", (_when, attempts, doubt) => {
    expect(leavesDoubt(attempts)).toBe(doubt);
  });
});

describe("what the caller may believe", () => {
  it.each<[string, readonly Attested[], Parameters<typeof ended>[1], string, boolean]>([
    ["it went well", [ok], {}, "yes", false],
    ["it was refused for good", [mismatch], {}, "yes", false],
    ["it never arrived", [unsent], {}, "no", true],
    ["an unsafe one never arrived", [unsent], { replay: "unsafe" }, "no", true],
    ["it was throttled", [throttled], { replay: "unsafe" }, "no", true],
    ["its answer was lost", [lost], {}, "unknown", true],
    ["an unsafe one's answer was lost", [lost], { replay: "unsafe" }, "unknown", false],
    ["a guarded one's answer was lost", [lost], { replay: "guarded" }, "unknown", true],
    ["a defect of a write: again is harmless, once it is in doubt", [defect], {}, "unknown", true],
    ["what is final is not worth coming back for, however harmless", [final], {}, "unknown", false],
    ["lost, then it did not arrive: the doubt stays", [lost, unsent], { replay: "unsafe" }, "unknown", false],
    ["lost, then refused, and found to be ours", [lost, mismatch], { settled: "applied" }, "yes", false],
    [
      "lost, then refused, and found not to be ours",
      [lost, mismatch],
      { settled: "not-applied" },
      "yes",
      false,
    ],
    ["lost, then refused, and nothing found", [lost, mismatch], { settled: "unresolved" }, "unknown", false],
    [
      "refused at once, and an earlier exchange looked into in vain",
      [mismatch],
      { settled: "unresolved" },
      "unknown",
      false,
    ],
  ])("%s", (_when, attempts, parts, processed, safeToRepeat) => {
    expect(ended(attempts, parts)).toMatchObject({ processed, safeToRepeat });
  });

  it("a request that was never sent may come back when the gateway says so", () => {
    expect(ended([], { refusedForMs: 4_200, heldBackMs: 9_000 })).toEqual({
      processed: "no",
      safeToRepeat: true,
      comeBackMs: 4_200,
    });
  });

  it.each([
    [0, 1_000],
    [999, 1_000],
    [7_500, 7_500],
  ])("who would be held back for %i ms comes back after %i ms", (heldBackMs, comeBackMs) => {
    expect(ended([unsent], { heldBackMs }).comeBackMs).toBe(comeBackMs);
  });
});

it("an unsafe request in doubt is never said to be safe to send again", () => {
  const attested = fc.record<Attested>({
    meaning: fc.constantFrom(...MEANINGS),
    processed: fc.constantFrom(...PROCESSED),
    retry: fc.constantFrom(...RETRY_RULES),
  });
  const replay = fc.constantFrom<ReplayClass>("read", "guarded", "idempotent", "unsafe");
  fc.assert(
    fc.property(fc.array(attested, { minLength: 1, maxLength: 5 }), replay, (attempts, ofKind) => {
      const { processed, safeToRepeat } = ended(attempts, { replay: ofKind });
      if (leavesDoubt(attempts)) expect(processed).toBe("unknown");
      if (processed === "unknown" && ofKind === "unsafe" && leavesDoubt(attempts))
        expect(safeToRepeat).toBe(false);
    }),
  );
});
