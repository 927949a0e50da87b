/**
 * What OpenMetrics 1.0 writes otherwise than Prometheus's text format: the family of a counter has no `_total` in its name,
 * and bounds of buckets are floats (`1.0`). It knows the shape of a metric, not where its numbers come from.
 */
type Labels = Readonly<Record<string, string | number | undefined>>;

type Metric = {
  readonly name: string;
  readonly type: unknown;
  readonly values: readonly { readonly labels: Labels }[];
};

/** The metric as OpenMetrics has it, to be put together with nothing else. */
export function asOpenMetrics<M extends Metric>(metric: M) {
  return {
    ...metric,
    aggregator: "first" as const,
    name: metric.type === "counter" ? metric.name.replace(/_total$/, "") : metric.name,
    values: metric.values.map(({ labels, ...value }) => ({ ...value, labels: withFloatBound(labels) })),
  };
}

function withFloatBound(labels: Labels): Labels {
  return Number.isInteger(labels.le) ? { ...labels, le: `${labels.le}.0` } : labels;
}
