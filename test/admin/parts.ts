/** A small policy and calm sources, from which each test changes what it is about. */
import type { AdminParts } from "../../src/admin/server.ts";
import { compileGlob, compilePath } from "../../src/decide/pattern.ts";
import { familyTable, outcomeTable, requestTable } from "../../src/decide/table.ts";
import type { Verdict } from "../../src/decide/verdict.ts";
import { MEANINGS, type Meaning } from "../../src/decide/words.ts";
import type { FamilySettings, FamilySnapshot } from "../../src/guard/settings.ts";
import type { Policy, Route } from "../../src/policy/policy.ts";
import { manualClock } from "../support/manual-clock.ts";
import { CONNECTION } from "../support/tenant.ts";

export const SETTINGS: FamilySettings = {
  breaker: {
    windowMs: 30_000,
    minimum: 20,
    failureRatio: 0.5,
    openMs: 10_000,
    openMaxMs: 120_000,
    probes: 8,
  },
  limits: { concurrency: 128, queue: 256, waitMs: 1000, streams: 512 },
  budget: { ratio: 0.2, perSecond: 2 },
  throttle: { holdMs: 1000, spacingMs: 50, line: 256 },
};

export function family(name: string, change: Partial<FamilySnapshot> = {}): FamilySnapshot {
  return {
    family: name,
    breaker: "closed",
    opensInMs: 0,
    throttled: false,
    throttledForMs: 0,
    budgetRemaining: 20,
    inFlight: 0,
    queued: 0,
    streams: 0,
    ...change,
  };
}

const VERDICT: Verdict = { processed: "unknown", retry: "idempotent", health: "bad", at: "aic.yaml:9" };

function meanings(change: Partial<Record<Meaning, Verdict>> = {}): Route["meanings"] {
  const table = Object.fromEntries(MEANINGS.map((meaning) => [meaning, VERDICT])) as Record<Meaning, Verdict>;
  return { ...table, ...change };
}

const FALLBACK: Route = {
  name: "default",
  match: {},
  replayableCreates: false,
  family: undefined,
  settings: {
    deadlineMs: 30_000,
    attempt: { timeoutMs: 10_000, connectMs: 3000, idleMs: 30_000 },
    retry: { attempts: 3, backoff: { baseMs: 100, maxMs: 5000 }, retryAfterMaxMs: 20_000 },
    replayMaxBodyBytes: 1 << 20,
    errors: "crest",
    lostAnswers: "read-back",
    access: "allow",
    maxRequestBytes: undefined,
  },
  operations: requestTable([
    { match: { methods: ["GET"] }, operation: "read", replay: "read", at: "aic.yaml:3" },
  ]),
  answers: outcomeTable([
    {
      when: { statuses: [{ from: 500, to: 599 }], message: compileGlob("*down*") },
      means: "defect",
      at: "aic.yaml:5",
    },
  ]),
  meanings: meanings(),
  at: "aic.yaml:1",
};

export const POLICY: Policy = {
  connection: CONNECTION,
  hash: "0123456789ab",
  file: "config/policy.yaml",
  profile: "aic",
  warnings: [],
  routes: requestTable([
    {
      ...FALLBACK,
      name: "users",
      family: "openidm",
      match: {
        paths: [compilePath("/openidm/managed/alpha_user/**")],
        headers: [
          { name: "authorization", value: compileGlob("Basic c2VjcmV0OmNhbmFyeQ==") },
          { name: "cookie", value: compileGlob("*") },
        ],
      },
      operations: requestTable([
        { match: { methods: ["POST"], paths: [compilePath("/x")] }, replay: "read", at: "policy.yaml:7" },
        ...FALLBACK.operations.rows.map((row) => ({ ...row })),
      ]),
      meanings: meanings({ defect: { ...VERDICT, retry: "never", at: "policy.yaml:9" } }),
      at: "policy.yaml:6",
    },
  ]),
  fallback: FALLBACK,
  families: familyTable([{ paths: [compilePath("/openidm/**")], family: "openidm", at: "aic.yaml:11" }]),
  familySettings: () => SETTINGS,
  origins: outcomeTable([]),
  dialects: requestTable([]),
  replayMemoryBytes: 64 << 20,
  listener: {
    idleMs: 620_000,
    headBytes: 16_384,
    headersMs: 10_000,
    stallMs: 30_000,
    minBytesPerSecond: 1024,
  },
  forwarded: "none",
  tests: [],
  neverReturned: [],
};

export function calmParts(change: Partial<AdminParts> = {}): AdminParts {
  return {
    metrics: {
      expose: async () => ({ contentType: "text/plain; version=0.0.4; charset=utf-8", body: "up 1\n" }),
    },
    families: () => [family("openidm"), family("am")],
    policy: () => POLICY,
    lastReloadSuccessful: () => true,
    state: () => "ready",
    clock: manualClock(),
    build: { version: "1.2.3", node: "24.21.0" },
    upstream: "https://openam-example.forgeblocks.com",
    hostNames: new Set<string>(),
    ...change,
  };
}
