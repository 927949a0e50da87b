/** What becomes of an attempt, made by chance: answers with the messages that the tables know, and failures. */
import fc from "fast-check";
import type { FAILURES } from "../../../src/decide/words.ts";
import { among, fewOf, json } from "./pools.ts";

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

/** A body cut short is `cut`; a way to the host that does not exist cannot be had on a loopback, and no proxy stands there. */
export type ProducedFailure = Exclude<
  (typeof FAILURES)[number],
  "body-cut" | "connect-failed" | "proxy-failed"
>;

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

type Header = readonly [name: string, value: HeaderValue];

/** Headers that come together. */
const ANSWER_HEADERS: fc.Arbitrary<readonly Header[]> = fc.oneof(
  among<readonly Header[]>(
    [["Via", "1.1 google"]],
    [["X-ForgeRock-TransactionId", "t-1"]],
    [["Retry-After", "soon"]],
  ),
  SECONDS.map((seconds): Header[] => [["Retry-After", String(seconds)]]),
  SECONDS.map((inSeconds): Header[] => [["Retry-After", { inSeconds, as: "date" }]]),
  among(0, -3600).map((inSeconds): Header[] => [["Date", { inSeconds, as: "date" }]]),
  fc.tuple(SECONDS, among("0", "0", "1", "40")).map(([inSeconds, left]): Header[] => [
    ["x-ratelimit-reset", { inSeconds, as: "epoch" }],
    ["x-ratelimit-remaining", left],
  ]),
);

/** Answers that do not mean what their status says. */
const TRAPS: readonly (readonly [status: number, content: { type: string; body: string }])[] = [
  [200, json({ result: [], error: { code: 503, message: "x" } })],
  [400, json({ error: "server_error" })],
  [400, json({ message: "The Meta Alias /alpha already exists" })],
  [403, json({ message: "This operation is not available in PingOne Advanced Identity Cloud." })],
  [409, json({ message: "Header If-Modified-Since not supported" })],
  [412, json({ message: "If-None-Match not supported for PUT requests" })],
  [500, { type: "text/plain", body: 'Exception: {"code":409,"message":"x"}' }],
  [503, json({ message: "Unable to update on managed/user: in maintenance mode." })],
  [501, json({ message: "Create operations are not supported" })],
  [503, json({ message: "Inactive script: x" })],
  [503, { type: "text/html", body: "<html><h1>Error</h1></html>" }],
];

const answers: fc.Arbitrary<WireAnswer> = fc
  .record({
    said: fc.oneof(
      { weight: 2, arbitrary: fc.tuple(STATUSES, ANSWER_BODIES) },
      { weight: 1, arbitrary: among(...TRAPS) },
    ),
    headers: fewOf(ANSWER_HEADERS, 3).map((groups) => groups.flat()),
    framing: among("length", "length", "chunked", "close", "gzip"),
  })
  .map(({ said: [status, content], headers, framing }) => ({
    kind: "answer",
    status,
    headers: content.type === undefined ? headers : [...headers, ["Content-Type", content.type] as const],
    body: content.body,
    framing,
  }));

export const wires: fc.Arbitrary<Wire> = fc.oneof(
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
        "timeout",
        "not-http",
        "head-too-large",
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
