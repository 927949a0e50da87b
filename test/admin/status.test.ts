import { describe, expect, it } from "vitest";
import type { AdminParts } from "../../src/admin/server.ts";
import { type Status, statusOf, withoutCredentials } from "../../src/admin/status.ts";
import type { FamilySnapshot } from "../../src/guard/settings.ts";
import { manualClock } from "../support/manual-clock.ts";
import { calmParts, family, POLICY, SETTINGS } from "./parts.ts";

/** The status of calm parts but for `change`. */
function calmStatus(change: Partial<AdminParts>): Status {
  return statusOf({ ...calmParts(change), startedAtMs: 0 });
}

describe("the status", () => {
  it("says what runs, since when, with which policy, and how each family is", async () => {
    const clock = manualClock();
    await clock.advance(90_500);
    expect(statusOf({ ...calmParts({ clock }), startedAtMs: 500 })).toEqual({
      state: "ready",
      trouble: [],
      uptimeSeconds: 90,
      version: "1.2.3",
      node: "24.21.0",
      upstream: "https://openam-example.forgeblocks.com",
      policy: {
        hash: "0123456789ab",
        profile: "aic",
        file: "config/policy.yaml",
        warnings: 0,
        loadedAt: new Date(clock.wall() - 90_000).toISOString(),
        refused: null,
      },
      families: [
        { ...family("am"), concurrency: 128, queue: 256 },
        { ...family("openidm"), concurrency: 128, queue: 256 },
      ],
      recent: null,
      history: null,
    });
  });

  it("tells what happened lately when somebody keeps it", () => {
    const changes = [{ at: "2026-01-01T00:00:00.000Z", what: "am: circuit open" }];
    const recent = { exchanges: () => [], changes: () => changes, reloads: () => ({}) };
    expect(calmStatus({ recent }).recent).toEqual({ exchanges: [], changes });
  });

  it("tells since when the policy is in force, and what is wrong with the file while something is", () => {
    const refused = { at: "2026-01-01T00:00:09.000Z", mistakes: ["policy.yaml:3:1 deadlne: did you mean"] };
    const recent = {
      exchanges: () => [],
      changes: () => [],
      reloads: () => ({ loadedAt: "2026-01-01T00:00:05.000Z", refused }),
    };
    const bad = calmStatus({ recent, lastReloadSuccessful: () => false }).policy;
    expect(bad).toMatchObject({ loadedAt: "2026-01-01T00:00:05.000Z", refused });
    // Mended without being taken over: it says again what is in force.
    expect(calmStatus({ recent }).policy.refused).toBeNull();
  });

  it("counts the warnings of the policy", () => {
    const warning = { file: "p", line: 1, column: 1, path: "routes[0]", message: "never matches" };
    expect(calmStatus({ policy: () => ({ ...POLICY, warnings: [warning] }) }).policy.warnings).toBe(1);
  });
});

describe("what the status calls trouble", () => {
  it.each<[Partial<FamilySnapshot>, string[]]>([
    [{}, []],
    [{ breaker: "open", opensInMs: 4200 }, ["am: circuit open, requests are refused; next probe in 5 s"]],
    [
      { breaker: "open", opensInMs: 0 },
      ["am: circuit open, requests are refused; the next one is the probe"],
    ],
    [{ breaker: "half-open" }, ["am: circuit half-open, a probe decides"]],
    [{ throttled: true, throttledForMs: 12_000 }, ["am: held back by the tenant (429), 12 s to go"]],
    [{ streams: 512 }, ["am: all 512 streams taken, large answers and uploads are refused"]],
    [{ inFlight: 128, queued: 1 }, ["am: all 128 places taken, 1 caller waiting"]],
    [{ budgetRemaining: 0.5 }, ["am: retry budget spent, failures are answered as they come"]],
  ])("of a family: %o", (change, trouble) => {
    expect(calmStatus({ families: () => [family("am", change)] }).trouble).toEqual(trouble);
  });

  it("is told with what refuses requests first", () => {
    const families = () => [
      family("am", { throttled: true, throttledForMs: 1000 }),
      family("iga", { breaker: "half-open" }),
      family("openidm", { breaker: "open", opensInMs: 1000 }),
    ];
    const named = calmStatus({ families }).trouble.map((sentence) => sentence.split(":")[0]);
    expect(named).toEqual(["openidm", "iga", "am"]);
  });

  it("is not a family at rest that has no retries of its own per second", () => {
    const familySettings = () => ({ ...SETTINGS, budget: { ratio: 0.2, perSecond: 0 } });
    const parts = calmParts({
      policy: () => ({ ...POLICY, familySettings }),
      families: () => [family("am", { budgetRemaining: 0 })],
    });
    expect(statusOf({ ...parts, startedAtMs: 0 }).trouble).toEqual([]);
  });

  it("is a policy file that was refused, and what that means for a restart", () => {
    const [trouble] = calmStatus({ lastReloadSuccessful: () => false }).trouble;
    expect(trouble).toMatch(
      /^policy: config\/policy\.yaml, as it is now, was refused; .* a restart would fail/,
    );
  });

  it.each(["starting", "draining"] as const)("is a gateway that is %s", (state) => {
    expect(calmStatus({ state: () => state }).trouble[0]).toContain(state);
  });
});

describe("the upstream as shown", () => {
  it.each([
    ["https://user:hunter2@tenant.example:8443/", "https://tenant.example:8443"],
    ["https://tenant.example/base?token=hunter2#x", "https://tenant.example/base"],
    ["http://127.0.0.1:4000 (simulated)", "http://127.0.0.1:4000 (simulated)"],
    ["hunter2 is not a URL", "(not a URL)"],
  ])("%s", (upstream, shown) => {
    expect(withoutCredentials(upstream)).toBe(shown);
  });
});
