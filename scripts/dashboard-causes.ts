/** The lower half of the dashboard, where causes are: what the tenant does, what protects it, and the gateway itself. */
import { RECENT, ROUTE, type Section, TARGET, withinAnHour } from "./dashboard-parts.ts";

/** Other programs have metrics of processes too. */
const GATEWAYS_ONLY = `and on (job, instance) crest_gateway_build_info{${TARGET}}`;

export const TENANT: Section = {
  title: "What the tenant does, and what is tried again",
  height: 6,
  panels: [
    {
      kind: "stack",
      title: "Bad attempts by meaning",
      says: "What is wrong, in the words of docs/meanings.md. unreachable, untrusted: the way there. unavailable, bad-gateway, silent: the tenant. unauthenticated, forbidden, rejected: callers.",
      unit: "reqps",
      width: 6,
      queries: [
        {
          legend: "{{meaning}}",
          promql: `sum by (meaning) (rate(crest_gateway_attempts_total{${ROUTE},meaning!="ok"}${RECENT}))`,
        },
      ],
    },
    {
      kind: "stack",
      title: "Retries made, by what asked for them",
      says: "Attempts that were followed by another. A few are everyday; a rise without red above means that the gateway hides an illness of the tenant.",
      unit: "reqps",
      width: 6,
      queries: [
        {
          legend: "{{reason}}",
          promql: `sum by (reason) (rate(crest_gateway_retry_decisions_total{${ROUTE},decision="retried"}${RECENT}))`,
        },
      ],
    },
    {
      kind: "stack",
      title: "Retries withheld, by reason",
      says: "Failures that went to callers, and why they were not sent again: docs/why-not-retried.md says for each what can be done. Final answers, which are nothing to retry, are left out.",
      unit: "reqps",
      width: 6,
      queries: [
        {
          legend: "{{reason}}",
          promql: `sum by (reason) (rate(crest_gateway_retry_decisions_total{${ROUTE},decision="withheld",reason!="answered"}${RECENT}))`,
        },
      ],
    },
    {
      kind: "stack",
      title: "Lost answers within an hour, by result",
      says: "Writes whose answer was lost or left it open, and what was found out. unresolved: the callers were told processed=unknown, and somebody has to look.",
      unit: "short",
      width: 6,
      colours: { applied: "green", "not-applied": "blue", unresolved: "red" },
      queries: [
        {
          legend: "{{result}}",
          promql: `sum by (result) (${withinAnHour(`crest_gateway_lost_answers_total{${ROUTE}}`)})`,
        },
      ],
    },
  ],
};

const openness = (state: string): string =>
  `max by (family) (crest_gateway_breaker_state{${TARGET},state="${state}"})`;

export const PROTECTION: Section = {
  title: "What protects the tenant",
  height: 6,
  panels: [
    {
      kind: "states",
      title: "Circuits by family",
      says: "The worst state among the gateways. Open: callers are told 503 at once. Do not look for a switch; find out what fails: bad attempts by meaning, above.",
      unit: "none",
      width: 6,
      words: { 0: ["closed", "green"], 1: ["half-open", "yellow"], 2: ["open", "red"] },
      queries: [
        {
          legend: "{{family}}",
          // Not a sum: one gateway's circuit may be open while another's is half-open.
          promql: `2 * (${openness("open")} > 0) or ${openness("half-open")}`,
        },
      ],
    },
    {
      kind: "states",
      title: "Throttle gates by family",
      says: "Closed while the tenant wants fewer requests: callers wait, or are told 429. Ask less often; the limit is the tenant's.",
      unit: "none",
      width: 6,
      words: { 0: ["let through", "green"], 1: ["held back", "orange"] },
      queries: [
        { legend: "{{family}}", promql: `max by (family) (crest_gateway_throttle_closed{${TARGET}})` },
      ],
    },
    {
      kind: "lines",
      title: "Retry budget left",
      says: "Retries that a family may still make, in the gateway that has the fewest. At 0 failures go to callers as they come: find out what fails before you raise the budget.",
      unit: "short",
      width: 6,
      queries: [
        { legend: "{{family}}", promql: `min by (family) (crest_gateway_retry_budget_remaining{${TARGET}})` },
      ],
    },
    {
      kind: "stack",
      title: "Refused by the gateway, by reason",
      says: "By circuit-open and throttled the tenant is protected; queue-full and queue-wait mean that limits.concurrency is too low, or the tenant too slow; streams-full, that callers read or send large bodies slowly.",
      unit: "reqps",
      width: 6,
      queries: [
        {
          legend: "{{family}} {{reason}}",
          promql: `sum by (family, reason) (rate(crest_gateway_rejected_total{${TARGET}}${RECENT}))`,
        },
      ],
    },
  ],
};

