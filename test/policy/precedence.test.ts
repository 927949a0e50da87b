import { describe, expect, it } from "vitest";
import type { FamilySettings } from "../../src/guard/settings.ts";
import { compilePolicy } from "../../src/policy/load.ts";
import type { RouteSettings } from "../../src/policy/policy.ts";
import { policyOf, routeOf } from "./compiled.ts";

const file = "config/policy.yaml";

describe("a route's settings", () => {
  const policy = policyOf(`
deadline: 20s
attempt: { connect: 2s }
errors: problem
routes:
  - name: own
    match: { path: /a }
    deadline: 40s
    attempt: { timeout: 30s }
    retry: { attempts: 5, backoff: { base: 1s } }
    replay: { maxBody: 2KiB }
    errors: passthrough
  - { name: plain, match: { path: /b } }
`);
  const settings: Record<string, RouteSettings> = {
    own: routeOf(policy, "own").settings,
    plain: routeOf(policy, "plain").settings,
    fallback: policy.fallback.settings,
  };

  it.each([
    ["own", "the route's own", (s: RouteSettings) => s.deadlineMs, 40_000],
    ["plain", "the operator's", (s: RouteSettings) => s.deadlineMs, 20_000],
    ["fallback", "the operator's", (s: RouteSettings) => s.deadlineMs, 20_000],
    ["own", "the route's own", (s: RouteSettings) => s.attempt.timeoutMs, 30_000],
    ["plain", "the profile's", (s: RouteSettings) => s.attempt.timeoutMs, 10_000],
    ["own", "the operator's", (s: RouteSettings) => s.attempt.connectMs, 2_000],
    ["own", "the profile's", (s: RouteSettings) => s.attempt.idleMs, 30_000],
    ["own", "the route's own", (s: RouteSettings) => s.retry.attempts, 5],
    ["own", "the route's own", (s: RouteSettings) => s.retry.backoff.baseMs, 1_000],
    ["own", "the profile's", (s: RouteSettings) => s.retry.backoff.maxMs, 5_000],
    ["plain", "the profile's", (s: RouteSettings) => s.retry.attempts, 3],
    ["own", "the route's own", (s: RouteSettings) => s.replayMaxBodyBytes, 2_048],
    ["plain", "the profile's", (s: RouteSettings) => s.replayMaxBodyBytes, 1_048_576],
    ["own", "the route's own", (s: RouteSettings) => s.errors, "passthrough"],
    ["plain", "the operator's", (s: RouteSettings) => s.errors, "problem"],
    ["plain", "the profile's", (s: RouteSettings) => s.lostAnswers, "read-back"],
  ])("of %s are %s (%s)", (name, _whose, read, expected) => {
    const of = settings[name];
    expect(of && read(of)).toBe(expected);
  });

  it("give way to a shorter deadline where they are inherited", () => {
    const quick = policyOf("routes: [{ name: quick, match: { path: /a }, deadline: 50ms }]");
    expect(routeOf(quick, "quick").settings).toMatchObject({
      deadlineMs: 50,
      attempt: { timeoutMs: 50, connectMs: 50 },
      retry: { backoff: { baseMs: 50, maxMs: 50 }, retryAfterMaxMs: 50 },
    });
  });
});

