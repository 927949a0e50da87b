/** How long to wait before the next attempt when nobody told us. */

/**
 * Exponential with full jitter: anywhere between nothing and `base * 2^(attempt-1)`, at most `max`. Full jitter
 * spreads callers that failed together better than a jitter around a fixed wait does.
 *
 * @param attempt the attempt that failed, the first being 1
 * @param random from 0 to 1
 */
export function backoffMs(
  backoff: { readonly baseMs: number; readonly maxMs: number },
  attempt: number,
  random: number,
): number {
  return random * Math.min(backoff.maxMs, backoff.baseMs * 2 ** Math.min(attempt - 1, 30));
}

/** Durations one after the other: the shape of cockatiel's `IBackoff`. */
export type Backoff = { readonly duration: number; next(): Backoff };

/** No wait: whoever decided on a further attempt has waited already when the next one is asked for. */
export const AT_ONCE: Backoff = { duration: 0, next: () => AT_ONCE };
