import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Dialect, Origin } from "../../src/decide/words.ts";
import { asObject } from "../../src/json.ts";
import { type ForeignError, normalise } from "../../src/problem/normalise.ts";
import type { ErrorFormat } from "../../src/problem/read.ts";
import type { ErrorStyle } from "../../src/problem/write.ts";

const JSON_TYPE = "application/json; charset=utf-8";

type Given = Partial<Omit<ForeignError, "bytes">> & { readonly body?: string };

function foreign({ body = "", ...given }: Given): ForeignError {
  return {
    status: 500,
    contentType: JSON_TYPE,
    origin: "tenant",
    dialect: "crest",
    style: "crest",
    browser: false,
    bytes: Buffer.from(body),
    ...given,
  };
}

/** What the caller gets in place of the body: how it spoke, and the new one parsed; undefined when it is untouched. */
function rewritten(given: Given): { from: ErrorFormat; body: Record<string, unknown> } | undefined {
  const result = normalise(foreign(given));
  return result.kind === "untouched"
    ? undefined
    : { from: result.from, body: JSON.parse(result.written.body) };
}

const PAGE = "<!doctype html><title>Oops</title><p>Something broke";

describe("a body in CREST's shape", () => {
  it.each([
    '{"code":500,"reason":"Internal Server Error","message":"m"}',
    '{ "message" : "", "reason":"Internal Server Error", "code":500, "detail":"text", "X":[1] }\n',
  ])("passes byte for byte: %s", (body) => {
    expect(rewritten({ body })).toBeUndefined();
    expect(rewritten({ body, contentType: "application/vnd.x+json" })).toBeUndefined();
  });

  it("gets the right label when it had a wrong one, and no other change", () => {
    const body = '{ "message":"m", "reason":"Internal Server Error", "code":500, "n":1.0 }';
    const written = { contentType: JSON_TYPE, body };
    expect(normalise(foreign({ body, contentType: "text/plain" }))).toEqual({
      kind: "rewritten",
      from: "crest",
      written,
    });
  });

  it.each([
    ['{"code":500,"message":"m"}', { code: 500, reason: "Internal Server Error", message: "m" }],
    ['{"code":500,"reason":"Mine"}', { code: 500, reason: "Mine", message: "Mine" }],
    [
      '{"status":"x","message":"m","detail":[1,"a"],"code":500}',
      { code: 500, reason: "Internal Server Error", message: "m", detail: [1, "a"], status: "x" },
    ],
    [
      '{"code":500,"reason":null,"message":"m","detail":"text"}',
      { code: 500, reason: "Internal Server Error", message: "m", detail: "text" },
    ],
    ['{"code":500,"message":""}', { code: 500, reason: "Internal Server Error", message: "" }],
    [
      '{"code":500,"reason":"r","cause":{"message":"inner"}}',
      { code: 500, reason: "r", message: "inner", cause: { message: "inner" } },
    ],
  ])("is completed: %s", (body, expected) => {
    const result = rewritten({ body });
    expect(result?.from).toBe("crest");
    expect(JSON.stringify(result?.body)).toBe(JSON.stringify(expected));
  });

  it("keeps every digit of its detail", () => {
    const result = normalise(
      foreign({ body: '{"code":500,"message":"m","detail":{"id":12345678901234567890}}' }),
    );
    expect(result).toMatchObject({
      written: { body: expect.stringContaining('"detail":{"id":12345678901234567890}') },
    });
  });

  it("whose code is not the status stands under detail.upstream, and the status is the code", () => {
    const body = { code: 606, message: "m", detail: ["d"] };
    expect(rewritten({ status: 422, body: JSON.stringify(body) })).toEqual({
      from: "crest",
      body: { code: 422, reason: "Resource Exception", message: "m", detail: { upstream: body } },
    });
  });
});

