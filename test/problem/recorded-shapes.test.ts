/**
 * Every shape of error body that tenants were seen to send, one row each, in our own words; the edge's 5xx pages are
 * not recorded anywhere and stand in `normalise.test.ts`.
 */
import { describe, expect, it } from "vitest";
import type { Dialect, Origin } from "../../src/decide/words.ts";
import { normalise } from "../../src/problem/normalise.ts";

const JSON_TYPE = "application/json;charset=utf-8";

type Row = {
  readonly what: string;
  readonly status: number;
  readonly type?: string;
  readonly body: string;
  readonly origin?: Origin;
  readonly dialect?: Dialect;
  readonly browser?: boolean;
  /** The body that the caller gets, or that it passes as it is. */
  readonly gives: "untouched" | Readonly<Record<string, unknown>>;
};

const ROWS: readonly Row[] = [
  {
    what: "1: any service, CREST's shape",
    status: 404,
    body: '{"code":404,"reason":"Not Found","message":"No object with id 7","detail":{"id":"7"}}',
    gives: "untouched",
  },
  {
    what: "2: variables and secrets, without a reason",
    status: 404,
    type: "application/json",
    body: '{"code":404,"message":"No such variable"}\n',
    gives: { code: 404, reason: "Not Found", message: "No such variable" },
  },
  {
    what: "3: environment, with the reason under another name",
    status: 500,
    body: '{"code":500,"message":"It broke","status":"Internal Server Error"}',
    gives: {
      code: 500,
      reason: "Internal Server Error",
      message: "It broke",
      status: "Internal Server Error",
    },
  },
  {
    what: "4: certificates, JSON by label and empty",
    status: 404,
    type: "application/json",
    body: "",
    gives: { code: 404, reason: "Not Found", message: "The tenant answered 404 with an empty body." },
  },
  {
    what: "5: secrets, a code that is no HTTP status",
    status: 422,
    type: "application/json",
    body: '{"code":606,"message":"the encoding is not one of the known ones"}',
    gives: {
      code: 422,
      reason: "Resource Exception",
      message: "the encoding is not one of the known ones",
      detail: { upstream: { code: 606, message: "the encoding is not one of the known ones" } },
    },
  },
  {
    what: "6: governance, a message and nothing else",
    status: 400,
    body: '{"message":"That name is taken."}',
    gives: {
      code: 400,
      reason: "Bad Request",
      message: "That name is taken.",
      detail: { upstream: { message: "That name is taken." } },
    },
  },
  {
    what: "7: governance, plain text labelled as HTML",
    status: 404,
    type: "text/html; charset=utf-8",
    body: "No object has the ID: 12345678-0000",
    gives: {
      code: 404,
      reason: "Not Found",
      message: "The tenant answered 404 with plain text.",
      detail: { upstream: "No object has the ID: 12345678-0000" },
    },
  },
  {
    what: "8: orchestration, a conflict inside the text of a 500",
    status: 500,
    type: "text/plain",
    body: 'Exception: {"code":409,"reason":"Conflict","message":"Instances of it are running"} ',
    gives: {
      code: 500,
      reason: "Internal Server Error",
      message: "Instances of it are running",
      detail: { upstream: { code: 409, reason: "Conflict", message: "Instances of it are running" } },
    },
  },
  {
    what: "9: AM, one word of text",
    status: 403,
    type: "text/plain; charset=utf-8",
    body: "Forbidden",
    gives: {
      code: 403,
      reason: "Forbidden",
      message: "The tenant answered 403 with plain text.",
      detail: { upstream: "Forbidden" },
    },
  },
  {
    what: "10: AM, an operation that the cloud does not offer",
    status: 403,
    body: '{"code":403,"reason":"Forbidden","message":"Not offered here."}',
    gives: "untouched",
  },
  {
    what: "11: IDM, a validation error with its requirements",
    status: 403,
    body: '{"code":403,"reason":"Forbidden","message":"Policy not met","detail":{"result":false,"failedPolicyRequirements":[{"property":"mail"}]}}',
    gives: "untouched",
  },
  {
    what: "12: IDM, an expired token",
    status: 401,
    body: '{"code":401,"reason":"Unauthorized","message":"Access Denied"}',
    gives: "untouched",
  },
  {
    what: "13: the edge's firewall",
    status: 403,
    type: "text/html; charset=UTF-8",
    origin: "edge",
    body: '<!doctype html><meta charset="utf-8"><meta name=viewport content="width=1"><title>403</title>403 Forbidden',
    gives: {
      code: 403,
      reason: "Forbidden",
      message:
        "The edge in front of the tenant answered 403 with an HTML page; the request never reached the tenant.",
      detail: { upstream: "403 403 Forbidden" },
    },
  },
  {
    what: "14: AM, a create conflict as 400",
    status: 400,
    body: '{"code":400,"reason":"Bad Request","message":"The alias \\"/alpha/x\\\\t\\" is taken."}',
    gives: "untouched",
  },
  {
    what: "15: secrets, a PUT that only creates",
    status: 400,
    type: "application/json",
    body: '{"code":400,"message":"this secret already exists"}\n',
    gives: { code: 400, reason: "Bad Request", message: "this secret already exists" },
  },
  {
    what: "16: AM, a create conflict as 409",
    status: 409,
    body: '{"code":409,"reason":"Conflict","message":"Already there"}',
    gives: "untouched",
  },
  {
    what: "17: IDM, a create conflict as 412, escaped for HTML",
    status: 412,
    body: '{"code":412,"reason":"Precondition Failed","message":"The entry &#39;fr&#61;1&#39; is there"}',
    gives: "untouched",
  },
  {
    what: "18: AM, a PUT that only updates",
    status: 404,
    body: '{"code":404,"reason":"Not Found","message":"Set5 not found."}',
    gives: "untouched",
  },
  {
    what: "19: AM, a validation error as 500",
    status: 500,
    body: '{"code":500,"reason":"Internal Server Error","message":"The attribute is not valid"}',
    gives: "untouched",
  },
  {
    what: "20: governance, a defect that shows its source",
    status: 500,
    body: '{"message":"Cannot read properties of undefined (reading \'_x\')"}',
    gives: {
      code: 500,
      reason: "Internal Server Error",
      message: "Cannot read properties of undefined (reading '_x')",
      detail: { upstream: { message: "Cannot read properties of undefined (reading '_x')" } },
    },
  },
  {
    what: "21: IDM, a script's exception",
    status: 500,
    body: '{"code":500,"reason":"Internal Server Error","message":"Wrapped java.lang.NoSuchMethodException: f(null)"}',
    gives: "untouched",
  },
  {
    what: "22: certificates, 500 and empty",
    status: 500,
    type: "application/json",
    body: "",
    gives: {
      code: 500,
      reason: "Internal Server Error",
      message: "The tenant answered 500 with an empty body.",
    },
  },
  {
    what: "23: OAuth2's own error",
    status: 400,
    dialect: "oauth2",
    body: '{"error_description":"Unknown scope: x","error":"invalid_scope"}',
    gives: "untouched",
  },
  {
    what: "24: OAuth2's page for a person",
    status: 400,
    type: "text/html",
    dialect: "oauth2",
    browser: true,
    body: "<html><body>Sorry</body></html>",
    gives: "untouched",
  },
  {
    what: "25: AM, a header among the members and a text as detail",
    status: 400,
    body: '{"Strict-Transport-Security":"max-age=1","code":400,"reason":"Bad Request","message":"Not JSON","detail":"\\"{\\""}',
    gives: "untouched",
  },
  {
    what: "26: a path that nobody serves",
    status: 404,
    body: '{"code":404,"message":"there is no /environment/x"}',
    gives: { code: 404, reason: "Not Found", message: "there is no /environment/x" },
  },
  {
    what: "27: IDM, a refusal as 500",
    status: 500,
    body: '{"code":500,"reason":"Internal Server Error","message":"Access Denied"}',
    gives: "untouched",
  },
  {
    what: "28: a connector that gives out its own ids",
    status: 404,
    body: '{"code":404,"reason":"Not Found","message":"The id is not yours to choose."}',
    gives: "untouched",
  },
];

describe("recorded shapes", () => {
  it.each(ROWS)("$what", ({ status, type = JSON_TYPE, body, origin, dialect, browser = false, gives }) => {
    const result = normalise({
      status,
      contentType: type,
      bytes: Buffer.from(body),
      origin: origin ?? "tenant",
      dialect: dialect ?? "crest",
      style: "crest",
      browser,
    });
    const given = result.kind === "untouched" ? result.kind : JSON.parse(result.written.body);
    expect(given).toEqual(gives);
  });
});
