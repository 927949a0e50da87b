/**
 * Whatever the lint says can never match, never does: policies and requests are made up, and the functions that the
 * gateway asks are asked about every row that was called unreachable.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { classify } from "../../../src/decide/classify.ts";
import { judge } from "../../../src/decide/judge.ts";
import type { Outcome } from "../../../src/decide/outcome.ts";
import { headMatches, type RequestFacts, requestFacts, requestMatches } from "../../../src/decide/request.ts";
import { outcomeTable, requestTable } from "../../../src/decide/table.ts";
import { parseTarget } from "../../../src/http/target.ts";
import { compileAnswers, compileHeadMatch, compileOperations } from "../../../src/policy/compile-rows.ts";
import { compilePolicy } from "../../../src/policy/load.ts";
import { loadProfile } from "../../../src/policy/profile.ts";
import { type Document, parseYaml } from "../../../src/policy/written/document.ts";
import { type PolicyWritten, policyFile } from "../../../src/policy/written/schema.ts";
import { policyOf } from "../compiled.ts";

const loaded = loadProfile("aic");
if ("mistakes" in loaded) throw new Error("the profile aic does not load");
const { profile } = loaded;
const { dialects: DIALECTS, origins: ORIGINS, fallback } = policyOf("");
const MEANINGS = fallback.meanings;

const some = <T>(values: readonly T[]) =>
  fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 3 });
const optional = <T extends Record<string, fc.Arbitrary<unknown>>>(shape: T) =>
  fc.record(shape, { requiredKeys: [] });

const glob = fc.constantFrom("a", "b", "ab", "a*", "*b", "*");
const path = fc.constantFrom(
  "/**",
  "/x/**",
  "/x",
  "/x/*",
  "/x/a*",
  "/**/b",
  "/x/b",
  "/am/oauth2/**",
  "/y/**",
);
const method = some(["GET", "POST", "PUT", "DELETE", "PATCH"]);
const operation = fc.constantFrom("create", "read", "update", "delete", "patch", "action", "query", "other");
const named = (...names: string[]) =>
  fc.dictionary(fc.constantFrom(...names), glob, { minKeys: 1, maxKeys: 2 });

const requestConditions = {
  method,
  path: fc.uniqueArray(path, { minLength: 1, maxLength: 2 }),
  query: named("q", "Q", "_action"),
};
const match = optional({
  ...requestConditions,
  header: named("h", "H", "X-HTTP-Method-Override"),
  body: named("m", "n"),
}).filter((each) => Object.keys(each).length > 0);
const when = optional({
  status: fc.array(fc.constantFrom("4xx", "5xx", 503, 500, "400-499", "500-504", "504-500"), {
    minLength: 1,
    maxLength: 2,
  }),
  origin: fc.constantFrom("tenant", "edge", "gateway"),
  contentType: glob,
  body: named("m", "n"),
  message: glob,
  header: named("h", "H"),
  failure: some(["reset", "timeout", "refused"]),
  operation: fc.uniqueArray(operation, { minLength: 1, maxLength: 2 }),
  ...requestConditions,
}).filter((each) => Object.keys(each).length > 0);

/** With a body it would be a mistake of its own. */
const routeMatch = match.map(({ body: _, ...others }) => others);

const operationRow = fc
  .record(
    { match, replay: fc.constantFrom("read", "unsafe"), operation, attempts: fc.constantFrom(1, 2) },
    { requiredKeys: ["match"] },
  )
  .filter((row) => Object.keys(row).length > 1);
const answerRow = fc.record({ when, means: fc.constantFrom("ok", "defect") });

type Asked = {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: string[];
  readonly body: string;
};

/** A request as it comes in: its path may be spelt oddly, its method overridden, a parameter may stand twice. */
const request: fc.Arbitrary<Asked> = fc.record({
  method: fc.constantFrom("GET", "POST", "PUT", "DELETE", "PATCH"),
  path: fc.constantFrom(
    "/x",
    "/x/a",
    "/x/b",
    "/x/a/b",
    "/y/b",
    "/am/oauth2/b",
    "/y/../x/b",
    "/%78/a",
    "/x//b",
  ),
  query: fc.constantFrom(
    "",
    "?q=a",
    "?Q=ab&q=b",
    "?_action=ab",
    "?_action=create&q=ab",
    "?_queryFilter=a&Q=a",
  ),
  headers: fc.constantFrom<string[]>([], ["H", "a"], ["h", "ab"], ["X-HTTP-Method-Override", "PUT"]),
  body: fc.constantFrom('{"m":"a"}', '{"m":"ab","n":"b"}', "[]"),
});

/** A request with one way to read it. */
const plain = request.filter(
  ({ path, headers }) => !/\.\.|%|\/\//.test(path) && headers[0] !== "X-HTTP-Method-Override",
);

/** The request itself, the read of what a write has left behind, and the PUT that a create is turned into. */
function sentFor(asked: Asked): Asked[] {
  const { method, path } = asked;
  if (method === "GET") return [asked];
  const read = { ...asked, method: "GET", query: "" };
  if (method !== "POST") return [asked, read];
  const below = `${path}/1`;
  return [asked, read, { ...read, path: below }, { ...asked, method: "PUT", path: below }];
}

const outcome: fc.Arbitrary<Outcome> = fc.oneof(
  fc.record({
    kind: fc.constant("answered" as const),
    status: fc.constantFrom(200, 400, 404, 500, 503, 504),
    headers: fc.constantFrom<string[]>(
      ["Content-Type", "a"],
      ["Via", "1.1 google", "Content-Type", "ab"],
      ["H", "ab", "Content-Type", "application/json"],
    ),
    text: fc.constantFrom('{"m":"a","message":"ab"}', '{"n":"ab","m":"b"}', "ab", undefined),
  }),
  fc.record({
    kind: fc.constant("failed" as const),
    failure: fc.constantFrom("reset" as const, "timeout" as const),
    code: fc.constant("X"),
    sent: fc.boolean(),
  }),
);

