/**
 * Events to Prometheus metrics: decides which numbers exist and how they are written. The only file that knows
 * prom-client. It never sees a path, a host or an id: labels come from the policy and from closed lists.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { statusClass } from "../decide/words.ts";
import type { FamilySnapshot } from "../guard/settings.ts";
import { prefersOpenMetrics } from "./accept.ts";
import type { Event, Observe } from "./events.ts";
import { BREAKER_STATES, requestLabels } from "./labels.ts";
import { asOpenMetrics } from "./open-metrics.ts";

/** Where the numbers come from that are states, not events; read once per scrape. */
export type MetricSources = {
  readonly families: () => readonly FamilySnapshot[];
  readonly heldBodyBytes: () => number;
  readonly policy: () => { readonly hash: string; readonly profile: string };
  /** False while the policy file, as last read, is bad and an earlier policy is in force instead. */
  readonly lastReloadSuccessful: () => boolean;
  readonly build: { readonly version: string; readonly node: string };
};

export type Exposition = { readonly contentType: string; readonly body: string };

export type Metrics = {
  readonly observe: Observe;
  /** Everything counted so far, in the format that `accept` (a request's `Accept` header) asks for. */
  expose(accept: string | undefined): Promise<Exposition>;
};

const PREFIX = "crest_gateway_";

/**
 * Seconds. Half of an identity tenant's answers come within 0.1 s, 95 of 100 within 0.7 s, 99 within 1.6 s; the last
 * bound is the default deadline. Few, because every scrape writes all of them for every label set.
 */
const DURATION_BUCKETS_SECONDS = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30];

/**
 * Node metrics of prom-client that we leave out: gauges named like counters and names that contain their type, which
 * `promtool check metrics` objects to, and a minimum which reads 292 years when nothing was measured.
 */
const UNWANTED_NODE_METRICS = [
  "nodejs_active_handles_total",
  "nodejs_active_requests_total",
  "nodejs_active_resources_total",
  "nodejs_eventloop_utilization_histogram",
  "nodejs_eventloop_utilization_summary",
  "nodejs_eventloop_lag_min_seconds",
];

/** A gateway's metrics on a registry of their own, all zero. */
export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry();
  const observe = countEvents(registry);
  const readStates = stateGauges(registry, sources);
  // The timer that feeds the unwanted utilisation metrics cannot be switched off, only slowed down.
  collectDefaultMetrics({ register: registry, eventLoopUtilizationTimeout: 3_600_000 });
  for (const name of UNWANTED_NODE_METRICS) registry.removeSingleMetric(name);

  return {
    observe,
    async expose(accept) {
      readStates();
      return prefersOpenMetrics(accept) ? openMetrics(registry) : textFormat(registry);
    },
  };
}