describe("other JSON", () => {
  it.each([
    ['{"message":"m","more":1}', "m", "json"],
    ['{"error":"invalid_scope","error_description":"d"}', "d", "oauth2"],
    ['{"error":{"code":7,"message":"m"}}', "m", "json"],
    ['{"type":"about:blank","title":"t","detail":"d"}', "d", "json"],
    ["[1]", "The tenant answered 500 with JSON that carries no message.", "json"],
    ["null", "The tenant answered 500 with JSON that carries no message.", "json"],
    ['"gone"', "gone", "json"],
    ['{"message":"at a.b.C.d(C.java:1) on 10.0.0.5"}', "at a.b.C.d(C.java:1) on 10.0.0.5", "json"],
  ])("%s stands under detail.upstream, and its message verbatim in front", (body, message, from) => {
    expect(rewritten({ body })).toEqual({
      from,
      body: { code: 500, reason: "Internal Server Error", message, detail: { upstream: JSON.parse(body) } },
    });
  });
});

describe("a body that is not JSON", () => {
  it.each([
    {
      origin: "edge",
      status: 503,
      body: PAGE,
      contentType: "text/html",
      message:
        "The edge in front of the tenant answered 503 with an HTML page; it does not say whether the request reached the tenant.",
      upstream: "Oops Something broke",
      from: "html",
    },
    {
      origin: "edge",
      status: 403,
      body: PAGE,
      contentType: "text/html",
      message:
        "The edge in front of the tenant answered 403 with an HTML page; the request never reached the tenant.",
      upstream: "Oops Something broke",
      from: "html",
    },
    {
      origin: "edge",
      status: 429,
      body: "",
      contentType: undefined,
      message:
        "The edge in front of the tenant answered 429 with an empty body; the request never reached the tenant.",
      upstream: undefined,
      from: "empty",
    },
    {
      origin: "edge",
      status: 404,
      body: "no",
      contentType: "text/plain",
      message:
        "The edge in front of the tenant answered 404 with plain text; the request never reached the tenant.",
      upstream: "no",
      from: "text",
    },
    {
      origin: "tenant",
      status: 503,
      body: PAGE,
      contentType: "text/html",
      message: "The tenant answered 503 with an HTML page.",
      upstream: "Oops Something broke",
      from: "html",
    },
    {
      origin: "tenant",
      status: 500,
      body: "<p></p>",
      contentType: "text/html",
      message: "The tenant answered 500 with an HTML page.",
      upstream: undefined,
      from: "html",
    },
    {
      origin: "tenant",
      status: 500,
      body: '{"code":500,"mess',
      contentType: JSON_TYPE,
      message: "The tenant answered 500 with plain text.",
      upstream: '{"code":500,"mess',
      from: "text",
    },
    {
      origin: "tenant",
      status: 500,
      body: "boom at a.b.C.d(C.java:1)",
      contentType: "text/plain",
      message: "The tenant answered 500 with plain text.",
      upstream: "boom",
      from: "text",
    },
    {
      origin: "tenant",
      status: 500,
      body: "a\u0000b",
      contentType: "application/x-thing",
      message: "The tenant answered 500 with a body that is neither JSON nor text.",
      upstream: undefined,
      from: "binary",
    },
  ] as const)("$origin $status $from", ({ origin, status, body, contentType, message, upstream, from }) => {
    const result = rewritten({ origin, status, body, contentType });
    expect(result?.from).toBe(from);
    expect(result?.body).toMatchObject({ code: status, message });
    expect(result?.body.detail).toEqual(upstream === undefined ? undefined : { upstream });
  });

  it("lets the error inside an exception's text speak", () => {
    const inner = { code: 409, reason: "Conflict", message: "still running", detail: { n: 2 } };
    expect(rewritten({ contentType: "text/plain", body: `Exception: ${JSON.stringify(inner)} ` })).toEqual({
      from: "text",
      body: {
        code: 500,
        reason: "Internal Server Error",
        message: "still running",
        detail: { upstream: inner },
      },
    });
  });
});

