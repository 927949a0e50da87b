import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { crestError, oauth2Error, ownError, problemError } from "../../src/problem/write.ts";

describe("a CREST error", () => {
  it("has its members in CREST's order", () => {
    expect(crestError({ status: 503, message: "Try later.", detail: { a: 1 } })).toEqual({
      contentType: "application/json; charset=utf-8",
      body: '{"code":503,"reason":"Service Unavailable","message":"Try later.","detail":{"a":1}}',
    });
  });

  it.each([
    [undefined, '{"code":408,"reason":"Request Time-out","message":"m"}'],
    [null, '{"code":408,"reason":"Request Time-out","message":"m","detail":null}'],
    ["text", '{"code":408,"reason":"Request Time-out","message":"m","detail":"text"}'],
    [[1, 2], '{"code":408,"reason":"Request Time-out","message":"m","detail":[1,2]}'],
    [false, '{"code":408,"reason":"Request Time-out","message":"m","detail":false}'],
  ])("hands on a detail of %j", (detail, body) => {
    expect(crestError({ status: 408, message: "m", detail }).body).toBe(body);
  });

  it("keeps further members behind its own, and the tenant's reason", () => {
    expect(
      crestError({ status: 429, message: "m", reason: "Too Many Requests", others: { x: 1 } }).body,
    ).toBe('{"code":429,"reason":"Too Many Requests","message":"m","x":1}');
  });
});

describe("problem details (RFC 9457)", () => {
  it("speak for machines and for CREST clients", () => {
    const { contentType, body } = problemError({
      status: 408,
      message: "m",
      detail: ["d"],
      others: { status: "x" },
    });
    expect(contentType).toBe("application/problem+json");
    expect(JSON.parse(body)).toEqual({
      type: "about:blank",
      title: "Request Timeout",
      status: 408,
      detail: "m",
      code: 408,
      reason: "Request Time-out",
      details: ["d"],
      others: { status: "x" },
    });
  });

  it("leave out what there is not", () => {
    expect(Object.keys(JSON.parse(problemError({ status: 502, message: "m" }).body))).toEqual([
      "type",
      "title",
      "status",
      "detail",
      "code",
      "reason",
    ]);
  });
});

describe("an OAuth2 error (RFC 6749 section 5.2)", () => {
  it.each([
    [429, "temporarily_unavailable"],
    [503, "temporarily_unavailable"],
    [500, "server_error"],
    [502, "server_error"],
    [504, "server_error"],
    [400, "server_error"],
    [401, "server_error"],
  ])("of %i is %s", (status, error) => {
    expect(oauth2Error({ status, message: "m" })).toEqual({
      contentType: "application/json; charset=utf-8",
      body: `{"error":"${error}","error_description":"m"}`,
    });
  });

  it("describes itself in the characters that the RFC allows", () => {
    const body = JSON.parse(oauth2Error({ status: 500, message: 'a "b" c\\d\n€😀' }).body);
    expect(body.error_description).toBe("a 'b' c/d???");
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (message) => {
        const { error_description } = JSON.parse(oauth2Error({ status: 500, message }).body);
        expect(error_description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/);
      }),
    );
  });
});

describe("what the gateway says itself", () => {
  it.each([
    { dialect: "crest", style: "crest", has: "code", type: "application/json; charset=utf-8" },
    { dialect: "crest", style: "passthrough", has: "code", type: "application/json; charset=utf-8" },
    { dialect: "crest", style: "problem", has: "title", type: "application/problem+json" },
    { dialect: "authenticate", style: "crest", has: "code", type: "application/json; charset=utf-8" },
    { dialect: "scim", style: "crest", has: "code", type: "application/json; charset=utf-8" },
    { dialect: "scim", style: "problem", has: "title", type: "application/problem+json" },
    { dialect: "oauth2", style: "crest", has: "error", type: "application/json; charset=utf-8" },
    { dialect: "oauth2", style: "problem", has: "error", type: "application/json; charset=utf-8" },
    { dialect: "oauth2", style: "passthrough", has: "error", type: "application/json; charset=utf-8" },
  ] as const)("in $dialect with errors: $style has a $has", ({ dialect, style, has, type }) => {
    const { contentType, body } = ownError({ status: 503, message: "m", dialect, style });
    expect(contentType).toBe(type);
    expect(JSON.parse(body)).toHaveProperty(has);
  });
});
