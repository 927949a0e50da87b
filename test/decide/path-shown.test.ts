/** What a path may show. What is harmless is listed; everything else is hidden, in whatever shape a secret comes. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HIDDEN, isHarmless, pathShown } from "../../src/decide/path-shown.ts";
import { compilePath } from "../../src/decide/pattern.ts";

const shown = (path: string, ...patterns: string[]) => pathShown(path, patterns.map(compilePath));

const SECRETS = {
  "a session of PingAM": "AQIC5wM2LY4SfczntBbXVEAoECbqMEQ.*AAJTSQACMDEAAlNLABQtMzQ.*",
  "a JSON Web Token": "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxMjM0In0.c2ln",
  "an opaque token of the tenant": "Uj9kA3GvBq7LmZ0xYw2PcTd4nR8",
  "the same with a dash in it": "Uj9kA3GvBq-LmZ0xYw2PcTd4nR8",
  "64 hex digits": "0123456789abcdef".repeat(4),
  "32 hex digits": "0123456789abcdef".repeat(2),
  "an e-mail address": "bjensen@example.com",
  "an encoded one": "bjensen%40example.com",
  "a servlet's session": "index.html;jsessionid=0123ABCD",
  "a path parameter alone": ";tokenId=x",
  "a name and a value": "password=hunter2",
  "a name and a colon": "token:hunter2",
  "base64 joined by dots": "QWxhZGRpbjpvcGVuIHNlc2FtZQ.c2VjcmV0c2VjcmV0",
  "a long passphrase": "correct-horse-battery-staple-correct-horse-battery-staple",
  "a phone number with a plus": "+49301234567",
  "a name beyond ASCII": "J\u00fcrgen",
};

describe("a segment that could be a secret", () => {
  it.each(Object.entries(SECRETS))("%s is hidden", (_name, secret) => {
    expect(shown(`/am/json/sessions/${secret}`)).toBe(`/am/json/sessions/${HIDDEN}`);
    expect(shown(`/am/${secret}/x`, "/am/*/x")).toBe(`/am/${HIDDEN}/x`);
    expect(shown(`//${secret}//`, "/**")).toBe(`//${HIDDEN}//`);
    expect(shown(secret)).toBe(HIDDEN);
  });
});

describe("what people look for in a log", () => {
  it.each([
    "/openidm/managed/alpha_user/7c1e6a42-5f0b-4c7e-9d3a-0b1c2d3e4f50",
    "/am/json/realms/root/realms/alpha/realm-config/services/oauth-oidc",
    "/openidm/config/emailTemplate/welcome",
    "/openidm/system/Azure-AD-2024/User",
    "/am/XUI/main.3f2a1c.js",
    "/environment/variables/esv-mail-host-2",
    "/monitoring/logs/tail",
    "/v1/users/12345678901234567890",
    "/.well-known/openid-configuration",
    "/",
    "//a//b/",
    "/a/../b/./c",
    "*",
  ])("%s is shown", (path) => {
    expect(shown(path)).toBe(path);
  });
});

describe("what the route's own pattern spells out", () => {
  it("is shown, however it looks", () => {
    const odd = "realms;v=1:of-our-very-own-and-much-too-long-name-2024";
    expect(shown(`/am/${odd}/${SECRETS["64 hex digits"]}`, `/am/${odd}/*`)).toBe(`/am/${odd}/${HIDDEN}`);
    expect(shown(`/am/${odd}/x`, `/am/${odd}/**`, "/other/**")).toBe(`/am/${odd}/x`);
  });

  it("is not shown where a star took it, or where another pattern matched", () => {
    expect(shown("/am/a=b/x", "/am/*=b/x")).toBe(`/am/${HIDDEN}/x`);
    expect(shown("/am/a=b/x", "/am/a=b")).toBe(`/am/${HIDDEN}/x`);
    expect(shown("/x/a=b", "/**/a=b")).toBe(`/x/${HIDDEN}`);
  });
});

it("shows nothing but what is harmless segment by segment, for any path", () => {
  const piece = fc.oneof(
    fc.constantFrom(
      ...Object.values(SECRETS),
      "a",
      "alpha_user",
      "/",
      "//",
      "..",
      "*",
      "=",
      "@",
      ";",
      "%2e",
      "1",
    ),
    fc.string({ unit: "binary", maxLength: 30 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const path = pieces.join("");
      const result = shown(path, "/a/**");
      if (path === "*") return;
      expect(result.split("/")).toHaveLength(path.split("/").length);
      for (const segment of result.split("/")) expect(segment === HIDDEN || isHarmless(segment)).toBe(true);
    }),
    { numRuns: 2000 },
  );
});
