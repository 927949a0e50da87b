import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { proxyStatus } from "../../src/http/proxy-status.ts";

describe("Proxy-Status (RFC 9209)", () => {
  it("names the gateway when there is nothing else to say", () => {
    expect(proxyStatus({})).toBe("crest-gateway");
  });

  it("says everything in one order, whatever the order of the fields", () => {
    const value = proxyStatus({
      settled: "applied",
      origin: "edge",
      processed: "unknown",
      reason: "budget-spent",
      meaning: "unavailable",
      attempts: 3,
      receivedStatus: 503,
      error: "connection_refused",
    });
    expect(value).toBe(
      "crest-gateway; error=connection_refused; received-status=503; attempts=3; meaning=unavailable; " +
        "reason=budget-spent; processed=unknown; origin=edge; settled=applied",
    );
  });

  it.each([
    ["", false],
    ["two words", false],
    ['quo"te', false],
    ["a;b=c", false],
    ["a\r\nb", false],
    ["9lives", false],
    ["-a", false],
    ["caf\u00e9", false],
    ["*", true],
    ["a/b:c", true],
    ["no-time", true],
  ])("writes the reason %j only if it is a token: %s", (reason, legal) => {
    expect(proxyStatus({ reason })).toBe(legal ? `crest-gateway; reason=${reason}` : "crest-gateway");
  });

  it.each([1.5, Number.NaN, Number.POSITIVE_INFINITY, 1e15, undefined])(
    "leaves out %s attempts",
    (attempts) => {
      expect(proxyStatus({ attempts })).toBe("crest-gateway");
    },
  );

  it("says that there were 0 attempts", () => {
    expect(proxyStatus({ attempts: 0 })).toBe("crest-gateway; attempts=0");
  });

  it("is a legal structured field whatever it is given", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.double(), (error, reason, attempts) => {
        expect(proxyStatus({ error, reason, attempts })).toMatch(
          /^crest-gateway(; [a-z-]+=(-?\d{1,15}|[A-Za-z*][\w!#$%&'*+.^`|~:/-]*))*$/,
        );
      }),
    );
  });
});
