/**
 * When to come back: what an answer says about it, and how we say it (RFC 9110 section 10.2.3).
 *
 * It reads the hint and no more; whether anybody waits that long is decided elsewhere.
 */
import { firstHeaderLine, type HeaderList, headerLines, headerValue } from "./headers.ts";
import { parseHttpDate } from "./http-date.ts";

/**
 * Milliseconds to wait from now, never negative; undefined when the answer gives no usable hint.
 *
 * `Retry-After` in seconds or as a date. A date is measured from the answer's own `Date`, so that it does not matter
 * whose clock is wrong; without one from `nowWallMs` (milliseconds since the epoch). A moment in the past is 0. A wait
 * longer than anybody waits is one all the same: whoever asks finds that there is no time. A fraction of a second, which
 * is not legal and is sent, counts. What cannot be read is no hint. Of several lines the longest wait holds: never early.
 *
 * Without `Retry-After`: `x-ratelimit-reset`, as the tenant sends it (epoch seconds), unless `x-ratelimit-remaining`
 * says that there is something left.
 */
export function retryAfterMs(headers: HeaderList, nowWallMs: number): number | undefined {
  // Nearly all answers have none.
  if (firstHeaderLine(headers, "retry-after") === undefined) return rateLimitResetMs(headers, nowWallMs);
  const lines = headerLines(headers, "retry-after");
  const waits = lines
    .map((line) => waitMs(line.trim(), headers, nowWallMs))
    .filter((wait) => wait !== undefined);
  return waits.length === 0 ? undefined : Math.max(...waits);
}

/** So many more requests, until the count begins anew in `resetMs` from now. */
export type RateLimit = { readonly remaining: number; readonly resetMs: number };

/** What an answer says of the tenant's limit before it is hit; undefined when it does not say both. */
export function rateLimit(headers: HeaderList, nowWallMs: number): RateLimit | undefined {
  const remaining = headerValue(headers, "x-ratelimit-remaining")?.trim();
  if (remaining === undefined || !/^\d{1,9}$/.test(remaining)) return undefined;
  const reset = resetMs(headers, nowWallMs);
  return reset === undefined ? undefined : { remaining: Number(remaining), resetMs: reset };
}

/** A wait in milliseconds as delta-seconds: rounded up, so that nobody comes early; 0 (or less) stays 0. */
export function deltaSeconds(ms: number): string {
  if (!(ms > 0)) return "0";
  return String(Math.min(Math.max(1, Math.ceil(ms / 1000)), LONGEST_DELTA_SECONDS));
}

/** What does not fit is taken for this by whoever reads it (RFC 9111 section 1.2.2): 68 years. */
const LONGEST_DELTA_SECONDS = 2 ** 31;

const DELTA_SECONDS = /^\d+(?:\.\d+)?$/;

function waitMs(value: string, headers: HeaderList, nowWallMs: number): number | undefined {
  if (DELTA_SECONDS.test(value)) return bounded(Number(value) * 1000);
  const date = parseHttpDate(value, nowWallMs);
  return date === undefined ? undefined : untilMs(date, headers, nowWallMs);
}

/** Ten digits: a moment between 2001 and 2286. Shorter ones are not epoch seconds and would mean "at once". */
const EPOCH_SECONDS = /^\d{10}$/;

function rateLimitResetMs(headers: HeaderList, nowWallMs: number): number | undefined {
  if (firstHeaderLine(headers, "x-ratelimit-reset") === undefined) return undefined;
  const remaining = headerValue(headers, "x-ratelimit-remaining")?.trim();
  return remaining === undefined || remaining === "0" ? resetMs(headers, nowWallMs) : undefined;
}

function resetMs(headers: HeaderList, nowWallMs: number): number | undefined {
  const reset = headerValue(headers, "x-ratelimit-reset")?.trim();
  if (reset === undefined || !EPOCH_SECONDS.test(reset)) return undefined;
  return untilMs(Number(reset) * 1000, headers, nowWallMs);
}

function untilMs(momentMs: number, headers: HeaderList, nowWallMs: number): number | undefined {
  const answeredAtMs = parseHttpDate(headerValue(headers, "date")?.trim() ?? "", nowWallMs) ?? nowWallMs;
  return bounded(momentMs - answeredAtMs);
}

/** However many digits there were, it stays a number that can be counted with. */
function bounded(ms: number): number | undefined {
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, ms), LONGEST_DELTA_SECONDS * 1000);
}
