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
  ])("%s", (_, change, kept) => {
    const recent = createRecent(manualClock());
    recent.observe({ ...STRAIGHT, ...change });
    expect(recent.exchanges()).toHaveLength(kept ? 1 : 0);
  });

  it("are told without path, transaction id or error", () => {
    const recent = createRecent(manualClock(Date.UTC(2026, 0, 1)));
    recent.observe({ ...STRAIGHT, status: 500, reason: "attempts-spent", error: new Error("canary") });
    expect(recent.exchanges()).toEqual([
      {
        at: "2026-01-01T00:00:00.000Z",
        id: "e-1",
        method: "GET",
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

  it("are kept up to twenty, newest first, and do not push changes out", () => {
    const recent = createRecent(manualClock());
    recent.observe({ kind: "breaker", family: "am", to: "open" });
    for (let n = 1; n <= 50; n++) recent.observe({ ...STRAIGHT, id: `e-${n}`, status: 503 });
    const ids = recent.exchanges().map(({ id }) => id);
    expect(ids).toHaveLength(20);
    expect([ids[0], ids[19]]).toEqual(["e-50", "e-31"]);
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
});
