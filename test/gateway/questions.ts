/**
 * Questions that an operator could ask of `explain`, made by chance: a policy, a request, and what becomes of it.
 * The pools hold what the tables speak about, so that most questions meet some row and few meet none.
 */
import fc from "fast-check";
import { OPERATIONS, REPLAY_CLASSES } from "../../src/crest/words.ts";
import { FAILURES, HEALTHS, MEANINGS, RETRY_RULES } from "../../src/decide/words.ts";

export type AskedRequest = {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Undefined when there is none. */
  readonly body: string | undefined;
  readonly chunked: boolean;
};

/** A header's value; a moment is written when it is sent, so many seconds from then. */
export type HeaderValue = string | { readonly inSeconds: number; readonly as: "date" | "epoch" };

export type WireAnswer = {
  readonly kind: "answer";
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: HeaderValue])[];
  readonly body: string;
  readonly framing: "length" | "chunked" | "close" | "gzip";
};

/** What becomes of an attempt on the wire; `cut` is an answer whose body ends early. */
export type Wire =
  | WireAnswer
  | { readonly kind: "cut"; readonly status: number }
  | { readonly kind: "failure"; readonly failure: ProducedFailure };

/** A body cut short is `cut`; a way to the host that does not exist cannot be had on a loopback. */
export type ProducedFailure = Exclude<(typeof FAILURES)[number], "body-cut" | "connect-failed">;

export type Question = {
  readonly request: AskedRequest;
  readonly wire: Wire;
  /** Whether every attempt meets the same; else the second is answered 200. */
  readonly always: boolean;
  /** Where the dice fall. */
  readonly random: number;
};

const among = <const T>(...pool: readonly T[]) => fc.constantFrom(...pool);
const some = <T>(arbitrary: fc.Arbitrary<T>, freq = 2) => fc.option(arbitrary, { freq, nil: undefined });
const fewOf = <T>(arbitrary: fc.Arbitrary<T>, maxLength: number) => fc.array(arbitrary, { maxLength });

/** Without the members that are not there, as a file has it. */
const present = (value: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined));

// ---- requests ----

const METHODS = among(
  "GET",
  "GET",
  "HEAD",
  "POST",
  "POST",
  "POST",
  "PUT",
  "PUT",
  "PATCH",
  "DELETE",
  "OPTIONS",
);

const PATHS = among(
  "/openidm/managed/alpha_user",
  "/openidm/managed/alpha_user/1",
  "/openidm/system",
  "/openidm/system/ldap/account/1",
  "/openidm/system/hr%20db/account",
  "/openidm/config/sync",
  "/openidm/script",
  "/openidm/policy/managed/alpha_user/1",
  "/openidm/scheduler/job",
  "/openidm/endpoint/report",
  "/am/oauth2/realms/root/realms/alpha/access_token",
  "/am/oauth2/access_token",
  "/am/oauth2/introspect",
  "/am/oauth2/connect/endSession",
  "/am/oauth2/authorize",
  "/am/uma/resource_set",
  "/am/json/realms/root/realms/alpha/authenticate",
  "/am/json/realms/root/sessions",
  "/am/json/realms/root/realm-config/services",
  "/am/json/realms/root/policies",
  "/am/saml2/jsp/idpSSOInit.jsp",
  "/environment/variables/esv-a",
  "/environment/secrets/esv-b",
  "/environment/ccc/init",
  "/environment/startup",
  "/environment/certificates/1",
  "/iga/governance/catalog/search",
  "/iga/commons/glossary/1",
  "/monitoring/logs",
  "/auto/workflow/1",
  "/keys/1",
  "/feature/x",
  "/.well-known/openid-configuration",
  "/scim/v2/Users",
  "/elsewhere/x",
  // Other spellings of the above, which a server could understand by them.
  "/openidm//managed/alpha_user/./1",
  "/elsewhere/%2e%2e/openidm/managed/alpha_user/1",
  "/%61m/oauth2/access_token",
  "/am\\json\\authenticate",
  "/openidm;v=1/managed/alpha_user",
);

const RANDOM_PATH = fc
  .array(among("openidm", "am", "system", "managed", "json", "oauth2", "a", "..", ".", "", "%2f", "*", "é"), {
    minLength: 1,
    maxLength: 5,
  })
  .map((segments) => `/${segments.join("/").replaceAll("é", "%C3%A9")}`);