function factsOf({ method, path, query, headers, body }: Asked): RequestFacts {
  const parsed = parseTarget(method, path + query);
  if ("problem" in parsed) throw new Error(parsed.problem);
  const typed = ["Content-Type", "application/json", ...headers];
  return requestFacts({ method, target: parsed.target, headers: typed, body: Buffer.from(body) });
}

type File = { readonly source: string; readonly document: Document; readonly written: PolicyWritten };

/** Rows on lines of their own, so that each is known by its line. */
function fileOf(policy: object): File {
  const source = JSON.stringify({ version: 1, ...policy }, null, 1);
  const { document } = parseYaml(source, { file: "p.yaml", env: {} });
  if (!document) throw new Error("not YAML");
  return { source, document, written: policyFile.parse(document.values()) };
}

/** The paths of which the lint says that they never match. */
function calledUnreachable({ source }: File, about: RegExp): string[] {
  const result = compilePolicy(source, { file: "p.yaml", env: {} });
  return "mistakes" in result
    ? result.mistakes.filter(({ message }) => about.test(message)).map(({ path }) => path)
    : [];
}

const RUNS = { numRuns: 500 };

describe("what the lint calls unreachable", () => {
  it("is never the route that serves a request", () => {
    let told = 0;
    const routes = fc.array(routeMatch, { minLength: 2, maxLength: 3 });
    fc.assert(
      fc.property(routes, fc.array(request, { minLength: 5, maxLength: 5 }), (matches, requests) => {
        const file = fileOf({ routes: matches.map((each, index) => ({ name: `r${index}`, match: each })) });
        const paths = calledUnreachable(file, /./);
        told += paths.length;
        const compiled = (file.written.routes ?? []).map((each) => compileHeadMatch(each.match));
        for (const each of requests) {
          // A route is chosen before there is a body.
          const facts = { ...factsOf(each), body: undefined };
          const serving = compiled.findIndex((one) => headMatches(one, facts));
          expect(paths.filter((one) => one.startsWith(`routes[${serving}]`))).toEqual([]);
        }
      }),
      RUNS,
    );
    expect(told).toBeGreaterThan(30);
  });

  it("never decides what a request is", () => {
    let told = 0;
    const rows = fc.array(operationRow, { minLength: 2, maxLength: 4 });
    fc.assert(
      fc.property(rows, fc.array(request, { minLength: 5, maxLength: 5 }), (operations, requests) => {
        const file = fileOf({ operations });
        const dead = calledUnreachable(file, /has no effect|two spellings/);
        told += dead.length;
        const all = compileOperations(file.written.operations, { document: file.document, path: [] });
        const alive = all.filter((_, i) => !dead.some((each) => each.startsWith(`operations[${i}]`)));
        for (const each of requests) {
          const facts = factsOf(each);
          const asked = (rows: typeof all) =>
            classify(facts, {
              dialects: DIALECTS,
              operations: requestTable([...rows, ...profile.operations]),
            });
          expect(asked(alive)).toEqual(asked(all));
        }
      }),
      RUNS,
    );
    expect(told).toBeGreaterThan(30);
  });

  it("never decides what an outcome means", () => {
    let told = 0;
    const rows = fc.array(answerRow, { minLength: 2, maxLength: 4 });
    const pairs = fc.array(fc.tuple(request, outcome), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(rows, fc.array(operationRow, { maxLength: 1 }), pairs, (answers, operations, asked) => {
        const file = fileOf({ answers, operations });
        // What is passed over in a row is a mistake too, but does not keep the row from matching.
        const dead = calledUnreachable(file, /^(?!a failure|no status is)/);
        told += dead.length;
        const at = { document: file.document, path: [] };
        const all = compileAnswers(file.written.answers, at);
        const alive = all.filter((_, i) => !dead.some((each) => each.startsWith(`answers[${i}]`)));
        const own = compileOperations(file.written.operations, at);
        for (const [each, came] of asked) {
          const facts = factsOf(each);
          const operations = requestTable([...own, ...profile.operations]);
          const { operation: is } = classify(facts, { dialects: DIALECTS, operations });
          const told = (rows: typeof all) =>
            judge(
              came,
              { facts, operation: is },
              { origins: ORIGINS, meanings: MEANINGS, answers: outcomeTable(rows) },
            ).at;
          expect(told(alive)).toBe(told(all));
        }
      }),
      RUNS,
    );
    expect(told).toBeGreaterThan(30);
  });

  it("in a route is never matched by what goes out under that route", () => {
    let told = 0;
    const rows = fc.array(operationRow, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(
        routeMatch,
        rows,
        fc.array(plain, { minLength: 8, maxLength: 8 }),
        (match, operations, requests) => {
          const file = fileOf({ routes: [{ name: "r", match, operations, replayableCreates: true }] });
          const dead = calledUnreachable(file, /never matches/);
          told += dead.length;
          const [route] = file.written.routes ?? [];
          if (!route) throw new Error("no route");
          const all = compileOperations(route.operations, { document: file.document, path: ["routes", 0] });
          const gone = all.filter((_, i) =>
            dead.some((each) => each.startsWith(`routes[0].operations[${i}]`)),
          );
          const served = requests.filter((each) => headMatches(compileHeadMatch(route.match), factsOf(each)));
          for (const each of served.flatMap(sentFor))
            for (const row of gone) expect(requestMatches(row.match, factsOf(each))).toBe(false);
        },
      ),
      RUNS,
    );
    expect(told).toBeGreaterThan(30);
  });
});
