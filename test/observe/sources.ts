/** Metrics over calm sources, and events to feed them. */
import { MEANINGS, statusClass } from "../../src/decide/words.ts";
import type { FamilySnapshot } from "../../src/guard/settings.ts";
import type { Event, ExchangeRecord } from "../../src/observe/events.ts";
import { createMetrics, type Metrics } from "../../src/observe/metrics.ts";
import type { MetricSources } from "../../src/observe/states.ts";

export const CALM: FamilySnapshot = {
  family: "openidm",
  breaker: "closed",
  opensInMs: 0,
  throttled: false,
  throttledForMs: 0,
  budgetRemaining: 12.5,
  inFlight: 3,
  queued: 1,
  streams: 2,
};

export const EXCHANGE: ExchangeRecord = {
  id: "1",
  route: "users",
  family: "openidm",
  method: "PUT",
  path: "/openidm/managed/alpha_user/1",
  operation: "update",
  replay: "guarded",
  status: 200,
  attempts: 1,
  durationMs: 97,
  origin: "tenant",
  policyHash: "0123456789ab",
};

export function metricsOf(sources: Partial<MetricSources> = {}): Metrics {
  return createMetrics({
    families: () => [CALM],
    heldBodyBytes: () => 2048,
    policy: () => ({ hash: "0123456789ab", profile: "aic" }),
    lastReloadSuccessful: () => true,
    build: { version: "1.2.3", node: "24.21.0" },
    ...sources,
  });
}

/** The lines of our own metrics, comments left out. */
export async function samples(metrics: Metrics, accept?: string): Promise<string[]> {
  const { body } = await metrics.expose(accept);
  return body.split("\n").filter((line) => line.startsWith("crest_gateway_"));
}

type EventOf<K extends Event["kind"]> = Extract<Event, { kind: K }>;

/** One of each kind: a new one has to be put here. */
export const everyEvent: { readonly [K in Event["kind"]]: EventOf<K> } = {
  exchange: { kind: "exchange", ...EXCHANGE },
  attempt: { kind: "attempt", route: "users", family: "openidm", class: "2xx", meaning: "ok", durationMs: 5 },
  decision: { kind: "decision", route: "users", decision: "withheld", reason: "answered" },
  normalised: { kind: "normalised", route: "users", from: "html" },
  refused: { kind: "refused", family: "openidm", reason: "throttled" },
  settled: {
    kind: "settled",
    id: "1",
    route: "users",
    operation: "update",
    result: "applied",
    compared: [],
    reads: 1,
    meaning: "version-mismatch",
  },
  "client-id-refused": { kind: "client-id-refused", route: "users" },
  breaker: { kind: "breaker", family: "openidm", to: "open" },
  "certificate-reload": { kind: "certificate-reload", use: "listener", result: "success", message: "" },
  "handshake-failed": { kind: "handshake-failed", reason: "left", failure: "ECONNRESET" },
  reload: { kind: "reload", result: "success", message: "policy 0123456789ab" },
};

/** What fills the histograms: every class of request and attempt on each route, every meaning once. */
export function everyClass(routes: readonly string[]): Event[] {
  const events: Event[] = MEANINGS.map((meaning) => ({
    kind: "attempt",
    route: "users",
    family: "openidm",
    class: "5xx",
    meaning,
    durationMs: 5,
  }));
  for (const route of routes) {
    for (const status of [200, 304, 404, 503]) {
      events.push({ kind: "exchange", ...EXCHANGE, route, status });
      events.push({
        kind: "attempt",
        route,
        family: "openidm",
        class: statusClass(status),
        meaning: "ok",
        durationMs: 5,
      });
    }
    events.push({
      kind: "attempt",
      route,
      family: "openidm",
      class: "failure",
      meaning: "silent",
      durationMs: 5,
    });
  }
  return events;
}
