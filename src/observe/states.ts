/**
 * What is a state and not an event: decides which of them are metrics, and reads them when somebody asks. It knows what a
 * gauge can do, and has never heard of prom-client.
 */
import type { FamilySnapshot } from "../guard/settings.ts";
import { BREAKER_STATES, type CertificateUse } from "./labels.ts";

export type CertificateState = {
  readonly use: CertificateUse;
  /** Since the epoch. */
  readonly endsAtMs: number;
  /** False while the files, as last read, are bad and the certificate before is in force instead. */
  readonly lastReloadSuccessful: boolean;
};

/** Where the numbers come from that are states, not events; read once per scrape. */
export type MetricSources = {
  readonly families: () => readonly FamilySnapshot[];
  readonly heldBodyBytes: () => number;
  readonly policy: () => { readonly hash: string; readonly profile: string };
  /** False while the policy file, as last read, is bad and an earlier policy is in force instead. */
  readonly lastReloadSuccessful: () => boolean;
  /** The certificates in force; absent when there are none. */
  readonly certificates?: () => readonly CertificateState[];
  readonly build: { readonly version: string; readonly node: string };
};

type Gauge<L extends string> = {
  reset(): void;
  set(labels: Partial<Record<L, string>>, value: number): void;
};

export type MakeGauge = <L extends string>(name: string, labelNames: readonly L[], help: string) => Gauge<L>;

/** Registers what is read at scrape time; the result reads it. Families and policies that are gone disappear. */
export function stateGauges(gauge: MakeGauge, sources: MetricSources): () => void {
  const breaker = gauge(
    "breaker_state",
    ["family", "state"],
    "1 for the state that a family's circuit is in, 0 for the others.",
  );
  const throttle = gauge(
    "throttle_closed",
    ["family"],
    "1 while a family is held back because the tenant wants fewer requests, else 0.",
  );
  const budget = gauge("retry_budget_remaining", ["family"], "Retries that a family may still make now.");
  const inFlight = gauge("in_flight", ["family"], "Attempts of a family that are under way.");
  const queued = gauge("queued", ["family"], "Requests of a family that wait for one of its places.");
  const streams = gauge(
    "streams",
    ["family"],
    "Large answers and uploads of a family that are passed on piece by piece.",
  );
  const held = gauge(
    "held_body_bytes",
    [],
    "Memory that request bodies take which are held to be sent again.",
  );
  const policyInfo = gauge("policy_info", ["hash", "profile"], "1 for the policy in force.");
  const lastReload = gauge(
    "policy_last_reload_successful",
    [],
    "1 when the policy file could be used as it was last read, 0 when it was refused.",
  );
  const certificateExpiry = gauge(
    "certificate_expiry_seconds",
    ["use"],
    "When the certificate in force ends, in seconds since the epoch.",
  );
  gauge("build_info", ["version", "node"], "1 for what is running.").set(
    { version: sources.build.version, node: sources.build.node },
    1,
  );

  return () => {
    for (const each of [breaker, throttle, budget, inFlight, queued, streams, policyInfo]) each.reset();
    for (const snapshot of sources.families()) {
      const { family } = snapshot;
      for (const state of BREAKER_STATES) breaker.set({ family, state }, snapshot.breaker === state ? 1 : 0);
      throttle.set({ family }, snapshot.throttled ? 1 : 0);
      budget.set({ family }, snapshot.budgetRemaining);
      inFlight.set({ family }, snapshot.inFlight);
      queued.set({ family }, snapshot.queued);
      streams.set({ family }, snapshot.streams);
    }
    held.set({}, sources.heldBodyBytes());
    const { hash, profile } = sources.policy();
    policyInfo.set({ hash, profile }, 1);
    lastReload.set({}, sources.lastReloadSuccessful() ? 1 : 0);
    for (const { use, endsAtMs } of sources.certificates?.() ?? [])
      certificateExpiry.set({ use }, endsAtMs / 1000);
  };
}
