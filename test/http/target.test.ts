import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseTarget, queryParameters } from "../../src/http/target.ts";

function target(method: string, text: string) {
  const parsed = parseTarget(method, text);
  if ("problem" in parsed) throw new Error(parsed.problem);
  return parsed.target;
}

function problem(method: string, text: string): string | undefined {
  const parsed = parseTarget(method, text);
  return "problem" in parsed ? parsed.problem : undefined;
}

describe("the forms of a request target (RFC 9112 section 3.2)", () => {
  it.each([
    { method: "GET", text: "/", form: "origin", forwarded: "/", path: "/", query: "" },
    {
      method: "GET",
      text: "/where?q=now",
      form: "origin",
      forwarded: "/where?q=now",
      path: "/where",
      query: "q=now",
    },
    { method: "GET", text: "/a?b?c", form: "origin", forwarded: "/a?b?c", path: "/a", query: "b?c" },
    { method: "GET", text: "/a?", form: "origin", forwarded: "/a?", path: "/a", query: "" },
    { method: "GET", text: "//a//b", form: "origin", forwarded: "//a//b", path: "//a//b", query: "" },
    {
      method: "GET",
      text: "/%2e%2e/x",
      form: "origin",
      forwarded: "/%2e%2e/x",
      path: "/%2e%2e/x",
      query: "",
    },
    {
      method: "GET",
      text: "/caf\u00c3\u00a9",
      form: "origin",
      forwarded: "/caf\u00c3\u00a9",
      path: "/caf\u00c3\u00a9",
      query: "",
    },
    {
      method: "GET",
      text: "http://host/a/%2E?x=%20",
      form: "absolute",
      forwarded: "/a/%2E?x=%20",
      path: "/a/%2E",
      query: "x=%20",
    },
    { method: "GET", text: "HTTPS://[::1]:8443/a", form: "absolute", forwarded: "/a", path: "/a", query: "" },
    { method: "GET", text: "http://host", form: "absolute", forwarded: "/", path: "/", query: "" },
    {
      method: "GET",
      text: "http://host?a=/b",
      form: "absolute",
      forwarded: "/?a=/b",
      path: "/",
      query: "a=/b",
    },
    { method: "GET", text: "http://host//", form: "absolute", forwarded: "//", path: "//", query: "" },
    { method: "OPTIONS", text: "http://host:8001", form: "absolute", forwarded: "*", path: "*", query: "" },
    { method: "OPTIONS", text: "http://host/", form: "absolute", forwarded: "/", path: "/", query: "" },
    { method: "OPTIONS", text: "*", form: "asterisk", forwarded: "*", path: "*", query: "" },
  ])("reads $method $text", ({ method, text, form, forwarded, path, query }) => {
    expect(target(method, text)).toMatchObject({ form, pathAndQuery: forwarded, path, query });
  });

  it.each([
    { method: "GET", text: "", why: /neither a path|space or a control/ },
    { method: "CONNECT", text: "www.example.com:80", why: /CONNECT/ },
    { method: "CONNECT", text: "/", why: /CONNECT/ },
    { method: "GET", text: "www.example.com:80", why: /neither a path/ },
    { method: "GET", text: "www.example.com", why: /neither a path/ },
    { method: "GET", text: "?q", why: /neither a path/ },
    { method: "GET", text: "ftp://host/x", why: /neither a path/ },
    { method: "GET", text: "*", why: /OPTIONS only/ },
    { method: "OPTIONS", text: "*/x", why: /neither a path/ },
    { method: "GET", text: "/a#b", why: /fragment/ },
    { method: "GET", text: "http://host/#b", why: /fragment/ },
    { method: "GET", text: "/a b", why: /space/ },
    { method: "GET", text: "/a\tb", why: /control/ },
    { method: "GET", text: "/a\r\nHost: x", why: /control/ },
    { method: "GET", text: "/a\u007f", why: /control/ },
    { method: "GET", text: "/caf\u20ac", why: /control/ },
    { method: "GET", text: "http:///a", why: /host/ },
    { method: "GET", text: "http://user@host/a", why: /host/ },
    { method: "GET", text: "http://host:port/a", why: /host/ },
    { method: "GET", text: "http://host\\@other/a", why: /host/ },
  ])("refuses $method $text", ({ method, text, why }) => {
    expect(problem(method, text)).toMatch(why);
  });

  it("hands on any legal origin-form byte for byte", () => {
    const pchar = fc.oneof(
      fc.constantFrom(..."abzAZ09-._~!$&'()*+,;=:@"),
      fc.integer({ min: 0, max: 255 }).map((byte) => `%${byte.toString(16).padStart(2, "0")}`),
    );
    const segment = fc.array(pchar, { maxLength: 8 }).map((parts) => parts.join(""));
    const path = fc
      .array(segment, { minLength: 1, maxLength: 6 })
      .map((segments) => `/${segments.join("/")}`);
    const query = fc
      .array(fc.oneof(pchar, fc.constantFrom("/", "?")), { maxLength: 12 })
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(path, fc.option(query, { nil: undefined }), (aPath, aQuery) => {
        const text = aQuery === undefined ? aPath : `${aPath}?${aQuery}`;
        const parsed = target("GET", text);
        expect(parsed.pathAndQuery).toBe(text);
        expect(parsed.path).toBe(aPath);
        expect(parsed.query).toBe(aQuery ?? "");
        expect(parsed.matchPaths[0]).toBe(aPath);
      }),
    );
  });
});