describe("what is left alone", () => {
  it.each([
    { name: "an answer below 400", given: { status: 302, body: PAGE, contentType: "text/html" } },
    { name: "everything, when the policy says passthrough", given: { style: "passthrough", body: PAGE } },
    { name: "what a browser gets", given: { browser: true, body: PAGE, contentType: "text/html" } },
    { name: "a SCIM error", given: { dialect: "scim", body: '{"schemas":[],"status":"404"}' } },
    {
      name: "a page on a SCIM path",
      given: { dialect: "scim", origin: "edge", body: PAGE, contentType: "text/html" },
    },
    { name: "an OAuth2 error", given: { dialect: "oauth2", body: '{"error":"invalid_grant"}' } },
    {
      name: "what is no JSON on an OAuth2 path, unless the server is ill or busy",
      given: { dialect: "oauth2", status: 401, body: "Unauthorized", contentType: "text/plain" },
    },
    { name: "an empty 400 there", given: { dialect: "oauth2", status: 400, body: "" } },
    {
      name: "the firewall's page there",
      given: { dialect: "oauth2", status: 403, origin: "edge", body: PAGE, contentType: "text/html" },
    },
    {
      name: "a page of OAuth2 for people",
      given: { dialect: "oauth2-page", status: 400, body: PAGE, contentType: "text/html" },
    },
    { name: "an ill one", given: { dialect: "oauth2-page", status: 503, origin: "edge", body: "" } },
    { name: "JSON there", given: { dialect: "oauth2-page", body: '{"code":500,"message":"m"}' } },
    { name: "any JSON on an OAuth2 path", given: { dialect: "oauth2", body: '{"code":500,"message":"m"}' } },
    {
      name: "an OAuth2 error under problem",
      given: { dialect: "oauth2", style: "problem", body: '{"error":"x"}' },
    },
    { name: "a login's error", given: { dialect: "authenticate", body: '{"code":500,"message":"m"}' } },
    {
      name: "a login's error from the edge",
      given: { dialect: "authenticate", origin: "edge", body: '{"a":1}' },
    },
    {
      name: "the tenant's login page",
      given: { dialect: "authenticate", body: PAGE, contentType: "text/html" },
    },
    { name: "the tenant's empty answer to a login", given: { dialect: "authenticate", body: "" } },
  ] as const)("$name", ({ given }) => {
    expect(rewritten(given)).toBeUndefined();
  });
});

describe("other dialects", () => {
  it.each([
    { status: 503, body: PAGE, from: "html", error: "temporarily_unavailable" },
    { status: 429, body: "", from: "empty", error: "temporarily_unavailable" },
    { status: 500, body: "boom", from: "text", error: "server_error" },
  ])("OAuth2 gets $error for $status with $from", ({ status, body, from, error }) => {
    const result = rewritten({ dialect: "oauth2", origin: "edge", status, body, contentType: "text/html" });
    expect(result).toMatchObject({ from, body: { error } });
    expect(result?.body.error_description).toMatch(/^The edge in front of the tenant answered/);
  });

  it.each([PAGE, "sorry", ""])("a login gets a CREST error for the edge's %j", (body) => {
    const result = rewritten({
      dialect: "authenticate",
      origin: "edge",
      status: 502,
      contentType: "text/html",
      body,
    });
    expect(result?.body).toMatchObject({ code: 502, reason: "Bad Gateway" });
  });
});

describe("problem details", () => {
  it("take the place of CREST errors, and lose nothing of them", () => {
    const body = '{"code":404,"reason":"Not Found","message":"m","detail":{"a":[1]},"status":"x"}';
    expect(rewritten({ status: 404, style: "problem", body })?.body).toEqual({
      type: "about:blank",
      title: "Not Found",
      status: 404,
      detail: "m",
      code: 404,
      reason: "Not Found",
      details: { a: [1] },
      others: { status: "x" },
    });
  });

  it("pass byte for byte when the tenant wrote them", () => {
    const body = '{"type":"urn:x","title":"t","status":404}';
    const contentType = "application/problem+json";
    expect(rewritten({ status: 404, style: "problem", contentType, body })).toBeUndefined();
    expect(rewritten({ status: 500, style: "problem", contentType, body })?.body).toMatchObject({
      status: 500,
      details: { upstream: JSON.parse(body) },
    });
  });
});

