/** Laws: what is found or written in one walk, or by a short cut, is exactly what the slow forms find and write. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isAuthority, parseAuthority } from "../../src/http/authority.ts";
import { requestHeadersToSend } from "../../src/http/forward.ts";
import {
  firstHeaderLine,
  headerLines,
  headerValue,
  withHeader,
  withoutHeaders,
} from "../../src/http/headers.ts";
import { mediaType, prefersHtml } from "../../src/http/media-type.ts";
import { requestFields } from "../../src/http/request-fields.ts";
import { parseTarget, queryParameters } from "../../src/http/target.ts";
import {
  joinedValue,
  linesOf,
  mediaTypeSlowly,
  plainTarget,
  prefersHtmlSlowly,
  readInPasses,
  replaced,
  sentInPasses,
} from "../support/in-passes.ts";
import { wildAccept, wildFields } from "../support/wild-fields.ts";

const RUNS = { numRuns: 2000 };

describe("looking a field up", () => {
  it("finds what a walk over pairs finds, in whatever case it is asked", () => {
    const asked = fc.constantFrom("connection", "X-ForgeRock-TransactionId", "HOST", "x-hop", "");
    fc.assert(
      fc.property(wildFields, asked, (headers, name) => {
        const lines = linesOf(headers).filter(([each]) => each.toLowerCase() === name.toLowerCase());
        const values = lines.map(([, value]) => value);
        expect(headerLines(headers, name)).toEqual(values);
        expect(firstHeaderLine(headers, name)).toBe(values[0]);
        expect(headerValue(headers, name)).toBe(joinedValue(headers, name.toLowerCase()));
        expect(withHeader(headers, name, "v")).toEqual(replaced(headers, name, "v"));
        expect(withoutHeaders(headers, (lower) => lower === name.toLowerCase())).toEqual(
          replaced(headers, name, "v").slice(0, -2),
        );
      }),
      { numRuns: 300 },
    );
  });
});

describe("a request", () => {
  it("is sent as one pass after the other would send it", () => {
    const options = fc.record({
      forwarded: fc.constantFrom("none" as const, "append" as const),
      callerAddress: fc.constantFrom(undefined, "10.1.1.1", "::1", "::ffff:192.0.2.7", "fe80::1%eth0"),
      callerProto: fc.constantFrom(undefined, "http", "https"),
      host: fc.constant("tenant.example"),
      httpVersion: fc.constantFrom("1.0", "1.1"),
    });
    fc.assert(
      fc.property(wildFields, options, (headers, how) => {
        expect(requestHeadersToSend(headers, how)).toEqual(sentInPasses(headers, how));
      }),
      RUNS,
    );
  });

  it("is read as one look after the other would read it", () => {
    fc.assert(
      fc.property(wildFields, (headers) => {
        expect(requestFields(headers)).toEqual(readInPasses(headers));
      }),
      RUNS,
    );
  });
});

describe("short cuts", () => {
  it("Accept prefers HTML exactly when its weights say so", () => {
    fc.assert(
      fc.property(wildAccept, (accept) => {
        expect(prefersHtml(accept)).toBe(prefersHtmlSlowly(accept));
      }),
      RUNS,
    );
  });

  it("a Content-Type reads the same the first time, the second time, and after many others", () => {
    const type = fc.constantFrom("application/json", "Text/HTML", "a/b/c", "text", " x/y ", "");
    const parameter = fc.constantFrom(";charset=utf-8", '; CHARSET="Latin1"', ";x=y", ";charset=", ";");
    const written = fc.tuple(type, fc.array(parameter, { maxLength: 3 })).map(([a, b]) => a + b.join(""));
    fc.assert(
      fc.property(fc.array(written, { maxLength: 100 }), (values) => {
        for (const value of [...values, ...values, "x".repeat(200)])
          expect(mediaType(value)).toEqual(mediaTypeSlowly(value));
      }),
      { numRuns: 50 },
    );
  });

  it("a plain target is itself, and no other target passes for a plain one", () => {
    const piece = fc.constantFrom(
      "/",
      "//",
      "/.",
      ".",
      "..",
      "a",
      "%2e",
      "%",
      "\\",
      "?",
      "#",
      " ",
      "é",
      "\0",
      "€",
      "&",
      "~",
    );
    const target = fc.array(piece, { maxLength: 8 }).map((pieces) => `/${pieces.join("")}`);
    const method = fc.constantFrom("GET", "OPTIONS", "CONNECT");
    fc.assert(
      fc.property(method, target, (asked, text) => {
        const plain = plainTarget(asked, text);
        const parsed = parseTarget(asked, text);
        if (plain) expect(parsed).toEqual({ target: plain });
        else if ("target" in parsed) expect(parsed.target.path).toMatch(/%|\\|\/\/|\/\./);
        else expect(asked === "CONNECT" || /[# \0€]/.test(text)).toBe(true);
      }),
      RUNS,
    );
  });

  it("a query without escapes is read as one with escapes", () => {
    const piece = fc.constantFrom("a", "B", "=", "&", "_fields", "é", "/", "==");
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const query = pieces.join("");
        const plain = [...queryParameters(query)];
        expect([...queryParameters(`${query}&%7a=%7a`)]).toEqual([...plain, ["z", ["z"]]]);
      }),
      RUNS,
    );
  });

  it("a Host that looks ordinary is one", () => {
    const piece = fc.constantFrom(
      "a",
      "EXAMPLE",
      ".",
      "-",
      "_",
      ":",
      "80",
      "59999",
      "65535",
      "65536",
      "[::1]",
      "@",
      "é",
      "",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 5 }), (pieces) => {
        const text = pieces.join("");
        expect(isAuthority(text)).toBe(parseAuthority(text) !== undefined);
      }),
      RUNS,
    );
  });
});