const PARAMETERS = among(
  "_action=create",
  "_ACTION=Create",
  "_Action=patch",
  "_action=getSessionInfo",
  "_action=logout",
  "_action=validateGoto",
  "_action=test",
  "_action=setDescription",
  "_action=triggerrecon&_action=create",
  "_queryFilter=true",
  "_QUERYFILTER=true",
  "_queryId=query-all",
  "_fields=*",
  "_fields=userName",
  "grant_type=client_credentials",
  "Grant_Type=password",
  "method=DELETE",
  "SAMLart=x",
  "request_uri=urn:x",
  "suspendedId=1",
  "_%61ction=create",
  "empty",
);

const TARGETS = fc
  .tuple(
    fc.oneof({ weight: 5, arbitrary: PATHS }, { weight: 1, arbitrary: RANDOM_PATH }),
    fewOf(PARAMETERS, 2),
    fc.oneof(
      { weight: 9, arbitrary: fc.constant("") },
      { weight: 1, arbitrary: fc.constant("http://elsewhere") },
    ),
  )
  .map(
    ([path, parameters, origin]) => origin + path + (parameters.length > 0 ? `?${parameters.join("&")}` : ""),
  );

const REQUEST_HEADERS = among<readonly [string, string]>(
  ["If-Match", '"3"'],
  ["If-Match", "*"],
  ["If-Match", 'W/"3"'],
  ["if-match", '"3", "4"'],
  ["If-Match", "3"],
  ["If-None-Match", "*"],
  ["If-None-Match", '"3"'],
  ["X-HTTP-Method-Override", "PATCH"],
  ["X-HTTP-Method-Override", "delete"],
  ["x-http-method-override", "GET"],
  ["X-HTTP-Method-Override", "BREW"],
  ["X-OpenAM-Username", "demo"],
  ["Authorization", "Basic ZGVtbzpkZW1v"],
  ["Authorization", "Bearer x"],
  ["Connection", "close, X-Mode"],
  ["X-Mode", "fast"],
  ["X-Forwarded-For", "192.0.2.1"],
  ["Accept", "text/html"],
);

const form = (body: string) => ({ type: "application/x-www-form-urlencoded", body });
const json = (value: unknown) => ({ type: "application/json", body: JSON.stringify(value) });

const GRANTS = [
  "client_credentials",
  "authorization_code",
  "refresh_token",
  "password",
  "urn:ietf:params:oauth:grant-type:jwt-bearer",
  "urn:ietf:params:oauth:grant-type:device_code",
  "urn:openid:params:grant-type:ciba",
  "urn:ietf:params:oauth:grant-type:token-exchange",
];

const BODIES = among<{ readonly type: string; readonly body: string }>(
  ...GRANTS.map((grant) => form(`grant_type=${encodeURIComponent(grant)}&client_id=a`)),
  form("grant_type=client_credentials&grant_type=refresh_token"),
  json({}),
  json({ userName: "demo" }),
  json({ _id: "1", mail: "a@example.com" }),
  json({ grant_type: "client_credentials" }),
  json([{ operation: "replace", field: "/mail", value: "b@example.com" }]),
  json([{ operation: "remove", field: "/mail" }]),
  json([{ operation: "remove", field: "/roles/0" }]),
  json([{ operation: "add", field: "/roles/-", value: {} }]),
  json([{ operation: "increment", field: "/count", value: 1 }]),
  json([]),
  { type: "application/json", body: '{"cut' },
  { type: "application/json", body: "" },
  { type: "text/csv", body: `name,mail\n${"demo,demo@example.com\n".repeat(10)}` },
);

const requests: fc.Arbitrary<AskedRequest> = fc
  .record({
    method: METHODS,
    target: TARGETS,
    headers: fewOf(REQUEST_HEADERS, 3),
    sent: some(BODIES, 3),
    chunked: fc.boolean(),
  })
  .map(({ sent, headers, ...rest }) => ({
    ...rest,
    headers: sent ? [...headers, ["Content-Type", sent.type] as const] : headers,
    body: sent?.body,
  }));

// ---- what becomes of them ----

const STATUSES = fc.oneof(
  { weight: 4, arbitrary: among(429, 500, 502, 503, 504) },
  {
    weight: 4,
    arbitrary: among(200, 200, 201, 204, 304, 400, 401, 403, 404, 408, 409, 412, 422, 425, 428, 501),
  },
  { weight: 1, arbitrary: fc.integer({ min: 200, max: 599 }) },
);

