/** Laws: what is found or written in one walk, or by a short cut, is exactly what the slow forms find and write. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  firstHeaderLine,
  headerLines,
  headerValue,
  withHeader,
  withoutHeaders,
} from "../../src/http/headers.ts";
import { joinedValue, linesOf, replaced } from "../support/in-passes.ts";
import { wildFields } from "../support/wild-fields.ts";

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
