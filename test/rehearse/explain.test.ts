/** `explain` names the right row for the questions that operators ask. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Outcome } from "../../src/decide/outcome.ts";
import { sampleAnswer, sampleFailure } from "../../src/policy/sample.ts";
import { explain } from "../../src/rehearse/explain.ts";
import { policyOf } from "../support/gateway.ts";

const policy = policyOf("retry: { backoff: { base: 100ms, max: 5s } }\n");
const WALL_MS = Date.UTC(2026, 0, 1, 12);

type Sent = { headers?: string[]; body?: string };

function explained(line: string, outcome: Outcome, { headers = [], body }: Sent = {}) {
  const [method = "", target = ""] = line.split(" ");
  const request = { method, target, headers, body: body === undefined ? undefined : Buffer.from(body) };
  const result = explain(policy, request, { outcome, attempts: 1, wallMs: WALL_MS });
  if ("problem" in result || !result.told) throw new Error("not explained");
  const { judged, next } = result.told;
  return {
    operation: result.asked.operation,
    replay: result.asked.replay,
    origin: judged.origin,
    meaning: judged.meaning,
    next: next.soonest.kind === "retry" ? next.soonest.delayMs : next.soonest.reason,
    rows: [result.asked.at, judged.at, judged.verdict.at],
  };
}

/** The text of a row of a built-in table, from its `file:line`. */
function rowAt(at: string): string {
  const [file = "", line = "0"] = at.split(":");
  return readFileSync(new URL(`../../${file}`, import.meta.url), "utf8").split("\n")[Number(line) - 1] ?? "";
}

const edge = (status: number) =>
  sampleAnswer(status, ["Content-Type", "text/html; charset=UTF-8"], "<html></html>");
const form = (body: string): Sent => ({
  headers: ["Content-Type", "application/x-www-form-urlencoded"],
  body,
});
const json = (body: string): Sent => ({ headers: ["Content-Type", "application/json"], body });
const crest = (status: number, message: string) =>
  sampleAnswer(status, [], JSON.stringify({ code: status, message }));

const USERS = "/openidm/managed/alpha_user";
const TOKEN = "/am/oauth2/realms/root/realms/alpha/access_token";

const QUESTIONS: readonly {
  why: string;
  asked: [string, Outcome, Sent?];
  is: Omit<ReturnType<typeof explained>, "rows">;
  rows: [RegExp, RegExp, RegExp];
}[] = [
  {
    why: "POST create told 502",
    asked: [`POST ${USERS}?_action=create`, edge(502)],
    is: {
      operation: "create",
      replay: "unsafe",
      origin: "edge",
      meaning: "bad-gateway",
      next: "not-replayable",
    },
    rows: [/^CREST: POST that creates$/, /status: 502/, /^ {2}bad-gateway:/],
  },
  {
    why: "PUT with If-Match told 503 from the edge",
    asked: [`PUT ${USERS}/1`, edge(503), { headers: ["If-Match", '"3"'] }],
    is: { operation: "update", replay: "guarded", origin: "edge", meaning: "unavailable", next: 0 },
    rows: [/^CREST: PUT with a revision$/, /status: 503/, /^ {2}unavailable:/],
  },
  {
    why: "GET told 500",
    asked: [`GET ${USERS}/1`, sampleAnswer(500, [], undefined)],
    is: { operation: "read", replay: "read", origin: "tenant", meaning: "defect", next: 0 },
    rows: [/^CREST: GET, HEAD or OPTIONS$/, /status: 500/, /^ {2}defect:/],
  },
  {
    why: "PATCH increment cut off",
    asked: [
      `PATCH ${USERS}/1`,
      sampleFailure("reset"),
      json('[{"operation":"increment","field":"/loginCount","value":1}]'),
    ],
    is: {
      operation: "patch",
      replay: "unsafe",
      origin: "gateway",
      meaning: "cut-off",
      next: "not-replayable",
    },
    rows: [/^CREST: PATCH without a revision$/, /failure: reset/, /^ {2}cut-off:/],
  },
  {
    why: "refresh_token grant silent",
    asked: [`POST ${TOKEN}`, sampleFailure("timeout"), form("grant_type=refresh_token&refresh_token=r")],
    is: {
      operation: "action",
      replay: "unsafe",
      origin: "gateway",
      meaning: "silent",
      next: "not-replayable",
    },
    rows: [/refresh_token/, /failure: timeout/, /^ {2}silent:/],
  },
  {
    why: "client_credentials silent",
    asked: [`POST ${TOKEN}`, sampleFailure("timeout"), form("grant_type=client_credentials&client_id=a")],
    is: { operation: "action", replay: "idempotent", origin: "gateway", meaning: "silent", next: 0 },
    rows: [/client_credentials/, /failure: timeout/, /^ {2}silent:/],
  },
  {
    why: "GET logs told 429 with an HTTP date",
    asked: [
      "GET /monitoring/logs?source=am-access",
      sampleAnswer(
        429,
        ["Date", "Thu, 01 Jan 2026 12:00:00 GMT", "Retry-After", "Thu, 01 Jan 2026 12:00:07 GMT"],
        undefined,
      ),
    ],
    is: { operation: "read", replay: "read", origin: "tenant", meaning: "throttled", next: 7_000 },
    rows: [/^CREST: GET, HEAD or OPTIONS$/, /status: 429/, /^ {2}throttled:/],
  },
  {
    why: "/authenticate told 408",
    asked: [
      "POST /am/json/realms/root/realms/alpha/authenticate",
      crest(408, "Session has timed out"),
      json('{"authId":"x"}'),
    ],
    is: { operation: "action", replay: "unsafe", origin: "tenant", meaning: "rejected", next: "answered" },
    rows: [/authenticate/, /status: 408.*authenticate|authenticate.*408/, /^ {2}rejected:/],
  },
  {
    why: 'PUT told 412 "not supported for"',
    asked: [
      `PUT ${USERS}/1`,
      crest(412, "If-None-Match not supported for PUT requests"),
      { headers: ["If-Match", "*"] },
    ],
    is: {
      operation: "update",
      replay: "idempotent",
      origin: "tenant",
      meaning: "rejected",
      next: "answered",
    },
    rows: [/^CREST: PUT without a revision$/, /status: 412.*not supported/, /^ {2}rejected:/],
  },
  {
    why: "query told 200 with error",
    asked: [
      `GET ${USERS}?_queryFilter=true`,
      sampleAnswer(200, [], '{"result":[{}],"resultCount":1,"error":{"code":503,"message":"gone"}}'),
    ],
    is: { operation: "query", replay: "read", origin: "tenant", meaning: "unavailable", next: 0 },
    rows: [/^CREST: GET with a query$/, /status: 200.*error\.code: 503/, /^ {2}unavailable:/],
  },
];

describe("explain", () => {
  it.each(QUESTIONS)("$why", ({ asked, is, rows }) => {
    const { rows: at, ...said } = explained(...asked);
    expect(said).toEqual(is);
    for (const [index, pattern] of rows.entries()) {
      const place = at[index] ?? "";
      expect(place.startsWith("config/") ? rowAt(place) : place).toMatch(pattern);
    }
  });
});
