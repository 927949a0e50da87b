import { describe, expect, it } from "vitest";
import type { Event, ExchangeRecord } from "../../src/observe/events.ts";
import { createLog, LOG_LEVELS, type Log } from "../../src/observe/log.ts";

const EXCHANGE: ExchangeRecord = {
  id: "0190d6c2",
  route: "users",
  family: "openidm",
  method: "PUT",
  path: "/openidm/managed/alpha_user/1",
  operation: "update",
  replay: "guarded",
  status: 200,
  attempts: 2,
  durationMs: 97.345,
  meaning: "ok",
  origin: "tenant",
  processed: "yes",
  reason: "answered",
  transactionId: "0190d6c2/1",
  policyHash: "0123456789ab",
};

const EXCHANGE_FIELDS = [
  ...[
    "level",
    "time",
    "msg",
    "id",
    "route",
    "family",
    "method",
    "path",
    "operation",
    "replay",
    "status",
    "attempts",
  ],
  ...["durationMs", "meaning", "origin", "processed", "reason", "failure", "transactionId", "policyHash"],
  ...["error", "errorCode", "cause", "stack"],
];

type Line = Record<string, unknown>;

function capture(level = "info"): { log: Log; text: () => string; lines: () => Line[] } {
  let text = "";
  const log = createLog({
    level,
    write: (line) => {
      text += line;
    },
  });
  const lines = (): Line[] =>
    text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Line);
  return { log, text: () => text, lines };
}

function lineOf(event: Event, level = "debug"): Line | undefined {
  const { log, lines } = capture(level);
  log.observe(event);
  return lines()[0];
}

describe("the line of an exchange", () => {
  it("is flat, has its level as a word, its time in UTC, and everything worth knowing", () => {
    expect(lineOf({ kind: "exchange", ...EXCHANGE })).toEqual({
      ...EXCHANGE,
      level: "info",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      msg: "exchange",
      durationMs: 97.3,
    });
  });

  it.each<[string, Partial<ExchangeRecord>, string]>([
    ["a good answer", { status: 200 }, "info"],
    ["a caller's mistake", { status: 404, meaning: "rejected" }, "info"],
    ["a failure", { status: 500 }, "warn"],
    ["a gateway's refusal", { status: 503, attempts: 0, reason: "circuit-open" }, "warn"],
    ["an answer that nobody can vouch for", { status: 412, processed: "unknown" }, "warn"],
    ["an exception of ours", { status: 200, error: new Error("boom") }, "error"],
  ])("for %s", (_, change, level) => {
    expect(lineOf({ kind: "exchange", ...EXCHANGE, ...change })?.level).toBe(level);
  });

  it("tells an exception's text, code, cause and stack", () => {
    const error = Object.assign(new TypeError("boom", { cause: new Error("because") }), { code: "ERR_BOOM" });
    const line = lineOf({ kind: "exchange", ...EXCHANGE, error });
    expect(line).toMatchObject({ error: "TypeError: boom", errorCode: "ERR_BOOM", cause: "Error: because" });
    expect(String(line?.stack).split("\n")[0]).toMatch(/^at .*log\.test\.ts/);
  });
});

