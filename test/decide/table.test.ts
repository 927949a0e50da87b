/**
 * An index only saves questions: whatever rows a policy has and whatever is asked of them, it finds the row that asking
 * them all in turn finds.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OPERATIONS, type Operation } from "../../src/crest/words.ts";
import { classify } from "../../src/decide/classify.ts";
import { bodyMatters, judge } from "../../src/decide/judge.ts";
import type { Outcome } from "../../src/decide/outcome.ts";
import { compilePath } from "../../src/decide/pattern.ts";
import { type RequestFacts, requestFacts } from "../../src/decide/request.ts";
import type { RequestMatch } from "../../src/decide/rows.ts";
import { familyTable, outcomeTable, requestTable, rowsAbout, rowsOn } from "../../src/decide/table.ts";
import { DIALECTS, FAILURES, MEANINGS, ORIGINS } from "../../src/decide/words.ts";
import { chooseRoute } from "../../src/gateway/routing.ts";
import { parseTarget } from "../../src/http/target.ts";
import { compileMatch, compileWhen } from "../../src/policy/compile-rows.ts";
import { policyOf } from "../policy/compiled.ts";
import { factsOf } from "../support/facts.ts";
import { PROFILE_NAMES, USER } from "./built-in.ts";
import { linearBodyMatters, linearChoice, linearClassify, linearJudge } from "./linear.ts";

const AIC = policyOf("");
const METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "MERGE"];

/** Some of these conditions: the more a row has, the less often they all hold. */
const few = <T extends object>(
  conditions: { readonly [K in keyof T]: fc.Arbitrary<T[K]> },
  { minLength, maxLength }: { minLength: number; maxLength: number },
): fc.Arbitrary<Partial<T>> => {
  const names = Object.keys(conditions) as (keyof T)[];
  return fc
    .tuple(fc.record(conditions), fc.subarray(names, { minLength, maxLength }))
    .map(([all, chosen]) => {
      const left: Partial<T> = {};
      for (const name of chosen) left[name] = all[name];
      return left;
    });
};
const some = <T>(values: readonly T[], maxLength = 3) =>
  fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength });
/** Enough of them to fill a set's number more than twice over. */
const many = <T>(row: fc.Arbitrary<T>) => fc.array(row, { maxLength: 70, size: "max" });

const glob = fc.constantFrom("a", "ab", "a*", "*b", "*");
const named = (...names: string[]) =>
  fc.dictionary(fc.constantFrom(...names), glob, { minKeys: 1, maxKeys: 2 });

const pathPattern = fc.oneof(
  { weight: 1, arbitrary: fc.constant("*") },
  {
    weight: 9,
    arbitrary: fc
      .array(fc.constantFrom("a", "b", "c", "", "*", "**", "a*", "*b"), { minLength: 1, maxLength: 5 })
      .map((segments) => `/${segments.join("/")}`),
  },
);
const requestConditions = {
  method: some(METHODS),
  path: fc.uniqueArray(pathPattern, { minLength: 1, maxLength: 3 }),
  query: named("q", "_action"),
};
const match = few(
  { ...requestConditions, header: named("h", "content-length"), body: named("m", "n") },
  { minLength: 2, maxLength: 4 },
).map((written) => compileMatch(written));
const headMatch = match.map(({ body: _, ...head }) => head);

const STATUSES = [100, 199, 200, 201, 299, 400, 401, 404, 409, 412, 499, 500, 502, 503, 504, 599];
const status = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...STATUSES) },
  { weight: 1, arbitrary: fc.constantFrom("2xx", "4xx", "5xx", "500-504", "504-500", "100-599", "199-201") },
);
const operation: fc.Arbitrary<Operation> = fc.constantFrom(...OPERATIONS);
const failureConditions = { failure: some(FAILURES), operation: some(OPERATIONS), ...requestConditions };
const outcomeConditions = {
  status: fc.array(status, { minLength: 1, maxLength: 3 }),
  contentType: glob,
  body: named("m", "n.o"),
  message: glob,
  header: named("h"),
  origin: fc.constantFrom(...ORIGINS),
  operation: some(OPERATIONS),
  ...requestConditions,
};
/** As a policy may have them, where a row about failures says nothing of answers. */
const when = fc
  .oneof(
    { weight: 7, arbitrary: few(outcomeConditions, { minLength: 2, maxLength: 4 }) },
    { weight: 3, arbitrary: few(failureConditions, { minLength: 1, maxLength: 3 }) },
  )
  .map((written) => compileWhen(written));

const numbered = <T extends object>(rows: readonly T[]) =>
  rows.map((row, index) => ({ ...row, at: `row ${index}` }));