/** Registers what is counted and timed; the result counts one event. */
function countEvents(registry: Registry): Observe {
  const counter = <L extends string>(name: string, labelNames: readonly L[], help: string) =>
    new Counter<L>({ name: PREFIX + name, help, labelNames, registers: [registry] });
  const seconds = <L extends string>(name: string, labelNames: readonly L[], help: string) =>
    new Histogram<L>({
      name: PREFIX + name,
      help,
      labelNames,
      registers: [registry],
      buckets: DURATION_BUCKETS_SECONDS,
    });

  const requests = counter(
    "requests_total",
    ["route", "method", "class", "code"],
    "Requests of callers, by what they were told; code 499 when the caller left before the answer.",
  );
  const requestSeconds = seconds(
    "request_duration_seconds",
    ["route", "class"],
    "From a caller's request to the last byte of its answer, all attempts and waits included.",
  );
  const attempts = counter(
    "attempts_total",
    ["route", "class", "meaning"],
    "Attempts to ask the tenant, by what came back and what it means; class failure when no answer came.",
  );
  const attemptSeconds = seconds(
    "attempt_duration_seconds",
    ["route", "class"],
    "From the start of an attempt to the head of its answer, or to its failure.",
  );
  const decisions = counter(
    "retry_decisions_total",
    ["route", "decision", "reason"],
    "What followed an attempt that was not ok: retried and what asked for it, or withheld and why.",
  );
  const normalised = counter(
    "errors_normalised_total",
    ["route", "from"],
    "Error bodies that were rewritten, by how they spoke before.",
  );
  const transitions = counter(
    "breaker_transitions_total",
    ["family", "to"],
    "Changes of a family's circuit, by the state it went to.",
  );
  const rejected = counter(
    "rejected_total",
    ["family", "reason"],
    "Attempts that the gateway itself refused to make, by reason.",
  );
  const reloads = counter(
    "policy_reloads_total",
    ["result"],
    "Changed policy files that were read, by whether they were taken over.",
  );
  for (const result of ["success", "failure"]) reloads.inc({ result }, 0);
  const lostAnswers = counter(
    "lost_answers_total",
    ["route", "result"],
    "Writes whose answer was lost, by what was found out about them.",
  );

  return (event: Event): void => {
    switch (event.kind) {
      case "exchange":
        requests.inc(requestLabels(event));
        requestSeconds.observe(
          { route: event.route, class: statusClass(event.status) },
          event.durationMs / 1000,
        );
        break;
      case "attempt":
        attempts.inc({ route: event.route, class: event.class, meaning: event.meaning });
        attemptSeconds.observe({ route: event.route, class: event.class }, event.durationMs / 1000);
        break;
      case "decision":
        decisions.inc({ route: event.route, decision: event.decision, reason: event.reason });
        break;
      case "normalised":
        normalised.inc({ route: event.route, from: event.from });
        break;
      case "refused":
        rejected.inc({ family: event.family, reason: event.reason });
        break;
      case "settled":
        lostAnswers.inc({ route: event.route, result: event.result });
        break;
      case "client-id-refused":
        // The attempt that follows is counted among the decisions.
        break;
      case "breaker":
        transitions.inc({ family: event.family, to: event.to });
        break;
      case "reload":
        reloads.inc({ result: event.result });
        break;
      default:
        event satisfies never;
    }
  };
}

/** Registers what is read at scrape time; the result reads it. Families and policies that are gone disappear. */
function stateGauges(registry: Registry, sources: MetricSources): () => void {
  const gauge = <L extends string>(name: string, labelNames: readonly L[], help: string) =>
    new Gauge<L>({ name: PREFIX + name, help, labelNames, registers: [registry] });

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
  gauge("build_info", ["version", "node"], "1 for what is running.").set(
    { version: sources.build.version, node: sources.build.node },
    1,
  );

  return () => {
    for (const each of [breaker, throttle, budget, inFlight, queued, policyInfo]) each.reset();
    for (const snapshot of sources.families()) {
      const { family } = snapshot;
      for (const state of BREAKER_STATES) breaker.set({ family, state }, snapshot.breaker === state ? 1 : 0);
      throttle.set({ family }, snapshot.throttled ? 1 : 0);
      budget.set({ family }, snapshot.budgetRemaining);
      inFlight.set({ family }, snapshot.inFlight);
      queued.set({ family }, snapshot.queued);
    }
    held.set(sources.heldBodyBytes());
    const { hash, profile } = sources.policy();
    policyInfo.set({ hash, profile }, 1);
    lastReload.set(sources.lastReloadSuccessful() ? 1 : 0);
  };
}

async function textFormat(registry: Registry): Promise<Exposition> {
  return { contentType: Registry.PROMETHEUS_CONTENT_TYPE, body: await registry.metrics() };
}

/**
 * OpenMetrics 1.0, from a copy: a registry that is once asked for OpenMetrics cuts `_total` from the names of its
 * counters for good, in the text format too.
 */
async function openMetrics(registry: Registry): Promise<Exposition> {
  const copy = Registry.aggregate([(await registry.getMetricsAsJSON()).map(asOpenMetrics)]);
  copy.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  return { contentType: Registry.OPENMETRICS_CONTENT_TYPE, body: await copy.metrics() };
}
