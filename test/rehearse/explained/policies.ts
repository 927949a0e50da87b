/** Policies made by chance: settings, rows and routes of an operator, in front of each of the profiles. */
import fc from "fast-check";
import { OPERATIONS, REPLAY_CLASSES } from "../../../src/crest/words.ts";
import { FAILURES, HEALTHS, MEANINGS, RETRY_RULES } from "../../../src/decide/words.ts";
import { among, fewOf, METHODS, present, some } from "./pools.ts";

const REQUEST_MATCH = fc
  .record({
    method: some(METHODS),
    path: some(
      among(
        "/openidm/**",
        "/am/json/**",
        "/**",
        "/openidm/managed/*",
        "/openidm/system/*/**",
        "/elsewhere/*",
      ),
    ),
    query: some(among({ _action: "*" }, { _queryFilter: "*" }, { _ACTION: "create" }), 5),
    header: some(
      among({ "x-forwarded-for": "*" }, { "If-Match": "*" }, { "content-length": "0" }, { "X-Mode": "fast" }),
      5,
    ),
    body: some(among({ grant_type: "*" }, { userName: "demo" }), 6),
  })
  .map(present);

const ROW_MATCH = REQUEST_MATCH.filter((match) => Object.keys(match).length > 0);

const OPERATION_ROW = fc
  .record({
    match: ROW_MATCH,
    operation: some(among(...OPERATIONS)),
    replay: some(among(...REPLAY_CLASSES)),
    attempts: some(fc.integer({ min: 1, max: 4 })),
  })
  .map(present)
  .filter((row) => Object.keys(row).length > 1);

const ANSWER_ROW = fc.record({
  when: fc
    .record({
      status: some(among<unknown>(503, "5xx", "500-504", "4xx", 200, "2xx", [429, 500], 412)),
      origin: some(among("tenant", "edge"), 5),
      contentType: some(among("*json*", "text/*"), 5),
      body: some(among({ state: "pending" }, { "error.code": "*" }, { error: "*" }), 5),
      message: some(among("*try again*", "Access Denied", "*"), 2),
      header: some(among({ "retry-after": "*" }, { via: "*" }), 5),
      operation: some(among("query", "create", "patch"), 5),
      method: some(METHODS, 6),
      path: some(among("/openidm/**", "/am/**"), 5),
    })
    .map(present)
    .filter((when) => Object.keys(when).length > 0),
  means: among(...MEANINGS),
});

const FAILURE_ROW = fc.record({
  when: fc.record({ failure: among(...FAILURES) }),
  means: among("unreachable", "cut-off", "garbled", "defect", "throttled"),
});

/** A refusal stays certain: what becomes of one after an uncertain attempt is another story than `explain`'s. */
const UNCERTAIN = [
  "throttled",
  "request-timeout",
  "defect",
  "bad-gateway",
  "unavailable",
  "timed-out",
  "cut-off",
] as const;

const VERDICTS = fc.dictionary(
  among(...UNCERTAIN, "rejected", "unauthenticated", "silent", "unreachable"),
  fc
    .record({
      retry: some(among(...RETRY_RULES)),
      health: some(among(...HEALTHS)),
      attempts: some(fc.integer({ min: 1, max: 5 })),
      minDelay: some(among("0s", "250ms", "3s")),
      closesGate: some(fc.boolean(), 4),
    })
    .map(present),
  { maxKeys: 4 },
);

const SETTINGS = {
  deadline: some(among("1s", "10s", "12s", "10m")),
  attempt: some(fc.record({ timeout: among("900ms", "10s", "12s"), connect: among("300ms", "900ms") })),
  retry: some(
    fc
      .record({
        attempts: some(fc.integer({ min: 1, max: 5 })),
        backoff: some(fc.record({ base: among("1ms", "100ms", "900ms"), max: among("900ms", "5s") })),
        retryAfter: some(fc.record({ max: among("0s", "1s", "20s") })),
      })
      .map(present),
  ),
  replay: some(fc.record({ maxBody: among("0B", "40B", "1KiB") }), 3),
};

const TABLES = {
  operations: fewOf(OPERATION_ROW, 2),
  answers: fewOf(fc.oneof({ weight: 4, arbitrary: ANSWER_ROW }, { weight: 1, arbitrary: FAILURE_ROW }), 3),
  meanings: VERDICTS,
};

const ROUTE = fc
  .record({
    match: REQUEST_MATCH.map(({ body: _, ...match }) => match),
    family: some(among("openidm", "monitoring", "own"), 3),
    replayableCreates: some(fc.boolean()),
    ...SETTINGS,
    ...TABLES,
  })
  .map(present);

const USERS = fc.constant({
  name: "users",
  match: { path: "/openidm/managed/alpha_user/**" },
  replayableCreates: true,
});

/** The text of a policy file; YAML takes JSON. Not every one is good: settings may contradict each other. */
export const policyTexts: fc.Arbitrary<string> = fc
  .record({
    version: fc.constant(1),
    extends: among("aic", "aic", "crest", "none"),
    forwarded: some(among("none", "append")),
    lostAnswers: fc.constant("annotate"),
    ...SETTINGS,
    ...TABLES,
    routes: fc
      .tuple(fewOf(USERS, 1), fewOf(ROUTE, 3))
      .map(([users, routes]) => [
        ...users,
        ...routes.map((route, index) => ({ name: `route-${index}`, ...route })),
      ]),
  })
  .map((file) => JSON.stringify(present(file), null, 1));
