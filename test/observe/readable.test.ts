/** What a person sees on a terminal, line by line. */
import { describe, expect, it } from "vitest";
import type { ExchangeRecord } from "../../src/observe/events.ts";
import { createLog } from "../../src/observe/log.ts";
import { inColours, plainly, readable } from "../../src/observe/readable.ts";
import { manualClock } from "../support/manual-clock.ts";
import { EXCHANGE } from "./sources.ts";

const NOON = Date.UTC(2026, 10, 29, 12, 3, 4, 5);

function shown(exchange: Partial<ExchangeRecord>, paint = plainly): string {
  const lines: string[] = [];
  const clock = manualClock(NOON);
  createLog({ level: "info", write: (line) => lines.push(line), clock, forPeople: paint }).observe({
    kind: "exchange",
    ...EXCHANGE,
    durationMs: 812.4,
    ...exchange,
  });
  return lines.join("");
}

const AT = "12:03:04 ";
const PUT = `${AT}PUT /openidm/managed/alpha_user/1`;
const attempt = { meaning: "unavailable", atMs: 0, durationMs: 5, next: "retried", waitMs: 9 } as const;

const ROWS: readonly (readonly [name: string, exchange: Partial<ExchangeRecord>, line: string])[] = [
  ["one that went well says no more than that", { meaning: "ok" }, `${PUT} 200 812 ms`],
  [
    "a caller's own mistake neither",
    { status: 404, meaning: "rejected", reason: "answered" },
    `${PUT} 404 812 ms`,
  ],
  [
    "attempts that helped",
    {
      attempts: 3,
      meaning: "ok",
      settled: "applied",
      story: [
        { ...attempt, status: 503 },
        { ...attempt, failure: "reset", meaning: "cut-off" },
        { status: 200, meaning: "ok", atMs: 9, durationMs: 5, next: "answered" },
      ],
    },
    `${PUT} 200 812 ms · 3 attempts (503, reset) · settled: applied`,
  ],
  [
    "a write that was not sent again",
    {
      status: 503,
      meaning: "unavailable",
      reason: "not-replayable",
      processed: "unknown",
      story: [{ ...attempt, status: 503, next: "not-replayable" }],
    },
    `${PUT} 503 812 ms · unavailable, not sent again: not-replayable · nobody knows whether it was done`,
  ],
  [
    "a refusal",
    { status: 503, attempts: 0, reason: "circuit-open", processed: "no" },
    `${PUT} 503 812 ms · not sent: circuit-open`,
  ],
  ["a caller who left", { status: 499, delivery: "caller-left" }, `${PUT} 499 812 ms · the caller left`],
  [
    "a mistake of the gateway",
    { status: 500, error: new Error("no such thing") },
    `${PUT} 500 812 ms · a mistake of the gateway: Error: no such thing`,
  ],
];

describe("a line for people, of", () => {
  it.each(ROWS)("%s", (_name, exchange, line) => expect(shown(exchange)).toBe(`${line}\n`));
});

describe("a line for people", () => {
  it("shows by colour how it went", () => {
    const colours = [200, 304, 404, 503].map(
      (status) => shown({ status }, inColours).match(/\[(\d+)m\d{3}/)?.[1],
    );
    expect(colours).toEqual(["32", "36", "33", "31"]);
  });

  it("tells other events with their fields", () => {
    const line = `{"level":"warn","time":"2026-11-29T12:03:04.005Z","family":"openidm","why":"a b","msg":"circuit open"}\n`;
    expect(readable(line, plainly)).toBe(`${AT}warn circuit open family=openidm why="a b"\n`);
  });

  it("leaves what is no line of the log as it is", () => {
    for (const text of ["", "hello\n", "[1]\n", "null\n"]) expect(readable(text, plainly)).toBe(text);
  });

  it("is written in place of JSON, masked as that is", () => {
    expect(shown({ path: "/a/eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0." })).not.toContain("eyJ");
    expect(shown({ path: "/a\u001b[2J" })).not.toContain("\u001b");
  });
});
