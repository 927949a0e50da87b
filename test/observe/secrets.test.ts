import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isPlain, maskSecrets, printable, SECRET_NAMES, shown } from "../../src/observe/secrets.ts";

describe("masking what looks like a secret", () => {
  it.each<[string, string, string]>([
    ["a bearer token", "refused Bearer abc.DEF-123~+/== today", "refused Bearer [redacted] today"],
    ["basic credentials", "Basic dXNlcjpwYXNz", "Basic [redacted]"],
    ["a JSON Web Token", "/sessions/eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.sig/x", "/sessions/[redacted]/x"],
    ["an unsigned one", "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.", "[redacted]"],
    [
      "credentials in a URL",
      "cannot reach https://admin:hunter2@tenant/x",
      "cannot reach https://[redacted]@tenant/x",
    ],
    ["an authorization code", "GET /cb?code=abc123&x=1", "GET /cb?code=[redacted]&x=1"],
    [
      "a form field",
      "grant_type=refresh_token&refresh_token=r-1",
      "grant_type=refresh_token&refresh_token=[redacted]",
    ],
    ["a matrix parameter", "/users/1;tokenId=AQIC5w/x y", "/users/1;tokenId=[redacted] y"],
    ["a JSON member", '{"password": "hunter2", "sn": "x"}', '{"password":"[redacted]", "sn": "x"}'],
    ["a JSON member that is cut", '{"client_secret":"hunt', '{"client_secret":"[redacted]"'],
    ["a header line with several words", "Cookie: a=1; b=2", "Cookie: [redacted]"],
    [
      "a session of PingAM",
      "/json/sessions/AQIC5wM2LY4Sfcz.x_-*AAJTSQACMDE.*?_action=x",
      "/json/sessions/[redacted]?_action=x",
    ],
    ["a servlet's session", "/XUI/;jsessionid=0123456789ABCDEF.node1?x", "/XUI/;jsessionid=[redacted]?x"],
    [
      "a name and a colon",
      "token:abc.DEF-1, Password: hunter2; x",
      "token: [redacted], Password: [redacted]; x",
    ],
    ["32 bytes in hex", `key ${"0123456789abcdef".repeat(4)} x`, "key [redacted] x"],
    ["an e-mail address", "no user bjensen+x@mail.example.com here", "no user [redacted] here"],
    ["names in any case", "PASSWORD=hunter2", "PASSWORD=[redacted]"],
    [
      "what JSON.parse quotes",
      `Unexpected token 'h', "hunter2" is not valid JSON`,
      "Unexpected token 'h', [redacted] is not valid JSON",
    ],
    [
      "nothing else",
      "connect ECONNREFUSED 10.0.0.1:443 (code 7)",
      "connect ECONNREFUSED 10.0.0.1:443 (code 7)",
    ],
    ["everyday paths", "/openidm/managed/alpha_user/7c1e6a42", "/openidm/managed/alpha_user/7c1e6a42"],
  ])("%s", (_, text, masked) => {
    expect(maskSecrets(text)).toBe(masked);
  });

  it("masks what V8 itself puts into the message of a parse error", () => {
    let message = "";
    try {
      JSON.parse('hunter2 is my "password", dear parser, and this text is longer than it quotes');
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain("hunter2");
    expect(maskSecrets(message)).not.toContain("hunter2");
  });

  it("masks the value of every secret name, as a parameter and as a JSON member", () => {
    const value = fc.stringMatching(/^[A-Za-z0-9]{12,40}$/);
    fc.assert(
      fc.property(fc.constantFrom(...SECRET_NAMES), value, (name, secret) => {
        expect(maskSecrets(`x ${name}=${secret} y`)).not.toContain(secret);
        expect(maskSecrets(`{"${name}":"${secret}"}`)).not.toContain(secret);
      }),
    );
  });

  it.each([
    "eyJ".repeat(20_000),
    '"password": '.repeat(10_000),
    "//a".repeat(20_000),
    "Bearer ".repeat(10_000),
    "a.".repeat(30_000),
    "token:".repeat(10_000),
    "AQIC".repeat(15_000),
    "0123456789abcdef".repeat(4_000),
  ])("takes time in proportion to the text", (text) => {
    const before = performance.now();
    maskSecrets(text);
    expect(performance.now() - before).toBeLessThan(1000);
  });
});

describe("texts fit for one line", () => {
  it("leaves nothing that breaks a line, drives a terminal or turns the reading order", () => {
    expect(printable("a\r\nb\tc\u001b[2Jd\u009be\u2028f\u202eg\u0000h", 100)).toBe(
      "a\ufffd\ufffdb\ufffdc\ufffd[2Jd\ufffde\ufffdf\ufffdg\ufffdh",
    );
  });

  it("says where it cut", () => {
    expect(printable("abcdef", 3)).toBe("abc…");
  });

  it("never grows beyond its bound, whatever it is given", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 400 }), (text) => {
        const result = shown(text, 50);
        expect(result.length).toBeLessThanOrEqual(51);
        expect(result).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
      }),
    );
  });
});

