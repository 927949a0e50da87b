/** What was measured, as a person reads it: ratios first. It measures nothing. */
import type { Footprint, Starts } from "./footprint.ts";
import type { Added } from "./latency.ts";
import { PER_SECOND } from "./latency.ts";
import type { Price, Skipped } from "./rounds.ts";
import { type Spread, spread } from "./statistics.ts";

const WIDTHS = [38, 7, 13, 22, 9, 12];

const line = (cells: readonly string[]): string =>
  cells
    .map((cell, index) =>
      index === 0 || index === 3 ? cell.padEnd(WIDTHS[index] ?? 0) : cell.padStart(WIDTHS[index] ?? 0),
    )
    .join("")
    .trimEnd();

const range = ({ min, max }: Spread, digits: number): string =>
  `${min.toFixed(digits)}-${max.toFixed(digits)}`;

export function priceTable(prices: readonly Price[], skipped: readonly Skipped[]): string {
  const rows = prices.map(({ title, ratio, against, cpuUs }) => [
    title,
    ratio?.median.toFixed(2) ?? (against === undefined ? "1" : "-"),
    ratio === undefined ? "" : range(ratio, 2),
    against === undefined ? "" : `  of ${against}`,
    cpuUs.median.toFixed(0),
    range(cpuUs, 0),
  ]);
  const left = skipped.map(({ title, why }) => `${title}: skipped, ${why}`);
  return [
    line(["CPU time of a request", "ratio", "min-max", "", "CPU µs", "min-max"]),
    ...rows.map(line),
    ...left,
    othersText(prices),
  ].join("\n");
}

/** What has to be known before a small difference is believed. */
function othersText(all: readonly { readonly othersPercent: Spread }[]): string {
  const others = spread(all.map(({ othersPercent }) => othersPercent.median));
  return `Others took ${others.median.toFixed(0)} % of the machine meanwhile (${range(others, 0)}).`;
}

const ms = ({ median, min, max }: Spread): string =>
  `${median.toFixed(2)} (${min.toFixed(2)} to ${max.toFixed(2)})`;

export function addedTable(all: readonly Added[]): string {
  const rows = all.map(
    ({ name, title, p50Ms, p99Ms }) =>
      `${(name === "direct" ? title : `added by ${title}`).padEnd(40)}${ms(p50Ms).padEnd(24)}${ms(p99Ms)}`,
  );
  return [
    `${`ms at ${PER_SECOND} requests a second`.padEnd(40)}${"p50 (min to max)".padEnd(24)}p99 (min to max)`,
    ...rows,
    othersText(all),
  ].join("\n");
}

export const startsText = ({ gatewayMs, emptyMs, ratio, othersPercent }: Starts): string =>
  `Start to ready: ${ratio.median.toFixed(2)} times an empty node:http server; ` +
  `${gatewayMs.median.toFixed(0)} ms (${range(gatewayMs, 0)}), which takes ${emptyMs.median.toFixed(0)} ms (${range(emptyMs, 0)})\n${othersText([{ othersPercent }])}`;

export const memoryText = ({ started, loaded, requests }: Footprint): string =>
  `Memory, resident/anonymous MiB: ${started.residentMebibytes.toFixed(0)}/${started.anonymousMebibytes.toFixed(0)} after its start, ` +
  `${loaded.residentMebibytes.toFixed(0)}/${loaded.anonymousMebibytes.toFixed(0)} after ${requests} requests`;