describe("what can never be in a line", () => {
  const SECRET = "hunter2-canary";
  const laden = Object.assign(new Error(`upstream said Bearer ${SECRET} and password=${SECRET}`), {
    code: "EOUTSIDE",
    config: { headers: { authorization: SECRET } },
    body: SECRET,
    input: `https://tenant/?token=${SECRET}`,
    cause: new Error(`https://admin:${SECRET}@tenant refused`),
  });

  it("anything outside the allow list, even when an exchange carries it", () => {
    const { log, text, lines } = capture();
    const carried = {
      kind: "exchange" as const,
      ...EXCHANGE,
      path: `/openidm/config?access_token=${SECRET}#${SECRET}`,
      transactionId: `eyJhbGciOiJub25lIn0.${SECRET}.x`,
      error: laden,
      headers: { authorization: SECRET, cookie: SECRET },
      body: SECRET,
      query: SECRET,
      authorization: SECRET,
    };
    log.observe(carried as Event);
    expect(text()).not.toContain(SECRET);
    expect(Object.keys(lines()[0] ?? {}).filter((key) => !EXCHANGE_FIELDS.includes(key))).toEqual([]);
    expect(lines()[0]?.path).toBe("/openidm/config");
  });

  it.each<Event>([
    { kind: "attempt", route: "users", family: "openidm", class: "2xx", meaning: "ok", durationMs: 1 },
    { kind: "decision", route: "users", decision: "retried", reason: "unavailable" },
    { kind: "normalised", route: "users", from: "html" },
    { kind: "refused", family: "openidm", reason: "queue-full" },
    { kind: "breaker", family: "openidm", to: "open" },
    { kind: "reload", result: "success", message: "policy 0123456789ab" },
  ])("anything that the event $kind carries besides", (event) => {
    const { log, text } = capture("debug");
    log.observe(Object.assign({ headers: { cookie: SECRET }, note: SECRET }, event));
    expect(text()).not.toBe("");
    expect(text()).not.toContain(SECRET);
  });

  it("a field with a secret's name, however it is spelled", () => {
    const { log, text, lines } = capture();
    log.info("started", {
      authorization: SECRET,
      access_token: SECRET,
      accessToken: SECRET,
      "set-cookie": SECRET,
    });
    log.error("stopped", laden, { clientSecret: SECRET, password: SECRET });
    expect(text()).not.toContain(SECRET);
    expect(lines()[0]).toMatchObject({ authorization: "[redacted]", accessToken: "[redacted]" });
  });

  it("a line of an exception's text that poses as a frame of its stack", () => {
    const error = new Error("first\n    at forged (file:///forged.ts:1:1)");
    expect(lineOf({ kind: "exchange", ...EXCHANGE, error })?.stack).not.toContain("forged");
  });

  it("a text that gives a secret away by its shape", () => {
    const { log, text } = capture();
    log.warn("odd", { detail: `Cookie: session=${SECRET}`, upstream: `https://u:${SECRET}@tenant/` });
    log.observe({ kind: "reload", result: "failure", message: `routes[0]: got "client_secret=${SECRET}"` });
    expect(text()).not.toContain(SECRET);
  });

  it("an object where a flat value belongs", () => {
    const { log, lines } = capture();
    log.info("started", { request: { headers: { cookie: SECRET } } } as never);
    expect(lines()[0]).not.toHaveProperty("request");
  });

  it("a second line, or a character that a terminal obeys", () => {
    const { log, text, lines } = capture();
    const nasty = 'a\n{"level":"error","msg":"forged"}\r\u001b[2J\u009b\u2028\u202e';
    log.observe({
      kind: "exchange",
      ...EXCHANGE,
      id: nasty,
      route: nasty,
      family: nasty,
      method: nasty,
      path: nasty,
      operation: nasty,
      reason: nasty,
      failure: nasty,
      transactionId: nasty,
      error: new Error(nasty),
    });
    expect(lines()).toHaveLength(1);
    expect(text().trimEnd()).not.toMatch(/[\p{Cc}\u2028\u202e]/u);
  });

  it("more than a bounded part of what a caller sent", () => {
    const long = "x".repeat(50_000);
    const { log, text } = capture();
    log.observe({
      kind: "exchange",
      ...EXCHANGE,
      path: `/${long}`,
      transactionId: long,
      error: new Error(long),
    });
    expect(text().length).toBeLessThan(10_000);
  });
});

describe("the lines of other events", () => {
  it.each<[Event, Line]>([
    [
      { kind: "breaker", family: "am", to: "open" },
      { level: "warn", msg: "circuit open", family: "am" },
    ],
    [
      { kind: "breaker", family: "am", to: "half-open" },
      { level: "info", msg: "circuit half-open", family: "am" },
    ],
    [
      { kind: "breaker", family: "am", to: "closed" },
      { level: "info", msg: "circuit closed", family: "am" },
    ],
    [
      { kind: "reload", result: "success", message: "0123456789ab" },
      { level: "info", msg: "policy reloaded", detail: "0123456789ab" },
    ],
    [
      { kind: "reload", result: "failure", message: "policy.yaml:3: unknown key" },
      {
        level: "error",
        msg: "policy not reloaded: the last good one stays in force",
        detail: "policy.yaml:3: unknown key",
      },
    ],
    [
      {
        kind: "attempt",
        route: "users",
        family: "am",
        class: "5xx",
        meaning: "unavailable",
        durationMs: 12.34,
      },
      {
        level: "debug",
        msg: "attempt",
        route: "users",
        class: "5xx",
        meaning: "unavailable",
        durationMs: 12.3,
      },
    ],
    [
      { kind: "decision", route: "users", decision: "withheld", reason: "no-time" },
      { level: "debug", msg: "withheld", route: "users", reason: "no-time" },
    ],
    [
      { kind: "normalised", route: "users", from: "html" },
      { level: "debug", msg: "error body rewritten", route: "users", from: "html" },
    ],
    [
      { kind: "refused", family: "am", reason: "circuit-open" },
      { level: "debug", msg: "refused", family: "am", reason: "circuit-open" },
    ],
  ])("%o", (event, line) => {
    expect(lineOf(event)).toMatchObject(line);
  });

  it("of attempts and decisions are written at debug only", () => {
    const { log, text } = capture("info");
    log.observe({ kind: "decision", route: "users", decision: "retried", reason: "unavailable" });
    log.observe({ kind: "refused", family: "am", reason: "circuit-open" });
    expect(text()).toBe("");
  });
});

describe("levels", () => {
  it.each(LOG_LEVELS)("%s writes what is as bad and worse", (level) => {
    const { log, lines } = capture(level);
    log.debug("one");
    log.info("one");
    log.warn("one");
    log.error("one", new Error("x"));
    const wanted = LOG_LEVELS.slice(LOG_LEVELS.indexOf(level)).filter(
      (each) => each !== "silent" && each !== "trace",
    );
    expect(lines().map((line) => line.level)).toEqual(wanted);
    expect(log.level).toBe(level);
  });

  it("refuses a word that is no level, and names those that are", () => {
    expect(() => createLog({ level: "loud" })).toThrow(
      'log level "loud": expected one of trace, debug, info, warn, error, silent',
    );
  });
});
