import fc from "fast-check";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { REPLAY_CLASSES } from "../../src/crest/words.ts";
import { FAILURES, MEANINGS, ORIGINS, PROCESSED, WITHHELD_REASONS } from "../../src/decide/words.ts";
import type { ExchangeRecord } from "../../src/observe/events.ts";
import { exchangeFields, exchangeLevel, exchangeText } from "../../src/observe/exchange-line.ts";
import { createLog } from "../../src/observe/log.ts";
import { manualClock } from "../support/manual-clock.ts";
import { EXCHANGE } from "./sources.ts";

const AT_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 6);
const TIME = "2026-01-02T03:04:05.006Z";

let text = "";
const write = (line: string): void => {
  text += line;
};
const log = createLog({ level: "debug", write, clock: manualClock(AT_MS) });
const logger = pino(
  {
    level: "debug",
    base: null,
    timestamp: () => `,"time":"${TIME}"`,
    formatters: { level: (word: string) => ({ level: word }) },
  },
  { write },
);

/** What the log writes. */
function written(exchange: ExchangeRecord): string {
  text = "";
  log.observe({ kind: "exchange", ...exchange });
  return text;
}

/** What pino writes for the same fields. */
function byPino(exchange: ExchangeRecord): string {
  text = "";
  logger[exchangeLevel(exchange)](exchangeFields(exchange), "exchange");
  return text;
}

const plain = fc.stringMatching(/^[A-Za-z0-9/_.~%-]{0,40}$/);
const nasty = fc
  .array(
    fc.oneof(
      fc.string({ unit: "binary", maxLength: 30 }),
      fc.constantFrom(
        '"',
        "\\",
        "\n",
        "\u0000",
        "\u007f",
        "\u2028",
        "\ud800",
        "\udc00",
        "ü",
        "😀",
        " ",
        "?",
        "#",
      ),
      fc.constantFrom(
        "password=hunter2",
        "eyJhbGciOiJub25lIn0.eyJzdWIi.",
        "//u:p@h",
        "users",
        "x".repeat(150),
      ),
    ),
    { maxLength: 5 },
  )
  .map((pieces) => pieces.join(""));
const any = fc.oneof({ weight: 6, arbitrary: plain }, { weight: 1, arbitrary: nasty });
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });

const ms = fc.double({ min: 0, max: 1e9, noNaN: true });
const attempt = fc.record(
  {
    status: fc.integer({ min: 100, max: 999 }),
    failure: fc.constantFrom(...FAILURES),
    meaning: fc.constantFrom(...MEANINGS),
    atMs: ms,
    durationMs: ms,
    toldMs: ms,
    next: fc.constantFrom("retried" as const, ...WITHHELD_REASONS),
    waitMs: ms,
  },
  { requiredKeys: ["meaning", "atMs", "durationMs", "next"] },
);

const exchangesOf = (text: fc.Arbitrary<string>): fc.Arbitrary<ExchangeRecord> =>
  fc.record({
    id: text,
    route: text,
    family: text,
    method: text,
    path: text,
    operation: text,
    replay: fc.constantFrom(...REPLAY_CLASSES),
    status: fc.integer({ min: 100, max: 999 }),
    attempts: fc.nat(),
    durationMs: fc.oneof(fc.double(), fc.double({ min: 0, max: 1e5 })),
    meaning: maybe(fc.constantFrom(...MEANINGS)),
    origin: fc.constantFrom(...ORIGINS),
    processed: maybe(fc.constantFrom(...PROCESSED)),
    reason: maybe(text),
    delivery: maybe(fc.constantFrom("cut" as const, "caller-left" as const)),
    failure: maybe(text),
    transactionId: maybe(text),
    settled: maybe(fc.constantFrom("applied" as const, "not-applied" as const, "unresolved" as const)),
    story: maybe(fc.array(attempt, { minLength: 1, maxLength: 3 })),
    policyHash: fc.stringMatching(/^[0-9a-f]{12}$/),
    error: fc.oneof(
      { weight: 9, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.string().map((message) => new Error(message)) },
    ),
  }) as fc.Arbitrary<ExchangeRecord>;

describe("the line of an exchange", () => {
  it("is, byte for byte, what pino writes for its fields", () => {
    let composed = 0;
    fc.assert(
      fc.property(fc.oneof(exchangesOf(plain), exchangesOf(any)), (exchange) => {
        composed += exchangeText(exchange) === undefined ? 0 : 1;
        expect(written(exchange)).toBe(byPino(exchange));
      }),
      { numRuns: 1000 },
    );
    expect(composed).toBeGreaterThan(200);
  });

  it("looks so", () => {
    const whole: ExchangeRecord = {
      ...EXCHANGE,
      durationMs: 97.345,
      meaning: "ok",
      processed: "yes",
      transactionId: "0190d6c2/1",
    };
    expect(written(whole)).toBe(
      `{"level":"info","time":"${TIME}","id":"1","route":"users","family":"openidm","method":"PUT",` +
        `"path":"/openidm/managed/alpha_user/1","operation":"update","replay":"guarded","status":200,"attempts":1,` +
        `"durationMs":97.3,"meaning":"ok","origin":"tenant","processed":"yes","transactionId":"0190d6c2/1",` +
        `"policyHash":"0123456789ab","msg":"exchange"}\n`,
    );
  });

  it.each<[string, Partial<ExchangeRecord>, boolean]>([
    ["a healthy exchange", {}, true],
    ["a caller's mistake", { status: 404, meaning: "rejected", reason: "answered" }, true],
    [
      "an outage",
      { status: 502, reason: "attempts-spent", failure: "ECONNRESET", processed: "unknown" },
      true,
    ],
    ["an answer that was cut", { delivery: "cut" }, true],
    ["a query that should not be there", { path: "/x?token=hunter2" }, false],
    ["a secret's shape", { transactionId: "eyJhbGciOiJub25lIn0.eyJzdWIi." }, false],
    ["a long path", { path: "/x".repeat(251) }, false],
    ["what JSON escapes", { family: 'a"b' }, false],
    ["an exception", { error: new Error("boom") }, false],
  ])("with %s: whether it is put together without pino", (_, change, here) => {
    expect(exchangeText({ ...EXCHANGE, ...change }) !== undefined).toBe(here);
  });

  it("is not even put together at a level that leaves it out", () => {
    const lines: string[] = [];
    const log = createLog({ level: "warn", write: (line) => lines.push(line), clock: manualClock(AT_MS) });
    log.observe({ kind: "exchange", ...EXCHANGE });
    expect(lines).toEqual([]);
    log.observe({ kind: "exchange", ...EXCHANGE, status: 503 });
    expect(lines).toHaveLength(1);
  });

  it("has the time of its millisecond, also after another", async () => {
    const lines: string[] = [];
    const clock = manualClock(AT_MS);
    const log = createLog({ level: "info", write: (line) => lines.push(line), clock });
    for (const waitMs of [0, 0, 1, 1000]) {
      await clock.advance(waitMs);
      log.observe({ kind: "exchange", ...EXCHANGE });
      log.info("another");
    }
    const times = lines.map((line) => String(JSON.parse(line).time).slice(17));
    expect(times).toEqual([
      "05.006Z",
      "05.006Z",
      "05.006Z",
      "05.006Z",
      "05.007Z",
      "05.007Z",
      "06.007Z",
      "06.007Z",
    ]);
  });
});
