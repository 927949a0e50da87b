import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseHttpDate } from "../../src/http/http-date.ts";
import { deltaSeconds, retryAfterMs } from "../../src/http/retry-after.ts";

const NOW = Date.UTC(2026, 0, 15, 12, 0, 0);
const httpDate = (ms: number): string => new Date(ms).toUTCString();

describe("HTTP dates (RFC 9110 section 5.6.7)", () => {
  const example = Date.UTC(1994, 10, 6, 8, 49, 37);
  it.each([
    ["Sun, 06 Nov 1994 08:49:37 GMT", example],
    ["Sunday, 06-Nov-94 08:49:37 GMT", example],
    ["Sun Nov  6 08:49:37 1994", example],
    ["Sat Nov 26 08:49:37 1994", Date.UTC(1994, 10, 26, 8, 49, 37)],
    ["Sat, 29 Feb 2020 00:00:00 GMT", Date.UTC(2020, 1, 29)],
    ["Sat, 31 Dec 2016 23:59:60 GMT", Date.UTC(2017, 0, 1)],
    ["Sun, 06 Nov 1994 08:49:37 UTC", undefined],
    ["Sun, 06 Nov 1994 08:49:37", undefined],
    ["06 Nov 1994 08:49:37 GMT", undefined],
    ["Sun, 6 Nov 1994 08:49:37 GMT", undefined],
    ["Sun, 06 nov 1994 08:49:37 GMT", undefined],
    ["Sun, 31 Apr 2026 00:00:00 GMT", undefined],
    ["Mon, 29 Feb 2021 00:00:00 GMT", undefined],
    ["Sun, 00 Nov 1994 08:49:37 GMT", undefined],
    ["Sun, 06 Nov 1994 24:00:00 GMT", undefined],
    ["Sun, 06 Nov 1994 08:60:00 GMT", undefined],
    ["Sun, 06 Nov 0094 08:49:37 GMT", undefined],
    ["1994-11-06T08:49:37Z", undefined],
    ["", undefined],
  ])("%s", (text, expected) => {
    expect(parseHttpDate(text, NOW)).toBe(expected);
  });

  it.each([
    ["26", 2026],
    ["75", 2075],
    ["76", 2076],
    ["77", 1977],
    ["99", 1999],
    ["00", 2000],
  ])("a two-digit year %s is %s in 2026: never more than 50 years ahead", (digits, year) => {
    const date = parseHttpDate(`Thursday, 01-Jan-${digits} 00:00:00 GMT`, NOW);
    expect(new Date(date ?? Number.NaN).getUTCFullYear()).toBe(year);
  });

  it("a two-digit year may lie in the next century", () => {
    const date = parseHttpDate("Friday, 01-Jan-01 00:00:00 GMT", Date.UTC(2099, 11, 31));
    expect(new Date(date ?? Number.NaN).getUTCFullYear()).toBe(2101);
  });
});

describe("Retry-After (RFC 9110 section 10.2.3)", () => {
  it.each([
    ["120", 120_000],
    ["0", 0],
    [" 7 ", 7000],
    ["007", 7000],
    ["2147483", 2_147_483_000],
    [httpDate(NOW + 90_000), 90_000],
    [httpDate(NOW - 90_000), 0],
    ["Thursday, 15-Jan-26 12:01:30 GMT", 90_000],
    ["Thu Jan 15 12:01:30 2026", 90_000],
    // No hint: garbage, and waits that nobody means.
    ["", undefined],
    ["soon", undefined],
    ["-5", undefined],
    ["+5", undefined],
    ["1.5", 1500],
    ["299.997", 299_997],
    ["1e3", undefined],
    ["0x10", undefined],
    ["5, 10", undefined],
    // Longer than any timer, and a wait all the same: thirty days are valid.
    ["2592000", 2_592_000_000],
    ["99999999999999999999999", 2 ** 31 * 1000],
    [httpDate(NOW + 25 * 86_400_000), 25 * 86_400_000],
  ])("%s", (value, expected) => {
    expect(retryAfterMs(["Retry-After", value], NOW)).toBe(expected);
  });

  it.each([-3_600_000, 0, 3_600_000])(
    "a date is measured by the tenant's clock, which is %i ms off",
    (skewMs) => {
      const headers = ["Date", httpDate(NOW + skewMs), "Retry-After", httpDate(NOW + skewMs + 30_000)];
      expect(retryAfterMs(headers, NOW)).toBe(30_000);
    },
  );

  it("an unreadable Date leaves our own clock", () => {
    expect(retryAfterMs(["Date", "<date>", "Retry-After", httpDate(NOW + 30_000)], NOW)).toBe(30_000);
  });

  it("of several lines the longest wait holds", () => {
    expect(retryAfterMs(["Retry-After", "5", "retry-after", "soon", "RETRY-AFTER", "9"], NOW)).toBe(9000);
  });

  it("is no hint when it is absent", () => {
    expect(retryAfterMs([], NOW)).toBeUndefined();
  });
});

