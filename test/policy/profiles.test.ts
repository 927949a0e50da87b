/** The built-in tables: complete, and true to the rules that none of their rows may break. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { FAILURES, MEANINGS, type Meaning } from "../../src/decide/words.ts";
import { PROFILES } from "../../src/policy/written/schema.ts";
import { policyOf } from "./compiled.ts";

/** The codes that the API's own documentation lists, and what they mean. */
const DOCUMENTED: readonly (readonly [status: number, means: Meaning])[] = [
  [200, "ok"],
  [201, "ok"],
  [204, "ok"],
  [304, "ok"],
  [400, "rejected"],
  [401, "unauthenticated"],
  [403, "forbidden"],
  [404, "rejected"],
  [405, "rejected"],
  [406, "rejected"],
  [409, "conflict"],
  [410, "rejected"],
  [412, "version-mismatch"],
  [415, "rejected"],
  [428, "version-required"],
  [500, "defect"],
  [501, "not-supported"],
  [503, "unavailable"],
];

const policies = PROFILES.map((name) => [name, policyOf(`extends: ${name}`)] as const);

describe.each(policies)("the profile %s", (_name, policy) => {
  const { answers, meanings, operations } = policy.fallback;

  it("says what follows from every meaning", () => {
    expect(Object.keys(meanings).toSorted()).toEqual([...MEANINGS].toSorted());
  });

  it("sends again what may have been processed only where that is harmless", () => {
    const broken = MEANINGS.filter(
      (meaning) => meanings[meaning].processed !== "no" && meanings[meaning].retry === "any",
    );
    expect(broken).toEqual([]);
  });

  it("never sends again what was answered for good", () => {
    const broken = MEANINGS.filter(
      (meaning) => meanings[meaning].processed === "yes" && meanings[meaning].retry !== "never",
    );
    expect(broken).toEqual([]);
  });

  it.each(FAILURES)("says what the failure %s means", (failure) => {
    expect(answers.rows.filter(({ when }) => when.failures?.includes(failure))).toHaveLength(1);
  });

  it("says something of every status", () => {
    for (let status = 100; status < 600; status++) {
      const covered = answers.rows.some(
        ({ when }) =>
          Object.keys(when).length === 1 &&
          when.statuses?.some(({ from, to }) => from <= status && status <= to),
      );
      expect(covered || status < 200, `${status}`).toBe(true);
    }
  });

  it("has rows that each say where they stand", () => {
    const { origins, dialects, families } = policy;
    const rows = [answers, operations, origins, dialects, families].flatMap((table) => [...table.rows]);
    const places = [...rows, ...Object.values(meanings)].map(({ at }) => at);
    for (const place of places) expect(place).toMatch(/^config\/profiles\/(aic|crest|none)\.yaml:\d+$/);
    expect(new Set(places).size).toBe(places.length);
  });

  it("fits the numbers of every family together", () => {
    for (const name of [...policy.families.rows.map(({ family }) => family), "default"]) {
      const { breaker, limits, budget, throttle } = policy.familySettings(name);
      expect(breaker.openMs).toBeLessThanOrEqual(breaker.openMaxMs);
      for (const number of [breaker.windowMs, breaker.minimum, breaker.failureRatio, limits.concurrency])
        expect(number).toBeGreaterThan(0);
      expect(budget.ratio).toBeLessThanOrEqual(1);
      expect(throttle.holdMs).toBeGreaterThanOrEqual(1_000);
    }
  });
});

describe.each(policies.slice(0, 2))("the profile %s", (_name, policy) => {
  it.each(DOCUMENTED)("has a row of its own for %s, which means %s", (status, means) => {
    const own = policy.fallback.answers.rows.filter(
      ({ when }) =>
        Object.keys(when).length === 1 &&
        when.statuses?.length === 1 &&
        when.statuses[0]?.from === status &&
        when.statuses[0].to === status,
    );
    expect(own[0]?.means).toBe(means);
  });
});

describe("the profile none", () => {
  it("knows nothing of operations, families and dialects", () => {
    const { families, dialects, fallback } = policyOf("extends: none");
    expect({
      families: families.rows,
      dialects: dialects.rows,
      operations: fallback.operations.rows,
    }).toEqual({
      families: [],
      dialects: [],
      operations: [],
    });
  });
});

describe("the meanings table", () => {
  const { meanings } = policyOf("").fallback;

  it("gives a defect one more attempt, and counts it once for each path", () => {
    expect(meanings.defect).toMatchObject({ attempts: 2, oncePerPath: true });
    expect(MEANINGS.filter((meaning) => meanings[meaning].oncePerPath)).toEqual(["defect"]);
  });

  it("waits a second after a timeout of somebody else, and closes the gate for a throttling alone", () => {
    expect(meanings["timed-out"]).toMatchObject({ minDelayMs: 1_000 });
    expect(MEANINGS.filter((meaning) => meanings[meaning].closesGate)).toEqual(["throttled"]);
  });
});

describe("comments", () => {
  const lines = (name: string) =>
    readFileSync(new URL(`../../config/profiles/${name}.yaml`, import.meta.url), "utf8").split("\n");
  const uncommented = (all: readonly string[], isRow: RegExp) =>
    all.filter((line, index) => isRow.test(line) && !all[index - 1]?.trimStart().startsWith("#"));

  it.each(["none", "crest"])("in %s stand above every row for one status or one failure", (name) => {
    const isRow = /^ {2}- \{ when: \{ (status|failure): [\w-]+ \}/;
    expect(lines(name).filter((line) => isRow.test(line)).length).toBeGreaterThanOrEqual(17);
    expect(uncommented(lines(name), isRow)).toEqual([]);
  });

  it("stand above every meaning", () => {
    const isRow = /^ {2}[a-z-]+: \{ processed:/;
    expect(lines("none").filter((line) => isRow.test(line))).toHaveLength(MEANINGS.length);
    expect(uncommented(lines("none"), isRow)).toEqual([]);
  });
});