export const ITSELF: Section = {
  title: "The gateway itself",
  height: 6,
  panels: [
    {
      kind: "lines",
      title: "Under way and waiting",
      says: "Attempts under way, requests that wait for a place, and large bodies that stream, in the gateway that has the most. Waiting for more than a moment: see whether the tenant is slow, else raise limits.concurrency.",
      unit: "short",
      width: 4,
      queries: [
        { legend: "{{family}} under way", promql: `max by (family) (crest_gateway_in_flight{${TARGET}})` },
        { legend: "{{family}} waiting", promql: `max by (family) (crest_gateway_queued{${TARGET}})` },
        { legend: "{{family}} streams", promql: `max by (family) (crest_gateway_streams{${TARGET}})` },
      ],
    },
    {
      kind: "lines",
      title: "Event loop lag (p99)",
      says: "How much later than it should the process gets to its work. About 0.01 s when idle; from 0.1 s on every request feels it: give it more processor time, or add replicas.",
      unit: "s",
      width: 4,
      thresholds: [[0.1, "red"]],
      queries: [
        {
          legend: "{{instance}}",
          promql: `max by (instance) (nodejs_eventloop_lag_p99_seconds{${TARGET}} ${GATEWAYS_ONLY})`,
        },
      ],
    },
    {
      kind: "lines",
      title: "Memory",
      says: "Of the largest process, and what held request bodies take of it. Beyond replay.memory, or less under a small memory limit, bodies are no longer held, and cannot be sent again.",
      unit: "bytes",
      width: 4,
      queries: [
        { legend: "process", promql: `max(process_resident_memory_bytes{${TARGET}} ${GATEWAYS_ONLY})` },
        { legend: "held bodies", promql: `max(crest_gateway_held_body_bytes{${TARGET}})` },
      ],
    },
    {
      kind: "stat",
      title: "Certificates end in",
      says: "What is left of each certificate in force, in the gateway that has the oldest. Below a week nobody has renewed it: see CrestGatewayCertificateEnding in the runbook. Empty without files of certificates.",
      unit: "s",
      width: 4,
      below: "red",
      thresholds: [[7 * 24 * 3600, "green"]],
      queries: [
        {
          legend: "{{use}}",
          promql: `min by (use) (crest_gateway_certificate_expiry_seconds{${TARGET}}) - time()`,
        },
      ],
    },
    {
      kind: "table",
      title: "Version and policy",
      says: "What runs, and by which policy. Different hashes for longer than a rollout takes: a gateway has not read the new file, or has refused it; its log says why.",
      unit: "none",
      width: 8,
      words: { 0: ["refused", "red"], 1: ["in force", "green"] },
      queries: [
        {
          legend: "version",
          promql: `max by (job, instance, version, node) (crest_gateway_build_info{${TARGET}})`,
        },
        {
          legend: "policy",
          promql: `max by (job, instance, hash, profile) (crest_gateway_policy_info{${TARGET}})`,
        },
        {
          legend: "file",
          promql: `max by (job, instance) (crest_gateway_policy_last_reload_successful{${TARGET}})`,
        },
        {
          legend: "reloads",
          promql: `sum by (job, instance) (crest_gateway_policy_reloads_total{${TARGET}})`,
        },
      ],
    },
  ],
};
