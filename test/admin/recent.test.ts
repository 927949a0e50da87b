import { describe, expect, it } from "vitest";
import { createRecent } from "../../src/admin/recent.ts";
import type { ExchangeRecord } from "../../src/observe/events.ts";
import { manualClock } from "../support/manual-clock.ts";

const STRAIGHT: ExchangeRecord & { kind: "exchange" } = {
  kind: "exchange",
  id: "e-1",
  route: "users",
  family: "openidm",
  method: "GET",
  path: "/openidm/managed/alpha_user/canary",
  operation: "read",
  replay: "read",
  status: 200,
  attempts: 1,
  durationMs: 12.4,
  meaning: "ok",
  origin: "tenant",
  processed: "yes",
  transactionId: "canary",
  policyHash: "0123456789ab",
};

describe("exchanges worth a look", () => {
  it.each<[string, Partial<ExchangeRecord>, boolean]>([
    ["one good answer to one attempt", {}, false],
    ["a caller's mistake", { status: 404 }, false],
    ["a failure", { status: 502 }, true],
    ["a success after a retry", { attempts: 2 }, true],
    ["a refusal without any attempt", { status: 429, attempts: 0 }, true],
    ["a doubt", { status: 412, processed: "unknown" }, true],
    [
      "a retry that was withheld",
      {
        status: 429,
        story: [{ status: 429, meaning: "throttled", atMs: 0, durationMs: 8, next: "no-time" }],
      },
      true,
    ],
  ])("%s", (_, change, kept) => {
    const recent = createRecent(manualClock());
    recent.observe({ ...STRAIGHT, ...change });
    expect(recent.exchanges()).toHaveLength(kept ? 1 : 0);
  });

  it("are told without query or error, masked as in the log", () => {
    const recent = createRecent(manualClock(Date.UTC(2026, 0, 1)));
    recent.observe({
      ...STRAIGHT,
      path: "/openidm/managed/alpha_user/1?token=canary",
      transactionId: "Bearer canary",
      status: 500,
      reason: "attempts-spent",
      error: new Error("canary"),
    });
    expect(recent.exchanges()).toEqual([
      {
        at: "2026-01-01T00:00:00.000Z",
        id: "e-1",
        transactionId: "Bearer [redacted]",
        method: "GET",
        path: "/openidm/managed/alpha_user/1",
        route: "users",
        status: 500,
        attempts: 1,
        durationMs: 12,
        meaning: "ok",
        processed: "yes",
        reason: "attempts-spent",
      },
    ]);
  });

  it("are kept up to fifty, newest first, and do not push changes out", () => {
    const recent = createRecent(manualClock());
    recent.observe({ kind: "breaker", family: "am", to: "open" });
    for (let n = 1; n <= 80; n++) recent.observe({ ...STRAIGHT, id: `e-${n}`, status: 503 });
    const ids = recent.exchanges().map(({ id }) => id);
    expect(ids).toHaveLength(50);
    expect([ids[0], ids[49]]).toEqual(["e-80", "e-31"]);
    expect(recent.changes()).toHaveLength(1);
  });
});

describe("changes", () => {
  it("of circuits and of the policy are told with their time, newest first", async () => {
    const clock = manualClock(Date.UTC(2026, 0, 1));
    const recent = createRecent(clock);
    recent.observe({ kind: "breaker", family: "am", to: "open" });
    await clock.advance(5000);
    recent.observe({ kind: "reload", result: "failure", message: "policy.yaml:3: got password=hunter2" });
    expect(recent.changes()).toEqual([
      {
        at: "2026-01-01T00:00:05.000Z",
        what: "policy reload, failure: policy.yaml:3: got password=[redacted]",
      },
      { at: "2026-01-01T00:00:00.000Z", what: "am: circuit open" },
    ]);
  });

  it("of the policy are kept by what they came to, mistakes line by line", async () => {
    const clock = manualClock(Date.UTC(2026, 0, 1));
    const recent = createRecent(clock);
    expect(recent.reloads()).toEqual({});
    recent.observe({ kind: "reload", result: "success", message: "policy 0123456789ab" });
    await clock.advance(5000);
    recent.observe({ kind: "reload", result: "failure", message: "p.yaml:3:1 a\np.yaml:4:1 token=hunter2" });
    expect(recent.reloads()).toEqual({
      loadedAt: "2026-01-01T00:00:00.000Z",
      refused: { at: "2026-01-01T00:00:05.000Z", mistakes: ["p.yaml:3:1 a", "p.yaml:4:1 token=[redacted]"] },
    });
    recent.observe({ kind: "reload", result: "success", message: "policy ba9876543210" });
    expect(recent.reloads()).toEqual({ loadedAt: "2026-01-01T00:00:05.000Z" });
  });
});
