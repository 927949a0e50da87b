/**
 * Two counts of the recent past, in slices that age by the clock: what is older than the window counts no longer, be
 * there news or none. It knows neither what is counted nor what follows from it.
 *
 * Every healthy attempt is counted here, so counting makes nothing new but a slice now and then; and the two are told
 * apart by their place and not by a name, which costs several times as much.
 */

/** Usually enough; what counts by the second wants thinner ones. */
const SLICES = 10;

type Slice = { readonly startedAtMs: number; readonly counts: [number, number] };

export class Window {
  #windowMs: number;
  readonly #count: number;
  /** The oldest first; those in front may be too old. */
  readonly #slices: Slice[] = [];

  constructor(windowMs: number, slices = SLICES) {
    this.#windowMs = windowMs;
    this.#count = slices;
  }

  /** From now on this length holds; slices that were begun before keep what they have counted. */
  configure(windowMs: number): void {
    this.#windowMs = windowMs;
  }

  /** Counts one at this moment, which is never before an earlier one. A slice begins with what is counted first. */
  add(which: 0 | 1, nowMs: number): void {
    const last = this.#slices.at(-1);
    const { counts } =
      last && nowMs - last.startedAtMs < this.#windowMs / this.#count ? last : this.#begin(nowMs);
    counts[which] += 1;
  }

  /** What slices hold that began within the last `withinMs`, which is no longer than the window. */
  sum(which: 0 | 1, nowMs: number, withinMs = this.#windowMs): number {
    let sum = 0;
    for (const { startedAtMs, counts } of this.#slices)
      if (nowMs - startedAtMs < withinMs) sum += counts[which];
    return sum;
  }

  clear(): void {
    this.#slices.length = 0;
  }

  #begin(nowMs: number): Slice {
    while (nowMs - (this.#slices[0]?.startedAtMs ?? nowMs) >= this.#windowMs) this.#slices.shift();
    const slice: Slice = { startedAtMs: nowMs, counts: [0, 0] };
    this.#slices.push(slice);
    return slice;
  }
}
