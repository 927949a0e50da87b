/**
 * Events to Prometheus metrics: decides which numbers exist and how they are written. The only file that knows
 * prom-client. It never sees a path, a host or an id: labels come from the policy and from closed lists.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { prefersOpenMetrics } from "./accept.ts";
import { type Event, type Observe, savedBy } from "./events.ts";
import { methodLabel, type StatusLabels, statusLabels } from "./labels.ts";
import { asOpenMetrics } from "./open-metrics.ts";
import { type MetricSources, stateGauges } from "./states.ts";
import { madeOnce, type Tally } from "./tallies.ts";

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
  const readStates = stateGauges(
    (name, labelNames, help) =>
      new Gauge<string>({ name: PREFIX + name, help, labelNames, registers: [registry] }),
    sources,
  );
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

type Attempt = Extract<Event, { kind: "attempt" }>;

/** Registers what is counted and timed; the result counts one event. */
function countEvents(registry: Registry): Observe {
  const counter = <L extends string>(name: string, labelNames: readonly L[], help: string) =>
    new Counter<L>({ name: PREFIX + name, help, labelNames, registers: [registry] });
  /** A counter of what every request counts, which reads its tallies when it is asked. */
  const tallied = <L extends string>(name: string, labelNames: readonly L[], help: string) => {
    const tallies: Tally<L>[] = [];
    const collect = function (this: Counter<string>): void {
      this.reset();
      for (const { labels, count } of tallies) this.inc(labels, count);
    };
    new Counter<string>({ name: PREFIX + name, help, labelNames, registers: [registry], collect });
    return (labels: Tally<L>["labels"]): Tally<L> => {
      const tally = { labels, count: 0 };
      tallies.push(tally);
      return tally;
    };
  };
  const seconds = <L extends string>(name: string, labelNames: readonly L[], help: string) =>
    new Histogram<L>({
      name: PREFIX + name,
      help,
      labelNames,
      registers: [registry],
      buckets: DURATION_BUCKETS_SECONDS,
    });

  const requests = tallied(
    "requests_total",
    ["route", "method", "class", "code"],
    "Requests of callers, by what they were told; code 499 when the caller left before the answer.",
  );
  const requestSeconds = seconds(
    "request_duration_seconds",
    ["route", "class"],
    "From a caller's request to the last byte of its answer, all attempts and waits included.",
  );
  const attempts = tallied(
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
  const saved = counter(
    "saved_total",
    ["route", "by"],
    "Failures of the tenant that callers never saw, by what kept them from it.",
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
    "Attempts that the gateway itself refused to make, and answers that it could not pass on, by reason.",
  );
  const reloads = counter(
    "policy_reloads_total",
    ["result"],
    "Changed policy files that were read, by whether they were taken over.",
  );
  for (const result of ["success", "failure"]) reloads.inc({ result }, 0);
  const certificateReloads = counter(
    "certificate_reloads_total",
    ["use", "result"],
    "Changed files of certificates that were read, by whether they were taken over.",
  );
  const failedHandshakes = counter(
    "handshakes_failed_total",
    ["reason"],
    "TLS handshakes of callers that came to nothing, by reason.",
  );
  const lostAnswers = counter(
    "lost_answers_total",
    ["route", "result"],
    "Writes whose answer was lost, by what was found out about them.",
  );

  const seriesOfRequest = madeOnce((route: string, method: string, told: StatusLabels) => ({
    tally: requests({ route, method, ...told }),
    seconds: requestSeconds.labels({ route, class: told.class }),
  }));
  const seriesOfAttempt = madeOnce((route: string, came: Attempt["class"], meaning: Attempt["meaning"]) => ({
    tally: attempts({ route, class: came, meaning }),
    seconds: attemptSeconds.labels({ route, class: came }),
  }));

  return (event: Event): void => {
    switch (event.kind) {
      case "exchange": {
        const series = seriesOfRequest(event.route, methodLabel(event.method), statusLabels(event.status));
        series.tally.count += 1;
        series.seconds.observe(event.durationMs / 1000);
        const by = savedBy(event);
        if (by !== undefined) saved.inc({ route: event.route, by });
        break;
      }
      case "attempt": {
        const series = seriesOfAttempt(event.route, event.class, event.meaning);
        series.tally.count += 1;
        series.seconds.observe(event.durationMs / 1000);
        break;
      }
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
      case "certificate-reload":
        certificateReloads.inc({ use: event.use, result: event.result });
        break;
      case "handshake-failed":
        failedHandshakes.inc({ reason: event.reason });
        break;
      default:
        event satisfies never;
    }
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