const answerRows = many(fc.record({ when, means: fc.constantFrom(...MEANINGS) }));
const originRows = many(fc.record({ when, origin: fc.constantFrom(...ORIGINS) }));
const operationRows = many(
  fc.record(
    {
      match,
      operation: fc.constantFrom(...OPERATIONS),
      replay: fc.constantFrom("read" as const, "unsafe" as const),
      attempts: fc.constantFrom(1, 2),
    },
    { requiredKeys: ["match"] },
  ),
);
const dialectRows = many(fc.record({ match: headMatch, dialect: fc.constantFrom(...DIALECTS) }));
const familyPaths = many(
  fc.uniqueArray(pathPattern, { minLength: 1, maxLength: 3 }).map((paths) => paths.map(compilePath)),
);

type Sent = {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly string[];
  readonly body?: string | undefined;
};

function sent({ method, target, headers, body }: Sent): RequestFacts {
  const parsed = parseTarget(method, target);
  if ("problem" in parsed) throw new Error(parsed.problem);
  const held = body === undefined ? undefined : Buffer.from(body);
  return requestFacts({ method, target: parsed.target, headers, body: held });
}

const query = fc.constantFrom("", "?q=a", "?q=ab&Q=b", "?_action=create", "?_action=ab", "?_queryFilter=a");
const headers = fc
  .subarray([
    ["H", "ab"],
    ["X-HTTP-Method-Override", "PUT"],
    ["If-Match", '"7"'],
    ["If-None-Match", "*"],
    ["Content-Length", "2"],
  ])
  .map((fields) => ["Content-Type", "application/json", ...fields.flat()]);
const body = fc.constantFrom('{"m":"a"}', '{"m":"ab","n":"b"}', '[{"operation":"replace","field":"x"}]', "");

/** Paths may be spelt so that they can be read in several ways. */
const spelling = fc.constantFrom("a", "b", "c", "d", "ab", "", ".", "..", "%61", "%2F", "%252e%252e", "\\");
const facts = fc
  .record(
    {
      method: fc.constantFrom(...METHODS),
      target: fc
        .tuple(fc.array(spelling, { minLength: 1, maxLength: 5 }), query)
        .map(([segments, asked]) => `/${segments.join("/")}${asked}`),
      headers,
      body,
    },
    { requiredKeys: ["method", "target", "headers"] },
  )
  .map(sent);
const anyFacts = fc.oneof(
  { weight: 30, arbitrary: facts },
  { weight: 1, arbitrary: fc.constant(sent({ method: "OPTIONS", target: "*", headers: [] })) },
);

const answerHeaders = fc
  .subarray([
    ["H", "ab"],
    ["Via", "1.1 google"],
    ["X-ForgeRock-TransactionId", "1"],
  ])
  .chain((fields) =>
    fc
      .constantFrom("a", "text/html", "application/json; charset=utf-8", "application/problem+json")
      .map((type) => ["Content-Type", type, ...fields.flat()]),
  );
const text = fc.constantFrom(
  undefined,
  "",
  "ab",
  '{"m":"a","message":"ab"}',
  '{"n":{"o":"ab"}}',
  '{"error":{"code":503}}',
  '{"error":"server_error"}',
  '{"message":"Access Denied"}',
  '{"message":"Inactive script: x"}',
);
const statuses = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...STATUSES, 0, 99, 600, 999) },
  { weight: 1, arbitrary: fc.integer({ min: 100, max: 599 }) },
);
const outcome: fc.Arbitrary<Outcome> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("answered" as const),
      status: statuses,
      headers: answerHeaders,
      text,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("failed" as const),
      failure: fc.constantFrom(...FAILURES),
      code: fc.constant("E"),
      sent: fc.boolean(),
    }),
  },
);

/** What a pattern could stand for, a path or a text. */
const filled = (source: string) =>
  fc
    .tuple(fc.constantFrom("", "/x", "/x/y", "/json", "/oauth2"), fc.constantFrom("x", "am", "json", "1", ""))
    .map(([deep, one]) => source.replaceAll("/**", deep).replaceAll("*", one));

