import { describe, expect, it } from "vitest";
import { parseAuthority } from "../../src/http/authority.ts";
import type { HeaderList } from "../../src/http/headers.ts";
import * as host from "../../src/http/host.ts";
import { requestFields } from "../../src/http/request-fields.ts";

const hostProblem = (headers: HeaderList, httpVersion: string): string | undefined =>
  host.hostProblem(requestFields(headers), httpVersion);

describe("the Host field (RFC 9112 section 3.2)", () => {
  it.each([
    "example.com",
    "EXAMPLE.com:8080",
    "127.0.0.1:80",
    "localhost",
    "am_internal",
    "[::1]",
    "[2001:db8::7]:8443",
    "[::ffff:192.0.2.1]",
    "host:",
    "a%20b",
    "tenant.example.com.",
    "host:65535",
  ])("may be %s", (host) => {
    expect(hostProblem(["Host", host], "1.1")).toBeUndefined();
  });

  it.each([
    "user@example.com",
    "user:secret@example.com",
    "example.com/path",
    "example.com\\path",
    "a b",
    "a\tb",
    "http://example.com",
    "example.com:80:80",
    "example.com:http",
    "example.com:-1",
    "example.com:65536",
    ":80",
    "::1",
    "[::1",
    "[::g]",
    "[1.2.3.4]",
    "[::1]x",
    "a%2",
    "a?b",
    "a#b",
    'a"b',
    "a<b>",
    "caf\u00e9",
  ])("may not be %s", (host) => {
    expect(hostProblem(["Host", host], "1.1")).toMatch(/not a host name or address/);
  });

  it("may not be empty", () => {
    expect(hostProblem(["Host", ""], "1.1")).toMatch(/empty/);
  });

  it.each([
    ["1.1", /no Host/],
    ["1.0", undefined],
  ])("that is missing under HTTP/%s", (version, expected) => {
    const problem = hostProblem(["Accept", "*/*"], version);
    if (expected) expect(problem).toMatch(expected);
    else expect(problem).toBeUndefined();
  });

  it.each(["1.0", "1.1"])("may not stand there twice under HTTP/%s, even with one value", (version) => {
    expect(hostProblem(["Host", "a", "hOST", "a"], version)).toMatch(/2 Host header fields/);
  });
});

describe("an authority", () => {
  it.each([
    ["Example.COM:443", { host: "example.com", port: 443 }],
    ["example.com", { host: "example.com", port: undefined }],
    ["example.com:", { host: "example.com", port: undefined }],
    ["[2001:DB8::1]:80", { host: "[2001:db8::1]", port: 80 }],
    ["", undefined],
    ["a@b", undefined],
  ])("%s", (text, expected) => {
    expect(parseAuthority(text)).toEqual(expected);
  });
});

describe("the scheme by which a caller came", () => {
  it.each([
    [[], "http", "http"],
    [["X-Forwarded-Proto", "https"], "http", "https"],
    [["x-forwarded-proto", "HTTPS, http"], "http", "https"],
    [["x-forwarded-proto", "http, https"], "http", "http"],
    [["x-forwarded-proto", "javascript"], "http", "http"],
    [["x-forwarded-proto", ""], "http", "http"],
    [[], "https", "https"],
    [["x-forwarded-proto", "http"], "https", "http"],
    [["x-forwarded-proto", "javascript"], "https", "https"],
  ] as const)("of %j that arrived by %s is %s", (headers, arrivedBy, scheme) => {
    expect(host.callerScheme(requestFields(headers), arrivedBy)).toBe(scheme);
  });
});
