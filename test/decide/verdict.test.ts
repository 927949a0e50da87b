import { describe, expect, it } from "vitest";
import { REPLAY_CLASSES, type ReplayClass } from "../../src/crest/words.ts";
import { mayRepeat } from "../../src/decide/verdict.ts";
import { RETRY_RULES, type RetryRule } from "../../src/decide/words.ts";

describe("which classes may be sent again", () => {
  const allowed: Record<RetryRule, ReplayClass[]> = {
    never: [],
    reads: ["read"],
    guarded: ["read", "guarded"],
    idempotent: ["read", "guarded", "idempotent"],
    any: ["read", "guarded", "idempotent", "unsafe"],
  };

  it.each(RETRY_RULES)("%s", (rule) => {
    expect(REPLAY_CLASSES.filter((replay) => mayRepeat(rule, replay))).toEqual(allowed[rule]);
  });

  it("each rule allows what the one before it allows, and more", () => {
    const sizes = RETRY_RULES.map(
      (rule) => REPLAY_CLASSES.filter((replay) => mayRepeat(rule, replay)).length,
    );
    expect(sizes).toEqual([0, 1, 2, 3, 4]);
  });

  it("only `any` sends again what would do a thing twice", () => {
    expect(RETRY_RULES.filter((rule) => mayRepeat(rule, "unsafe"))).toEqual(["any"]);
  });
});