describe("a plain text", () => {
  const MAX_CHARS = 60;
  /** Whole secrets, and what they are made of, in pieces that come together to whole ones and to near misses. */
  const piece = fc.oneof(
    fc.constantFrom(
      "eyJhbGciOiJub25lIn0.eyJzdWIi.",
      "eyJ-_.-",
      "//u:p@h",
      "DPoP x~1",
      "AQIC5wM2LY4S.*",
      "a@b.c",
      "0123456789abcdef".repeat(4),
      ";jsessionid=AB.c",
      "token:x",
      "cookie: a=b",
      '"token":"x"',
    ),
    fc.constantFrom(...SECRET_NAMES, "code", "state", "Bearer", "basic", "DPoP", "Cookie", "eyJ", "ey", "J"),
    fc.constantFrom(
      "=",
      ":",
      ": ",
      " ",
      "//",
      "/",
      "@",
      '"',
      "'",
      "&",
      ";",
      ".",
      "?",
      "#",
      "%",
      "\\",
      "\n",
      "_",
      "-",
    ),
    fc.constantFrom("users", "hunter2", "7c1e6a42", " is not valid JSON", "\u007f", "\u202e", "\ud800", "ü"),
    fc.string({ unit: "grapheme", maxLength: 4 }),
  );
  const text = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(""));

  it("is left as it is by all that the quick look spares it", () => {
    fc.assert(
      fc.property(text, (any) => {
        fc.pre(isPlain(any, MAX_CHARS));
        expect(maskSecrets(any)).toBe(any);
        expect(printable(any, MAX_CHARS)).toBe(any);
        expect(JSON.stringify(any)).toBe(`"${any}"`);
        expect(any).not.toMatch(/[?#]/);
      }),
      { numRuns: 2000, maxSkipsPerRun: 100 },
    );
  });

  it("shows as the full masks show it, and so does any other", () => {
    fc.assert(
      fc.property(text, (any) => {
        expect(shown(any, MAX_CHARS)).toBe(printable(maskSecrets(any.slice(0, 4 * MAX_CHARS)), MAX_CHARS));
      }),
      { numRuns: 2000 },
    );
  });

  it.each<[string, boolean]>([
    ["/openidm/managed/alpha_user/7c1e6a42-9d1e-4b3c-8f00-000000000001", true],
    ["/am/json/realms/root/realms/alpha/users/John.Doe~1%20x(y)", true],
    ["GET", true],
    ["", true],
    ["/sessions/eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.sig", false],
    ["/users/1;tokenId=AQIC5w", false],
    ["//admin:hunter2@tenant", false],
    ["/users?x", false],
    ["/x".repeat(60), false],
  ])("%s: %s", (any, plain) => {
    expect(isPlain(any, 100)).toBe(plain);
  });
});