/** A request that a row could mean, or that lies beside it in one thing or another. */
const meantBy = ({ methods, paths, query, headers, body }: RequestMatch): fc.Arbitrary<RequestFacts> => {
  const members = (all: RequestMatch["query"] = []) => fc.subarray([...all], { minLength: all.length });
  const values = (all: RequestMatch["query"]) =>
    fc
      .oneof({ weight: 6, arbitrary: members(all) }, { weight: 1, arbitrary: fc.constant([]) })
      .map((each) =>
        each.map(({ name, value }): [string, string] => [name, value.source.replaceAll("*", "x")]),
      );
  return fc
    .record({
      method: fc.oneof(
        { weight: 6, arbitrary: fc.constantFrom(...(methods ?? METHODS)) },
        { weight: 1, arbitrary: fc.constantFrom(...METHODS) },
      ),
      path: fc.constantFrom(...(paths ?? [{ source: USER }])).chain(({ source }) => filled(source)),
      end: fc.oneof({ weight: 6, arbitrary: fc.constant("") }, fc.constantFrom("/", "/z", "/../x", "%2Fx")),
      query: values(query),
      headers: values(headers),
      body: values(body),
      others: fc.subarray(
        [
          ["X-HTTP-Method-Override", "PUT"],
          ["If-Match", '"7"'],
        ],
        { maxLength: 1 },
      ),
    })
    .map(({ method, path, end, query, headers, body, others }) =>
      sent({
        method,
        target: `/${(path + end).slice(1)}?${new URLSearchParams(query)}`,
        headers: ["Content-Type", "application/json", ...headers.flat(), ...others.flat()],
        body: headers.length > 0 ? undefined : JSON.stringify(Object.fromEntries(body)),
      }),
    );
};

const profiles = PROFILE_NAMES.map((name) => {
  const policy = policyOf(`extends: ${name}
operations: [{ match: { method: POST, path: "/openidm/**" }, attempts: 2 }]
routes:
  - { name: users, match: { path: "/openidm/managed/*_user/**" } }
  - { name: reads, match: { method: [GET, HEAD], path: ["/am/**", "/openidm/managed/**"] } }
  - { name: posts, match: { method: POST }, answers: [{ when: { status: 4xx, path: "/openidm/*/*" }, means: rejected }] }
`);
  const { fallback, dialects, families, routes } = policy;
  const matches: RequestMatch[] = [
    ...[...fallback.operations.rows, ...dialects.rows, ...routes.rows].map(({ match }) => match),
    ...fallback.answers.rows.flatMap(({ when }) => when.request ?? []),
    ...families.rows.map(({ paths }) => ({ paths })),
  ];
  return { name, policy, asked: fc.constantFrom(...matches).chain(meantBy) };
});

/** Which rows a law met, so that it cannot be true of nothing: rows behind the first 32 stand in another number. */
const witness = () => {
  const met = { none: 0, early: 0, late: 0 };
  return {
    met: (at: string | undefined) => {
      const row = Number(/^row (\d+)$/.exec(at ?? "")?.[1] ?? -1);
      met[row < 0 ? "none" : row < 32 ? "early" : "late"]++;
    },
    leastMet: () => Math.min(...Object.values(met)),
  };
};

const RUNS = { numRuns: 150 };

