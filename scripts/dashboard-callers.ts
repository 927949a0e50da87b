/** The upper half of the dashboard: how things are at a glance, and what callers get. */
import { type Colour, RECENT, ROUTE, type Section, TARGET, withinAnHour } from "./dashboard-parts.ts";

const BY_CLASS: Readonly<Record<string, Colour>> = {
  "2xx": "green",
  "3xx": "blue",
  "4xx": "yellow",
  "5xx": "red",
};
const ATTENTION = [[1, "red"]] as const;

const requests = (more = ""): string => `sum(rate(crest_gateway_requests_total{${ROUTE}${more}}${RECENT}))`;
const quantile = (share: number, metric: string, more = ""): string =>
  `histogram_quantile(${share}, sum by (le) (rate(crest_gateway_${metric}_bucket{${ROUTE}${more}}${RECENT})))`;
const total = (metric: string): string => `sum(rate(crest_gateway_${metric}{${ROUTE}}${RECENT}))`;

export const AT_A_GLANCE: Section = {
  height: 3,
  panels: [
    {
      kind: "stat",
      title: "Kept from callers (1 h)",
      says: "Failures of the tenant within an hour that callers never saw: sent again with success, or a lost answer found out.",
      unit: "none",
      width: 3,
      queries: [
        {
          legend: "",
          promql: `round(sum(${withinAnHour(`crest_gateway_saved_total{${ROUTE}}`)})) or vector(0)`,
        },
      ],
    },
    {
      kind: "stat",
      title: "Gateways",
      says: "Processes that answer Prometheus, of those chosen above. Fewer than there should be: see CrestGatewayDown in the runbook.",
      unit: "none",
      width: 2,
      queries: [{ legend: "", promql: `count(crest_gateway_build_info{${TARGET}})` }],
    },
    {
      kind: "stat",
      title: "Requests",
      says: "Requests of callers a second.",
      unit: "reqps",
      width: 3,
      queries: [{ legend: "", promql: requests() }],
    },
    {
      kind: "stat",
      title: "Server errors",
      says: "The share of requests that ended in 5xx, after all retries; 501, which the tenant says of what it never serves, is left out. From 5 % on CrestGatewayErrorRatioHigh is near: read on below, from left to right.",
      unit: "percentunit",
      width: 3,
      thresholds: [
        [0.01, "yellow"],
        [0.05, "red"],
      ],
      queries: [
        {
          legend: "",
          promql: `(${requests(',class="5xx",code!="501"')} or vector(0)) / (${requests()} > 0)`,
        },
      ],
    },
    {
      kind: "stat",
      title: "Callers wait (p95)",
      says: "95 of 100 requests are answered within this time, retries and waits included.",
      unit: "s",
      width: 3,
      queries: [{ legend: "", promql: quantile(0.95, "request_duration_seconds") }],
    },
    {
      kind: "stat",
      title: "Open circuits",
      says: "Parts of the tenant that are given a rest in at least one gateway. Which, and since when: Circuits, below.",
      unit: "none",
      width: 3,
      thresholds: ATTENTION,
      queries: [
        {
          legend: "",
          promql: `sum(max by (family) (crest_gateway_breaker_state{${TARGET},state="open"})) or vector(0)`,
        },
      ],
    },
    {
      kind: "stat",
      title: "Throttled",
      says: "Parts of the tenant that want fewer requests now. Find out who asks so often: requests by route.",
      unit: "none",
      width: 2,
      thresholds: [[1, "orange"]],
      queries: [
        {
          legend: "",
          promql: `sum(max by (family) (crest_gateway_throttle_closed{${TARGET}})) or vector(0)`,
        },
      ],
    },
    {
      kind: "stat",
      title: "Unknown writes (1 h)",
      says: "Writes within an hour of which nobody knows whether they were done. Look for processed=unknown in the log, and see CrestGatewayLostAnswersUnresolved in the runbook.",
      unit: "none",
      width: 3,
      thresholds: [
        [1, "yellow"],
        [5, "red"],
      ],
      queries: [
        {
          legend: "",
          promql: `round(sum(${withinAnHour(`crest_gateway_lost_answers_total{${ROUTE},result="unresolved"}`)})) or vector(0)`,
        },
      ],
    },
    {
      kind: "stat",
      title: "Policy refused",
      says: "Gateways that keep an earlier policy because their file is bad. They would not start again: run crest-gateway check on the file.",
      unit: "none",
      width: 2,
      thresholds: ATTENTION,
      queries: [
        {
          legend: "",
          promql: `count(crest_gateway_policy_last_reload_successful{${TARGET}} == 0) or vector(0)`,
        },
      ],
    },
  ],
};

export const CALLERS: Section = {
  title: "What callers get",
  height: 6,
  panels: [
    {
      kind: "stack",
      title: "Requests by class",
      says: "What callers were told. Red: 5xx, after all retries. Much yellow: callers that ask wrongly, leave (499), or are told 429.",
      unit: "reqps",
      width: 6,
      colours: BY_CLASS,
      queries: [
        {
          legend: "{{class}}",
          promql: `sum by (class) (rate(crest_gateway_requests_total{${ROUTE}}${RECENT}))`,
        },
      ],
    },
    {
      kind: "lines",
      title: "Server errors by route",
      says: "The share of each route's requests that ended in 5xx, 501 left out. One route only: that part of the API. All of them: the tenant, or the way to it. Then look at the next row.",
      unit: "percentunit",
      width: 6,
      thresholds: [[0.05, "red"]],
      queries: [
        {
          legend: "{{route}}",
          promql: `sum by (route) (rate(crest_gateway_requests_total{${ROUTE},class="5xx",code!="501"}${RECENT})) / sum by (route) (rate(crest_gateway_requests_total{${ROUTE}}${RECENT}))`,
        },
      ],
    },
    {
      kind: "lines",
      title: "Latency: callers and tenant",
      says: "How long callers wait, and how long one answer of the tenant takes. Both high: the tenant is slow. Callers only: waits and retries; the panel to the right says how much.",
      unit: "s",
      width: 6,
      colours: {
        "callers p95": "purple",
        "callers p50": "blue",
        "tenant p95": "orange",
        "tenant p50": "yellow",
      },
      queries: [
        { legend: "callers p95", promql: quantile(0.95, "request_duration_seconds") },
        { legend: "callers p50", promql: quantile(0.5, "request_duration_seconds") },
        { legend: "tenant p95", promql: quantile(0.95, "attempt_duration_seconds", ',class!="failure"') },
        { legend: "tenant p50", promql: quantile(0.5, "attempt_duration_seconds", ',class!="failure"') },
      ],
    },
    {
      kind: "stack",
      title: "A request's time (mean)",
      says: "Of the time that a request takes: what the tenant took, all attempts together, and what came on top: waits between attempts, for a place and at the throttle gate, and sending the body. When the upper part grows, look at retries and at waiting requests.",
      unit: "s",
      width: 6,
      colours: { tenant: "orange", "on top": "purple" },
      queries: [
        {
          legend: "tenant",
          promql: `${total("attempt_duration_seconds_sum")} / (${total("request_duration_seconds_count")} > 0)`,
        },
        {
          legend: "on top",
          promql: `clamp_min(${total("request_duration_seconds_sum")} - ${total("attempt_duration_seconds_sum")}, 0) / (${total("request_duration_seconds_count")} > 0)`,
        },
      ],
    },
  ],
};