const MESSAGES = among(
  "Not Found",
  "Access Denied",
  "Failed policy validation",
  "The Meta Alias /alpha already exists",
  "Header If-Modified-Since not supported",
  "If-None-Match not supported for PUT requests",
  "Unable to update on managed/user: in maintenance mode.",
  "Inactive script: x",
  "Forgot password is not accessible.",
  "Data validation failed for the attribute",
  "Wrapped java.lang.Exception",
  "Workflow must be in draft",
  "This operation is not available in PingOne Advanced Identity Cloud.",
  "please try again",
);

const ANSWER_BODIES = fc.oneof(
  { weight: 4, arbitrary: MESSAGES.map((message) => json({ code: 500, reason: "x", message })) },
  {
    weight: 2,
    arbitrary: among("server_error", "temporarily_unavailable", "invalid_grant").map((error) =>
      json({ error }),
    ),
  },
  {
    weight: 2,
    arbitrary: among(400, 401, 408, 429, 500, 503).map((code) =>
      json({ result: [], error: { code, message: "x" } }),
    ),
  },
  {
    weight: 2,
    arbitrary: among(409, 403, 429, 503, 418)
      .map((code) => `Exception: {"code":${code},"message":"x"}`)
      .map((body) => ({ type: "text/plain", body })),
  },
  {
    weight: 2,
    arbitrary: fc.constant({ type: "text/html; charset=UTF-8", body: "<html><h1>Error</h1></html>" }),
  },
  { weight: 1, arbitrary: fc.constant({ type: undefined, body: "" }) },
  { weight: 1, arbitrary: fc.constant({ type: "application/json", body: '{"state":"pending"}' }) },
  { weight: 1, arbitrary: fc.constant(json({ message: "please try again", filling: "x".repeat(70_000) })) },
);

const SECONDS = among(0, 1, 2, 7, 25, 45, 90);

const ANSWER_HEADERS = fc.oneof(
  among<readonly [string, HeaderValue]>(
    ["Via", "1.1 google"],
    ["X-ForgeRock-TransactionId", "t-1"],
    ["Retry-After", "soon"],
  ),
  SECONDS.map((seconds) => ["Retry-After", String(seconds)] as const),
  SECONDS.map((inSeconds) => ["Retry-After", { inSeconds, as: "date" }] as const),
  among(0, -3600).map((inSeconds) => ["Date", { inSeconds, as: "date" }] as const),
  SECONDS.map((inSeconds) => ["x-ratelimit-reset", { inSeconds, as: "epoch" }] as const),
  among("0", "1", "40").map((left) => ["x-ratelimit-remaining", left] as const),
);

const answers: fc.Arbitrary<WireAnswer> = fc
  .record({
    status: STATUSES,
    headers: fewOf(ANSWER_HEADERS, 4),
    content: ANSWER_BODIES,
    framing: among("length", "length", "chunked", "close", "gzip"),
  })
  .map(({ status, headers, content, framing }) => ({
    kind: "answer",
    status,
    headers: content.type === undefined ? headers : [...headers, ["Content-Type", content.type] as const],
    body: content.body,
    framing,
  }));

const wires: fc.Arbitrary<Wire> = fc.oneof(
  { weight: 12, arbitrary: answers },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("cut" as const), status: among(200, 201, 302, 500, 503) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("failure" as const),
      failure: among<ProducedFailure>(
        "reset",
        "timeout",
        "not-http",
        "caller-left",
        "refused",
        "name-not-found",
        "connect-timeout",
        "tls-failed",
        "certificate",
      ),
    }),
  },
);

export const questions: fc.Arbitrary<Question> = fc.record({
  request: requests,
  wire: wires,
  always: fc.boolean(),
  random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
});

// ---- policies ----

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
      message: some(among("*try again*", "Access Denied", "*"), 5),
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
  deadline: some(among("1s", "12s", "30s", "10m")),
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
    ...SETTINGS,
    ...TABLES,
  })
  .map(present);

/** The text of a policy file; YAML takes JSON. Not every one is good: settings may contradict each other. */
export const policyTexts: fc.Arbitrary<string> = fc
  .record({
    version: fc.constant(1),
    extends: among("aic", "aic", "crest", "none"),
    forwarded: some(among("none", "append")),
    lostAnswers: fc.constant("annotate"),
    ...SETTINGS,
    ...TABLES,
    routes: fewOf(ROUTE, 3).map((routes) =>
      routes.map((route, index) => ({ name: `route-${index}`, ...route })),
    ),
  })
  .map((file) => JSON.stringify(present(file), null, 1));
