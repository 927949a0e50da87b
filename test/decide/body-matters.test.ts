import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OPERATIONS, type Operation } from "../../src/crest/words.ts";
import { bodyMatters, judge } from "../../src/decide/judge.ts";
import { factsOf } from "../support/facts.ts";
import { PROFILE_NAMES, PROFILES, USER } from "./built-in.ts";

const JSON_TYPE = ["Content-Type", "application/json; charset=utf-8"];
const HTML = ["Content-Type", "text/html"];

describe("whether the body of an answer has a say in what it means", () => {
  it.each<[status: number, operation: Operation, headers: readonly string[], matters: boolean]>([
    // A failed query says so under a 200, as JSON; nothing else that went well has anything to add.
    [200, "query", JSON_TYPE, true],
    [200, "query", HTML, false],
    [200, "query", [], false],
    [200, "read", JSON_TYPE, false],
    [200, "create", JSON_TYPE, false],
    [201, "create", JSON_TYPE, false],
    [304, "read", JSON_TYPE, false],
    // Messages are read whatever they are written in.
    [403, "update", JSON_TYPE, true],
    [403, "update", HTML, true],
    [503, "update", [], true],
  ])("%i to a %s with %j: %s", (status, operation, headers, matters) => {
    expect(bodyMatters({ status, headers }, operation, PROFILES.crest)).toBe(matters);
    expect(bodyMatters({ status, headers }, operation, PROFILES.aic)).toBe(matters);
  });

  it("is no where no row asks", () => {
    for (const status of [200, 400, 403, 500, 503])
      for (const operation of OPERATIONS)
        expect(bodyMatters({ status, headers: JSON_TYPE }, operation, PROFILES.none)).toBe(false);
  });

  it("is no only where every body would come to the same", () => {
    const body = fc.oneof(
      fc.string(),
      fc
        .record({ code: fc.nat(600), message: fc.constantFrom("already exists", "Inactive script", "m") })
        .map(toText),
      fc.record({ error: fc.record({ code: fc.constantFrom(400, 429, 500, 503) }) }).map(toText),
    );
    const facts = factsOf(`GET ${USER}`);
    fc.assert(
      fc.property(
        fc.integer({ min: 200, max: 599 }),
        fc.constantFrom(...OPERATIONS),
        fc.constantFrom(...PROFILE_NAMES),
        body,
        (status, operation, name, text) => {
          const tables = PROFILES[name];
          if (bodyMatters({ status, headers: JSON_TYPE }, operation, tables)) return;
          const answer = { kind: "answered", status, headers: JSON_TYPE } as const;
          const read = judge({ ...answer, text }, { facts, operation }, tables);
          expect(judge({ ...answer, text: undefined }, { facts, operation }, tables)).toEqual(read);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

function toText(body: unknown): string {
  return JSON.stringify(body);
}
