/**
 * The text of `docs/metrics.md`. Names, types, help and labels are read from a live registry, closed lists come from the
 * code that uses them; what a metric is good for is in `metrics-prose.ts`, and one that nobody wrote about is an error.
 */
import { defaultPolicy } from "./default-policy.ts";
import { checkedPromql, EXPOSED, LIVE, PREFIX } from "./live-metrics.ts";
import { paragraph, table } from "./markdown.ts";
import { LABELS, METRICS } from "./metrics-prose.ts";

export function metricsPage(): string {
  const missing = [
    ...[...LIVE.keys()].filter((name) => !Object.hasOwn(METRICS, name)),
    ...Object.keys(METRICS).filter((name) => !LIVE.has(name)),
  ];
  if (missing.length > 0) throw new Error(`metrics and their page differ: ${missing.join(", ")}`);
  return `${[...head(), ...Object.keys(METRICS).flatMap(section), ...cardinality(), ...ofTheProcess()].join("\n").trimEnd()}\n`;
}

function head(): string[] {
  return [
    "# Metrics",
    "",
    ...paragraph(
      "Written by `npm run generate`: names, types, help and labels are those of a running registry, closed lists those of the code.",
    ),
    ...paragraph(
      "They stand at `/metrics` of the admin listener, in Prometheus's text format, or OpenMetrics when the scraper asks for it:",
    ),
    "```yaml",
    "scrape_configs:",
    "  - job_name: crest-gateway",
    "    scrape_interval: 15s",
    "    static_configs:",
    '      - targets: ["127.0.0.1:9090"]',
    "```",
    "",
    ...paragraph(
      "The admin listener is on the loopback address unless `--admin :9090` says otherwise; it takes no credentials, so let nobody but the scraper reach it. Circuits, throttle gates and budgets belong to one process: where there are several, keep the label `instance` when you look at them.",
    ),
    ...paragraph(
      "Names and labels are a promise: a change of one stands in the CHANGELOG. What happened to a single request is a question for the log, which uses the same words.",
    ),
    ...paragraph(
      "A series of a counter comes into being with its first event, which `rate` and `increase` do not see: they begin with the second. Where single events matter, count a new series as a whole, as the alert on lost answers does.",
    ),
    ...paragraph(
      "What is worth waking somebody for is in `helm/crest-gateway/files/alerts.yaml`, and what to do then in the [runbook](runbook.md). `helm/crest-gateway/files/dashboard.json` is a dashboard for Grafana.",
    ),
    ...table(
      ["question", "metric"],
      Object.entries(METRICS).flatMap(([name, { questions }]) =>
        questions.map(([question]) => [question, `[${name}](#${PREFIX}${name})`]),
      ),
    ),
  ];
}

function section(name: string): string[] {
  const live = LIVE.get(name);
  const written = METRICS[name];
  if (!live || !written) throw new Error(`no such metric: ${name}`);
  const { type, help, labels } = live;
  return [
    `## ${PREFIX}${name}`,
    "",
    ...paragraph(`${type[0]?.toUpperCase()}${type.slice(1)}. ${help} ${written.says}`),
    ...(labels.length === 0
      ? []
      : table(
          ["label", "values"],
          labels.map((label) => [`\`${label}\``, labelValues(name, label)]),
        )),
    ...written.questions.flatMap(([question, promql]) => [
      question,
      "",
      "```promql",
      checkedPromql(promql),
      "```",
      "",
    ]),
  ];
}

function labelValues(metric: string, label: string): string {
  const values = LABELS[`${metric}.${label}`] ?? LABELS[label];
  if (values === undefined) throw new Error(`nothing is written about the label ${label} of ${metric}`);
  return values;
}

/** What one route adds to the histograms: four classes of answers, and failures besides for attempts. */
const HISTOGRAM_LABEL_SETS_PER_ROUTE = 9;
const MOST_HISTOGRAM_LABEL_SETS = 500;

function cardinality(): string[] {
  const unnamed = new Set(defaultPolicy().families.rows.map(({ family }) => family.replace(/-?\*/, "")));
  const labels = unnamed.size + ["default", "unrouted"].length;
  const own = Math.floor((MOST_HISTOGRAM_LABEL_SETS - 1) / HISTOGRAM_LABEL_SETS_PER_ROUTE) - labels;
  const bounds = [
    ...new Set(
      [...EXPOSED.matchAll(/request_duration_seconds_bucket\{le="([^"]+)"/g)].map(([, le = ""]) => le),
    ),
  ];
  return [
    "## How many series",
    "",
    ...paragraph(
      "Labels come from the policy file and from closed lists: never a path, a host, an id, or anything else that a caller or the tenant could make up. What is in no list is counted as `other`.",
    ),
    ...paragraph(
      `A scrape writes every histogram whole, so their label sets are what counts, and they stay under ${MOST_HISTOGRAM_LABEL_SETS}. A route has at most ${HISTOGRAM_LABEL_SETS_PER_ROUTE} in both histograms together: classes \`2xx\` to \`5xx\` for requests, the same and \`failure\` for attempts. The profile \`aic\` has ${labels} values of \`route\` without your doing, so there is room for ${own} routes of your own.`,
    ),
    ...paragraph(`The histograms' bounds, in seconds: ${bounds.map((le) => `\`${le}\``).join(", ")}.`),
  ];
}

function ofTheProcess(): string[] {
  return [
    "## Of the process",
    "",
    ...paragraph(
      "The usual ones besides, as of other Node programs: `process_cpu_seconds_total`, `process_resident_memory_bytes`, `process_start_time_seconds`, `nodejs_eventloop_lag_p99_seconds`, `nodejs_heap_size_used_bytes`, `nodejs_gc_duration_seconds` and more of the kind. When the event loop lags by more than some tens of milliseconds, the gateway itself is what is slow:",
    ),
    "```promql",
    "max_over_time(nodejs_eventloop_lag_p99_seconds[5m]) > 0.05",
    "```",
    "",
  ];
}