describe("rows made by chance: the index finds what a walk through all of them finds", () => {
  it("of answers and origins", () => {
    const { met, leastMet } = witness();
    const { meanings } = AIC.fallback;
    const asked = fc.array(fc.tuple(outcome, anyFacts, operation), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(answerRows, originRows, asked, (means, speaks, all) => {
        const answers = outcomeTable(numbered(means));
        const origins = outcomeTable(numbered(speaks));
        for (const [came, facts, operation] of all) {
          const tables = { answers, origins, meanings };
          const judged = judge(came, { facts, operation }, tables);
          expect(judged).toMatchObject(linearJudge(came, { facts, operation }, tables));
          met(judged.at);
        }
      }),
      RUNS,
    );
    expect(leastMet()).toBeGreaterThan(0);
  });

  it("of answers and origins that ask for the body", () => {
    const told = { yes: 0, no: 0 };
    const head = fc.record({ status: statuses, headers: answerHeaders });
    const asked = fc.array(fc.tuple(head, operation), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(answerRows, originRows, asked, (means, speaks, all) => {
        const answers = outcomeTable(numbered(means));
        const origins = outcomeTable(numbered(speaks));
        for (const [head, operation] of all) {
          const matters = bodyMatters(head, operation, { answers, origins });
          expect(matters).toBe(linearBodyMatters(head, operation, { answers, origins }));
          told[matters ? "yes" : "no"]++;
        }
      }),
      RUNS,
    );
    expect(Math.min(told.yes, told.no)).toBeGreaterThan(0);
  });

  it("of operations and dialects", () => {
    const { met, leastMet } = witness();
    const asked = fc.array(anyFacts, { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(operationRows, dialectRows, asked, (says, speaks, all) => {
        const operations = requestTable(numbered(says));
        const dialects = requestTable(numbered(speaks));
        for (const facts of all) {
          const classified = classify(facts, { operations, dialects });
          expect(classified).toEqual(linearClassify(facts, { operations, dialects }));
          met(classified.at);
        }
      }),
      RUNS,
    );
    expect(leastMet()).toBeGreaterThan(0);
  });

  it("of routes and families", () => {
    const { met, leastMet } = witness();
    const asked = fc.array(anyFacts, { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(many(headMatch), familyPaths, asked, (matches, all, requests) => {
        const routes = requestTable(numbered(matches.map((match) => ({ ...AIC.fallback, match }))));
        const families = familyTable(
          numbered(all.map((paths, index) => ({ paths, family: `f${index % 7}` }))),
        );
        const policy = { ...AIC, routes, families };
        for (const each of requests) {
          const facts = { ...each, body: undefined };
          const { route, familyAt } = chooseRoute(facts, policy, []);
          const chosen = linearChoice(facts, policy);
          expect(route.at).toBe(chosen.route ?? AIC.fallback.at);
          expect(familyAt).toBe(chosen.family ?? "no row speaks");
          met(chosen.route);
        }
      }),
      RUNS,
    );
    expect(leastMet()).toBeGreaterThan(0);
  });
});

describe.each(profiles)(
  "the profile $name: the index finds what a walk through all rows finds",
  ({ policy, asked }) => {
    it("of every request, and of what may come of it", () => {
      const decided = new Set<string>();
      fc.assert(
        fc.property(asked, outcome, (facts, came) => {
          const { route, familyAt } = chooseRoute(facts, policy, []);
          const chosen = linearChoice({ ...facts, body: undefined }, policy);
          expect(route.at).toBe(chosen.route ?? policy.fallback.at);
          expect(familyAt).toBe(chosen.family ?? "no row speaks");

          const rows = { operations: route.operations, dialects: policy.dialects };
          const classified = classify(facts, rows);
          expect(classified).toEqual(linearClassify(facts, rows));

          const { operation } = classified;
          const tables = { answers: route.answers, origins: policy.origins, meanings: route.meanings };
          const judged = judge(came, { facts, operation }, tables);
          expect(judged).toMatchObject(linearJudge(came, { facts, operation }, tables));
          if (came.kind === "answered")
            expect(bodyMatters(came, operation, tables)).toBe(linearBodyMatters(came, operation, tables));
          for (const at of [classified.at, classified.dialectAt, familyAt, judged.at, judged.originAt])
            decided.add(at);
        }),
        { numRuns: 1500 },
      );
      // The law is about rows that are met: no more than a few are left out by chance.
      const { operations } = policy.fallback;
      const all = [operations, policy.dialects, policy.families].flatMap((table) => [...table.rows]);
      expect(all.filter(({ at }) => !decided.has(at)).length).toBeLessThanOrEqual(2 + all.length / 10);
    });

    it("of every status, for every operation", () => {
      const facts = factsOf(`GET ${USER}`);
      const { answers, meanings } = policy.fallback;
      const tables = { answers, origins: policy.origins, meanings };
      for (const headers of [["Content-Type", "application/json"], ["Content-Type", "text/html"], []])
        for (const operation of OPERATIONS)
          for (let status = 99; status <= 600; status++) {
            const came = { kind: "answered", status, headers, text: undefined } as const;
            expect(bodyMatters(came, operation, tables)).toBe(linearBodyMatters(came, operation, tables));
            const { at } = judge(came, { facts, operation }, tables);
            expect(at).toBe(linearJudge(came, { facts, operation }, tables).at);
          }
    });
  },
);

describe("what is asked of a healthy read", () => {
  const read = factsOf(`GET ${USER}`);
  const good = { kind: "answered", status: 200, headers: [], text: undefined } as const;

  it("is no row about operations and dialects, and one family", () => {
    expect(rowsAbout(AIC.fallback.operations, read)).toEqual([]);
    expect(rowsAbout(AIC.dialects, read)).toEqual([]);
    expect(rowsAbout(AIC.families, read)).toMatchObject([{ family: "openidm" }]);
  });

  it("is what speaks about its status, and nothing of its body", () => {
    const { origins, fallback } = AIC;
    expect(rowsOn(fallback.answers, good, "read").map(({ means }) => means)).toEqual(["ok", "ok"]);
    expect(bodyMatters(good, "read", { answers: fallback.answers, origins })).toBe(false);
  });

  it("is none of the routes that lie elsewhere, however many there are", () => {
    const names = Array.from({ length: 100 }, (_, index) => `r${index}`);
    const rows = names.map((name) => `  - { name: ${name}, match: { path: "/openidm/managed/${name}/**" } }`);
    const { routes } = policyOf(`routes:\n${rows.join("\n")}`);
    expect(rowsAbout(routes, read)).toEqual([]);
    expect(rowsAbout(routes, factsOf("GET /openidm/managed/r77/1"))).toMatchObject([{ name: "r77" }]);
  });
});