describe("the laws of one shape", () => {
  const details = fc.option(fc.jsonValue(), { nil: undefined });
  const body = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.json(),
    fc
      .record(
        {
          code: fc.oneof(fc.constantFrom(400, 404, 500, 606), fc.jsonValue()),
          reason: fc.oneof(fc.string(), fc.jsonValue()),
          message: fc.oneof(fc.string(), fc.jsonValue()),
          detail: details,
          status: fc.jsonValue(),
          error: fc.oneof(fc.string(), fc.jsonValue()),
        },
        { requiredKeys: [] },
      )
      .map((members) => JSON.stringify(members)),
    fc.jsonValue().map((inner) => `Exception: ${JSON.stringify({ code: 409, message: "m", inner })}`),
  );
  const error: fc.Arbitrary<ForeignError> = fc.record({
    status: fc.constantFrom(400, 404, 422, 429, 500, 503, 599),
    contentType: fc.constantFrom(
      undefined,
      JSON_TYPE,
      "text/html",
      "text/plain",
      "application/problem+json",
      "x/y",
    ),
    bytes: fc.oneof(
      body.map((text) => Buffer.from(text)),
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    ),
    origin: fc.constantFrom<Origin[]>("tenant", "edge"),
    dialect: fc.constantFrom<Dialect[]>("crest", "oauth2", "oauth2-page", "scim", "authenticate"),
    style: fc.constantFrom<ErrorStyle[]>("crest", "problem", "passthrough"),
    browser: fc.boolean(),
  });

  it("what is written is JSON that says the status, or an OAuth2 error", () => {
    fc.assert(
      fc.property(error, (given) => {
        const result = normalise(given);
        if (result.kind === "untouched") return;
        const parsed = JSON.parse(result.written.body);
        if (given.dialect === "oauth2") {
          expect(Object.keys(parsed)).toEqual(["error", "error_description"]);
        } else {
          expect(parsed.code).toBe(given.status);
          expect(parsed.reason).toBeTypeOf("string");
          expect(given.style === "problem" ? parsed.detail : parsed.message).toBeTypeOf("string");
        }
      }),
      { numRuns: 500 },
    );
  });

  it("what was written is left alone the next time", () => {
    fc.assert(
      fc.property(error, (given) => {
        const result = normalise(given);
        if (result.kind === "untouched") return;
        const { contentType, body } = result.written;
        expect(normalise({ ...given, contentType, bytes: Buffer.from(body) })).toEqual({ kind: "untouched" });
      }),
      { numRuns: 500 },
    );
  });

  it("no member of a JSON body is lost, whatever it is called", () => {
    const name = fc.constantFrom(
      "status",
      "code",
      "reason",
      "message",
      "title",
      "type",
      "error",
      "others",
      "__proto__",
      "toString",
      "x",
    );
    const body = fc.dictionary(name, fc.oneof(fc.string(), fc.integer(), fc.constant(404), fc.jsonValue()), {
      noNullPrototype: true,
    });
    fc.assert(
      fc.property(body, fc.constantFrom<ErrorStyle[]>("crest", "problem"), (given, style) => {
        const result = rewritten({ status: 404, style, body: JSON.stringify(given) });
        if (!result) return;
        const { upstream } = asObject(result.body.detail) ?? asObject(result.body.details) ?? {};
        const problem = { ...result.body, message: result.body.detail, ...asObject(result.body.others) };
        const found = upstream ?? (style === "problem" ? problem : result.body);
        // Of CREST's own members `null` and an absent one say the same.
        for (const [key, value] of Object.entries(JSON.parse(JSON.stringify(given))))
          if (value !== null) expect(Object.entries(found)).toContainEqual([key, value]);
      }),
      { numRuns: 1000 },
    );
  });

  it("a CREST body never loses its detail", () => {
    const members = fc.record(
      { code: fc.constantFrom(404, 606), reason: fc.string(), message: fc.string(), detail: fc.jsonValue() },
      { requiredKeys: ["code", "message", "detail"] },
    );
    fc.assert(
      fc.property(members, fc.constantFrom<ErrorStyle[]>("crest", "problem"), (given, style) => {
        const result = rewritten({ status: 404, style, body: JSON.stringify(given) });
        if (!result) return;
        const name = style === "crest" ? "detail" : "details";
        const expected = JSON.parse(JSON.stringify(given));
        expect(result.body[name]).toEqual(given.code === 404 ? expected.detail : { upstream: expected });
      }),
    );
  });
});