describe("x-ratelimit-reset", () => {
  const reset = String(NOW / 1000 + 20);
  it.each([
    { name: "in epoch seconds", headers: ["x-ratelimit-reset", reset], expected: 20_000 },
    {
      name: "with nothing remaining",
      headers: ["X-RateLimit-Reset", reset, "X-RateLimit-Remaining", "0"],
      expected: 20_000,
    },
    {
      name: "with some remaining",
      headers: ["x-ratelimit-reset", reset, "x-ratelimit-remaining", "28"],
      expected: undefined,
    },
    { name: "in the past", headers: ["x-ratelimit-reset", "1695670256"], expected: 0 },
    {
      name: "beside a Retry-After",
      headers: ["x-ratelimit-reset", reset, "retry-after", "3"],
      expected: 3000,
    },
    {
      name: "beside an unreadable Retry-After",
      headers: ["x-ratelimit-reset", reset, "retry-after", "soon"],
      expected: undefined,
    },
    {
      name: "as seconds to wait, which it is not",
      headers: ["x-ratelimit-reset", "30"],
      expected: undefined,
    },
    { name: "in milliseconds", headers: ["x-ratelimit-reset", `${reset}000`], expected: undefined },
    { name: "unreadable", headers: ["x-ratelimit-reset", "later"], expected: undefined },
    {
      name: "by the tenant's clock",
      headers: ["date", httpDate(NOW - 60_000), "x-ratelimit-reset", String(NOW / 1000 - 50)],
      expected: 10_000,
    },
  ])("$name", ({ headers, expected }) => {
    expect(retryAfterMs(headers, NOW)).toBe(expected);
  });
});

describe("the laws of waiting", () => {
  const date = fc.integer({ min: -1e12, max: 4e12 }).map((ms) => httpDate(ms));
  const value = fc.oneof(fc.string(), fc.integer().map(String), fc.bigInt().map(String), date);
  const name = fc.constantFrom("Retry-After", "Date", "x-ratelimit-reset", "x-ratelimit-remaining");
  const headers = fc.array(fc.tuple(name, value), { maxLength: 6 }).map((lines) => lines.flat());
  const now = fc.oneof(
    fc.integer({ min: 0, max: 4e12 }),
    fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY),
  );

  it("a hint is never negative, never NaN and never more than fits the field", () => {
    fc.assert(
      fc.property(headers, now, (list, nowMs) => {
        const wait = retryAfterMs(list, nowMs);
        if (wait === undefined) return;
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThanOrEqual(2 ** 31 * 1000);
      }),
    );
  });

  it("what we tell is never earlier than what we mean, and we understand it ourselves", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 2_147_482_000, noNaN: true }), (ms) => {
        const told = retryAfterMs(["Retry-After", deltaSeconds(ms)], NOW) ?? Number.NaN;
        expect(told).toBeGreaterThanOrEqual(ms);
        expect(told).toBeLessThanOrEqual(ms + 1000);
      }),
    );
  });

  it.each([
    [0, "0"],
    [1, "1"],
    [999.5, "1"],
    [1000, "1"],
    [1001, "2"],
    [-5, "0"],
    [Number.NaN, "0"],
    [5e-324, "1"],
    [Number.POSITIVE_INFINITY, "2147483648"],
  ])("%f ms are %s seconds", (ms, expected) => {
    expect(deltaSeconds(ms)).toBe(expected);
  });
});