describe("the paths that patterns are asked about", () => {
  it.each([
    ["/openidm/managed/alpha_user", []],
    ["/.well-known/openid-configuration", []],
    ["/a;x=1/b", ["/a/b"]],
    ["/a/..;/b", ["/a/..;/b", "/b"].slice(1)],
    ["/a/..;x=1/..;/b;y", ["/b"]],
    ["/a%3Bx/b", ["/a;x/b", "/a/b"]],
    ["/;a/;b", ["/"]],
    ["/a%2Fb", ["/a/b"]],
    ["/%6fpenidm/config", ["/openidm/config"]],
    ["/a/../b", ["/b"]],
    ["/a/%2e%2E/b", ["/b"]],
    ["/../../b", ["/b"]],
    ["/a/b/..", ["/a/"]],
    ["/a/.", ["/a/"]],
    ["/..", ["/"]],
    ["//a///b", ["/a/b"]],
    ["/a//", ["/a/"]],
    ["/a\\b", ["/a/b"]],
    ["/a%5cb", ["/a/b"]],
    ["/a%zz/b", []],
    ["/a%c3%a9", ["/aé"]],
    ["/a%ff%2e", ["/a\uFFFD."]],
    // A server that decodes once sees the first, one that decodes twice the second.
    ["/%63onfig/%252e%252e", ["/config/%2e%2e", "/"]],
    ["/a%25252fb", ["/a%252fb", "/a%2fb", "/a/b"]],
    ["/a%2525252fb", ["/a%25252fb", "/a%252fb", "/a%2fb"]],
  ] as const)("of %s are itself and %j", (path, others) => {
    expect(target("GET", path).matchPaths).toEqual([path, ...others]);
  });

  it("do not hold the query", () => {
    expect(target("GET", "/a%41?b=%2e%2e/").matchPaths).toEqual(["/a%41", "/aA"]);
  });
});

describe("query parameters", () => {
  it.each([
    ["", {}],
    ["_action=create", { _action: ["create"] }],
    ["_ACTION=Create", { _action: ["Create"] }],
    ["_queryFilter=userName+eq+%22x%22", { _queryfilter: ['userName eq "x"'] }],
    ["a=1&a=2&A=3", { a: ["1", "2", "3"] }],
    ["a&b=&=c", { a: [""], b: [""], "": ["c"] }],
    ["a=b=c", { a: ["b=c"] }],
    ["&&a=1&", { a: ["1"] }],
    ["a=%zz%2", { a: ["%zz%2"] }],
    ["%5Faction=x", { _action: ["x"] }],
    ["a=%E2%82%AC", { a: ["€"] }],
    ["a=%ff", { a: ["\uFFFD"] }],
    ["a=%2541", { a: ["%41"] }],
    ["__proto__=x", { ["__proto__"]: ["x"] }],
  ])("of %s", (query, expected) => {
    expect([...queryParameters(query)]).toEqual(Object.entries(expected));
  });
});
