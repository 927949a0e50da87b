/** The three pictures of the last fifteen minutes: what the tenant answered, what callers got, and how long both took. */
import type { HistoryView } from "../history.ts";
import { count, inMs } from "../words.ts";
import { draw, type Layer } from "./picture.ts";

type Legend = readonly (readonly [word: string, name: string, fill: string])[];

/** Trouble stands on top. */
const CALLERS: Legend = [
  ["2xx", "2xx", "f-2xx"],
  ["3xx", "3xx", "f-3xx"],
  ["4xx", "4xx", "f-4xx"],
  ["499", "left before an answer", "f-gone"],
  ["5xx", "5xx", "f-5xx"],
];

const TENANT: Legend = [
  ["1xx", "1xx", "f-gone"],
  ["2xx", "2xx", "f-2xx"],
  ["3xx", "3xx", "f-3xx"],
  ["4xx", "4xx", "f-4xx"],
  ["5xx", "5xx", "f-5xx"],
  ["failure", "no answer", "f-none"],
];

export function showPictures(history: HistoryView): void {
  drawCounts("tenant", "The tenant answered", history, TENANT, history.tenant);
  drawCounts("callers", "Callers got", history, CALLERS, history.callers);
  drawLatency(history);
}

function drawCounts(
  id: string,
  title: string,
  { bucketSeconds }: HistoryView,
  legend: Legend,
  series: Readonly<Record<string, readonly number[]>>,
): void {
  const layers = legend
    .map(([word, name, fill]): Layer => {
      const values = series[word] ?? [];
      return { name, fill, values, total: count(sum(values)) };
    })
    // Nobody needs to read of what hardly ever is.
    .filter(({ name, values }) => ["2xx", "4xx", "5xx"].includes(name) || sum(values) > 0);
  const summary = `${title}, in the last 15 minutes: ${layers.map(({ name, total }) => `${total} ${name}`).join(", ")}.`;
  draw(id, { summary, layers, unit: `in ${bucketSeconds} s`, perMinute: (bars) => count(sum(bars)) });
}

/** Means, since the two have to add up; the dashboard has percentiles. */
function drawLatency({ latency }: HistoryView): void {
  const { exchanges, tenantMs, wholeMs } = latency;
  const addedMs = wholeMs.map((whole, bar) => Math.max(0, whole - (tenantMs[bar] ?? 0)));
  const means = (sums: readonly number[]): number[] =>
    sums.map((ms, bar) => ms / Math.max(1, exchanges[bar] ?? 0));
  const mean = (sums: readonly number[]): string => inMs(sum(sums) / Math.max(1, sum(exchanges)));
  const layers: Layer[] = [
    { name: "tenant", fill: "f-3xx", values: means(tenantMs), total: mean(tenantMs) },
    { name: "everything else", fill: "f-4xx", values: means(addedMs), total: mean(addedMs) },
  ];
  draw("latency", {
    summary: `An exchange took, on average over the last 15 minutes: the tenant ${mean(tenantMs)}, everything else ${mean(addedMs)}.`,
    layers,
    unit: "ms",
    perMinute: (bars) => {
      const busy = bars.filter((ms) => ms > 0);
      return busy.length === 0 ? "–" : inMs(sum(busy) / busy.length);
    },
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
