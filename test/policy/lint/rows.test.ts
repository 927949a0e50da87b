/** Which row hides which: for each kind of condition what covers it, and the near misses that do not. */
import { describe, expect, it } from "vitest";
import { compilePolicy } from "../../../src/policy/load.ts";

/** Whether the second of two rows is said to have no effect; any other mistake is an error. */
function hidden(table: "answers" | "operations", first: string, second: string): boolean {
  const row = (conditions: string, what: string) =>
    table === "answers"
      ? `{ when: ${conditions}, means: ${what === "one" ? "ok" : "defect"} }`
      : `{ match: ${conditions}, replay: ${what === "one" ? "read" : "unsafe"} }`;
  const source = `version: 1\n${table}:\n  - ${row(first, "one")}\n  - ${row(second, "two")}\n`;
  const loaded = compilePolicy(source, { file: "p.yaml", env: {} });
  if ("policy" in loaded) return false;
  expect(loaded.mistakes.map(({ path }) => path)).toEqual([`${table}[1]`]);
  expect(loaded.mistakes[0]?.message).toMatch(/^has no effect: the row at p\.yaml:3 /);
  return true;
}

type Pair = readonly [first: string, second: string, expected: boolean];

const OF_REQUESTS: readonly Pair[] = [
  ["{ method: [GET, PUT] }", "{ method: PUT }", true],
  ["{ method: GET }", "{ method: get, path: /x }", true],
  ["{ method: GET }", "{ method: [GET, PUT] }", false],
  ["{ method: GET }", "{ path: /x }", false],
  ["{ path: ['/x/**', /y] }", "{ path: [/y, /x/z] }", true],
  ["{ path: '/x/**' }", "{ path: [/x/z, /y] }", false],
  ["{ path: /x }", "{ method: GET }", false],
  ["{ query: { _action: 'get*' } }", "{ query: { _ACTION: getTime, other: 1 } }", true],
  ["{ query: { a: '*' } }", "{ query: { b: x } }", false],
  ["{ query: { a: x } }", "{ query: { a: '*' } }", false],
  ["{ query: { a: x, b: y } }", "{ query: { a: x } }", false],
];

describe("an answers row hides a later one", () => {
  it.each<Pair>([
    ...OF_REQUESTS,
    ["{ status: 5xx }", "{ status: [503, 500-504] }", true],
    ["{ status: [500-502, 503-599] }", "{ status: 5xx }", true],
    ["{ status: 503 }", "{ status: [503, 504] }", false],
    ["{ status: 503 }", "{ origin: tenant }", false],
    ["{ origin: tenant }", "{ origin: tenant, status: 503 }", true],
    ["{ origin: tenant }", "{ origin: edge }", false],
    ["{ origin: tenant }", "{ status: 503 }", false],
    ["{ contentType: 'text/*' }", "{ contentType: text/html }", true],
    ["{ contentType: text/html }", "{ contentType: 'text/*' }", false],
    ["{ contentType: text/html }", "{ message: text/html }", false],
    ["{ message: '*again*' }", "{ message: 'Try AGAIN later' }", true],
    ["{ message: '*again' }", "{ message: '*again*' }", false],
    ["{ body: { error.code: '4*' } }", "{ body: { error.code: 409, error.x: y } }", true],
    ["{ body: { error.code: '4*' } }", "{ body: { error.reason: 409 } }", false],
    ["{ header: { Retry-After: '*' } }", "{ header: { retry-after: 1 } }", true],
    ["{ header: { Retry-After: '*' } }", "{ header: { via: 1 } }", false],
    ["{ failure: [reset, timeout] }", "{ failure: reset, operation: read }", true],
    ["{ failure: reset }", "{ failure: [reset, timeout] }", false],
    ["{ failure: reset }", "{ status: 503 }", false],
    ["{ operation: create }", "{ failure: reset, operation: create }", false],
    ["{ failure: reset }", "{ operation: create }", false],
    ["{ operation: [read, query] }", "{ operation: query, status: 200 }", true],
    ["{ operation: read }", "{ operation: [read, query] }", false],
    ["{ operation: read }", "{ status: 503 }", false],
  ])("%s before %s: %s", (first, second, expected) => {
    expect(hidden("answers", first, second)).toBe(expected);
  });
});

describe("an operations row hides a later one", () => {
  it.each<Pair>([
    ...OF_REQUESTS,
    ["{ header: { a: '*' } }", "{ header: { A: x } }", true],
    ["{ header: { a: '*' } }", "{ header: { b: x } }", false],
    ["{ header: { a: '*' } }", "{ query: { a: x } }", false],
    ["{ body: { grant_type: 'urn:*' } }", "{ body: { grant_type: 'urn:x' } }", true],
    ["{ body: { grant_type: 'urn:*' } }", "{ body: { Grant_Type: 'urn:x' } }", false],
    ["{ body: { grant_type: 'urn:*' } }", "{ path: /x }", false],
  ])("%s before %s: %s", (first, second, expected) => {
    expect(hidden("operations", first, second)).toBe(expected);
  });
});

describe("rows of different lists", () => {
  it("hide nothing: a route's own stand in front of the file's, and both in front of the profile's", () => {
    const source = `
version: 1
answers:
  - { when: { status: 503 }, means: unavailable }
routes:
  - name: a
    match: { path: /a }
    answers:
      - { when: { status: 503 }, means: unavailable }
`;
    expect(compilePolicy(source, { file: "p.yaml", env: {} })).toHaveProperty("policy");
  });
});