describe("a family's settings", () => {
  const routes = `
routes:
  - name: ldap
    match: { path: '/openidm/system/ldap/**' }
    family: openidm-system-ldap
    breaker: { minimum: 5 }
    retry: { budget: { perSecond: 0.5 } }
  - name: ldap-writes
    match: { path: /x }
    family: openidm-system-ldap
    breaker: { minimum: 5, failures: 10% }
  - { name: mine, match: { path: /y }, family: mine, limits: { queue: 7 } }
`;
  const operated = policyOf(`limits: { concurrency: 64 }\nbreaker: { window: 1m }\n${routes}`);
  const bare = policyOf("");

  it.each<[string, string, (of: FamilySettings) => number, number]>([
    ["openidm-system-ldap", "a route's", (of) => of.breaker.minimum, 5],
    ["openidm-system-ldap", "another route's", (of) => of.breaker.failureRatio, 0.1],
    ["openidm-system-ldap", "a route's", (of) => of.budget.perSecond, 0.5],
    ["openidm-system-ldap", "the profile's", (of) => of.budget.ratio, 0.2],
    ["openidm-system-ldap", "the operator's", (of) => of.limits.concurrency, 64],
    ["openidm-system-ldap", "the operator's", (of) => of.breaker.windowMs, 60_000],
    ["openidm-system-scim", "the profile's", (of) => of.breaker.minimum, 20],
    ["openidm", "the operator's", (of) => of.limits.concurrency, 64],
    ["mine", "a route's", (of) => of.limits.queue, 7],
    ["mine", "the operator's", (of) => of.limits.concurrency, 64],
    ["monitoring", "the operator's, before the family row's", (of) => of.limits.concurrency, 64],
    ["monitoring", "the family row's", (of) => of.throttle.spacingMs, 1_000],
    ["monitoring", "the profile's", (of) => of.throttle.holdMs, 1_000],
    ["never-named-anywhere", "the operator's", (of) => of.limits.concurrency, 64],
    ["never-named-anywhere", "the profile's", (of) => of.throttle.spacingMs, 50],
    ["default", "the profile's", (of) => of.breaker.openMaxMs, 5_000],
  ])("of %s are %s", (family, _whose, read, expected) => {
    expect(read(operated.familySettings(family))).toBe(expected);
  });

  it("are the profile's family row's when the operator says nothing", () => {
    expect(bare.familySettings("monitoring").limits).toEqual({
      concurrency: 8,
      queue: 256,
      waitMs: 1_000,
      streams: 512,
    });
    expect(bare.familySettings("am").limits.concurrency).toBe(128);
  });

  it("are the same object each time, also for the names of a starred row", () => {
    for (const family of ["am", "openidm-system-a", "mine", "unknown"])
      expect(operated.familySettings(family)).toBe(operated.familySettings(family));
    expect(operated.familySettings("openidm-system-a")).toBe(operated.familySettings("openidm-system-b"));
  });
});

describe("rows", () => {
  const policy = policyOf(`
operations:
  - { match: { path: /a }, replay: read }
answers:
  - { when: { status: 503 }, means: rejected }
meanings:
  defect: { retry: never }
  unavailable: { attempts: 2 }
routes:
  - name: own
    match: { path: /a }
    operations:
      - { match: { method: PUT }, replay: unsafe }
    answers:
      - { when: { status: 500 }, means: ok }
      - { when: { status: 501 }, means: ok }
    meanings:
      defect:
        health: alive
  - { name: plain, match: { path: /b } }
`);
  const own = routeOf(policy, "own");

  it("stand in order: the route's own, the operator's, the profile's", () => {
    expect(own.operations.rows.slice(0, 2).map(({ at }) => at)).toEqual([`${file}:14`, `${file}:4`]);
    expect(own.answers.rows.slice(0, 3).map(({ at }) => at)).toEqual([
      `${file}:16`,
      `${file}:17`,
      `${file}:6`,
    ]);
    expect(own.answers.rows[3]?.at).toMatch(/^config\/profiles\/aic\.yaml:\d+$/);
    expect(own.answers.rows.at(-1)?.at).toMatch(/^config\/profiles\/none\.yaml:\d+$/);
    expect(own.operations.rows[2]?.at).toMatch(/^config\/profiles\/aic\.yaml:\d+$/);
  });

  it("of a profile stand in front of those of the profile it extends", () => {
    const files = policy.fallback.answers.rows.slice(1).map(({ at }) => /(\w+)\.yaml/.exec(at)?.[1]);
    expect([...new Set(files)]).toEqual(["aic", "crest", "none"]);
    expect(files).toEqual(files.toSorted());
  });

  it("are shared where a route adds none", () => {
    expect(routeOf(policy, "plain").answers).toBe(policy.fallback.answers);
    expect(routeOf(policy, "plain").operations).toBe(policy.fallback.operations);
  });

  it("of the meanings table change what they name, and leave the rest", () => {
    expect(policy.fallback.meanings.defect).toMatchObject({
      processed: "unknown",
      retry: "never",
      health: "bad",
      attempts: 2,
      at: `${file}:8`,
    });
    expect(own.meanings.defect).toMatchObject({
      retry: "never",
      health: "alive",
      attempts: 2,
      at: `${file}:19`,
    });
    expect(own.meanings.unavailable).toMatchObject({ retry: "idempotent", attempts: 2, at: `${file}:9` });
    expect(own.meanings.ok.at).toMatch(/none\.yaml/);
  });
});

describe("the profile", () => {
  it.each([
    ["", "aic"],
    ["extends: aic", "aic"],
    ["extends: crest", "crest"],
    ["extends: none", "none"],
  ])("named by '%s' is %s", (yaml, name) => {
    expect(policyOf(yaml).profile).toBe(name);
  });

  it("changes the hash", () => {
    const hashes = ["aic", "crest", "none"].map((name) => {
      const loaded = compilePolicy(`version: 1\nextends: ${name}`, { file, env: {} });
      return "policy" in loaded && loaded.policy.hash;
    });
    expect(new Set(hashes).size).toBe(3);
  });
});
