/**
 * Holds queries against what a running registry exposes and against the closed lists of the code: a query that asks for
 * a metric, a label or a value that nobody ever writes would be silent for ever, and nobody would notice.
 */
import { STATUS_CODES } from "node:http";
import { EXPOSED } from "../../scripts/live-metrics.ts";
import { MEANINGS, REFUSAL_REASONS, STATUS_CLASSES, WITHHELD_REASONS } from "../../src/decide/words.ts";
import type { Event } from "../../src/observe/events.ts";
import { BREAKER_STATES, CERTIFICATE_USES, HANDSHAKE_FAILURES, SAVED_BY } from "../../src/observe/labels.ts";
import { readQuery, type Selector } from "./promql.ts";

/** What Prometheus and its discovery put on every series; only `job` and `instance` are always there. */
export const TARGET_LABELS: readonly string[] = ["cluster", "namespace", "pod", "job", "instance"];

/** Series that Prometheus itself makes. */
const OF_PROMETHEUS: Readonly<Record<string, readonly string[]>> = { up: [], ALERTS: ["alertname"] };

type Told<Kind extends Event["kind"]> = Extract<Event, { kind: Kind }>;
const DECISIONS: readonly Told<"decision">["decision"][] = ["retried", "withheld"];
const LOST_ANSWER_RESULTS: readonly Told<"settled">["result"][] = ["applied", "not-applied", "unresolved"];
const RELOAD_RESULTS: readonly Told<"reload">["result"][] = ["success", "failure"];

/** What a label may say, where that is a closed list; one that differs between metrics stands under `metric.label`. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  class: STATUS_CLASSES,
  "crest_gateway_attempts_total.class": [...STATUS_CLASSES, "failure"],
  "crest_gateway_attempt_duration_seconds_bucket.class": [...STATUS_CLASSES, "failure"],
  "crest_gateway_attempt_duration_seconds_sum.class": [...STATUS_CLASSES, "failure"],
  "crest_gateway_attempt_duration_seconds_count.class": [...STATUS_CLASSES, "failure"],
  code: [...Object.keys(STATUS_CODES), "499", "other"],
  meaning: MEANINGS,
  decision: DECISIONS,
  "crest_gateway_retry_decisions_total.reason": [...WITHHELD_REASONS, ...MEANINGS, "client-id-refused"],
  "crest_gateway_rejected_total.reason": REFUSAL_REASONS,
  state: BREAKER_STATES,
  to: BREAKER_STATES,
  "crest_gateway_lost_answers_total.result": LOST_ANSWER_RESULTS,
  "crest_gateway_policy_reloads_total.result": RELOAD_RESULTS,
  "crest_gateway_certificate_reloads_total.result": RELOAD_RESULTS,
  "crest_gateway_handshakes_failed_total.reason": HANDSHAKE_FAILURES,
  by: SAVED_BY,
  use: CERTIFICATE_USES,
};

/** The labels of every sample that a gateway exposes, by the sample's name. */
const SAMPLES: ReadonlyMap<string, readonly string[]> = new Map([
  ...Object.entries(OF_PROMETHEUS),
  ...[...EXPOSED.matchAll(/^(\w+)(?:\{(.*)\})? \S+$/gm)].map(
    ([, name = "", labels = ""]) =>
      [name, [...labels.matchAll(/(\w+)="/g)].map(([, label = ""]) => label)] as const,
  ),
]);

/** The labels that the series of a metric have, targets' included; undefined when there is no such metric. */
function labelsOf(metric: string): readonly string[] | undefined {
  const own = SAMPLES.get(metric);
  return own && [...own, ...TARGET_LABELS];
}

/** One line for each thing in the query that is not so. Values that hold a variable (`$route`) may be anything. */
export function problemsIn(text: string): string[] {
  const { errors, selectors, groupings } = readQuery(text);
  return [
    ...errors.map((piece) => `not PromQL: ${piece}`),
    ...(selectors.length === 0 ? ["asks for no metric"] : []),
    ...selectors.flatMap(problemsOfSelector),
    ...groupings.flatMap(({ how, labels, of }) => {
      const known = new Set(of.flatMap(({ metric }) => labelsOf(metric) ?? []));
      return labels.filter((label) => !known.has(label)).map((label) => `${how} (${label}): no such label`);
    }),
  ];
}

function problemsOfSelector({ metric, matchers }: Selector): string[] {
  const labels = labelsOf(metric);
  if (!labels) return [`${metric}: no such metric`];
  return matchers.flatMap(({ label, value }) => {
    if (!labels.includes(label)) return [`${metric}: no label ${label}`];
    const closed = VALUES[`${metric}.${label}`] ?? VALUES[label];
    const unknown =
      closed && !value.includes("$") ? value.split("|").filter((word) => !closed.includes(word)) : [];
    return unknown.map((word) => `${metric}: ${label} is never "${word}"`);
  });
}
