/**
 * Durations, sizes, rates and percentages as people write them in the policy file, to and from plain numbers.
 *
 * Every quantity carries its unit: a bare number is never guessed at.
 */

const DURATION_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;
const SIZE_BYTES = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const;

export const DURATION_PATTERN = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/;
export const SIZE_PATTERN = /^(\d+(?:\.\d+)?)(B|KiB|MiB|GiB)$/;
export const DATA_RATE_PATTERN = /^(\d+(?:\.\d+)?)(B|KiB|MiB|GiB)\/s$/;
export const PERCENT_PATTERN = /^(\d+(?:\.\d+)?)\s?%$/;

/** `100ms`, `1.5s`, `2m`, `1h` in milliseconds; undefined when it is not one, or not whole milliseconds. */
export function parseDuration(text: string): number | undefined {
  return quantity(DURATION_PATTERN.exec(text), DURATION_MS);
}

/** `512B`, `64KiB`, `1MiB`, `1GiB` in bytes; undefined when it is not one, or not whole bytes. */
export function parseSize(text: string): number | undefined {
  return quantity(SIZE_PATTERN.exec(text), SIZE_BYTES);
}

/** `512B/s`, `1KiB/s` in bytes a second; undefined when it is not one, or not whole bytes. */
export function parseDataRate(text: string): number | undefined {
  return quantity(DATA_RATE_PATTERN.exec(text), SIZE_BYTES);
}

/** `20%`, or 20 alone, as a ratio from 0 to 1; undefined when it is not one. */
export function parsePercent(written: string | number): number | undefined {
  const percent = typeof written === "number" ? written : Number(PERCENT_PATTERN.exec(written)?.[1]);
  return percent >= 0 && percent <= 100 ? percent / 100 : undefined;
}

/** Milliseconds in the largest unit that says them in whole numbers: 90000 is `90s`, 120000 is `2m`. */
export function formatDuration(ms: number): string {
  return inLargestUnit(ms, DURATION_MS, "ms");
}

/** Bytes in the largest unit that says them in whole numbers: 1048576 is `1MiB`. */
export function formatSize(bytes: number): string {
  return inLargestUnit(bytes, SIZE_BYTES, "B");
}

function quantity(
  match: RegExpExecArray | null,
  units: Readonly<Record<string, number>>,
): number | undefined {
  const scale = units[match?.[2] ?? ""];
  if (scale === undefined) return undefined;
  const exact = Number(match?.[1]) * scale;
  const value = Math.round(exact);
  // 0.3 times 1000 is a hair off 300 in binary; 0.5 milliseconds is not.
  return Number.isSafeInteger(value) && Math.abs(exact - value) < 1e-6 ? value : undefined;
}

function inLargestUnit(value: number, units: Readonly<Record<string, number>>, smallest: string): string {
  const unit =
    Object.keys(units).findLast((name) => value > 0 && value % (units[name] ?? 1) === 0) ?? smallest;
  return `${value / (units[unit] ?? 1)}${unit}`;
}
