/**
 * How many retries a family may have, in every second.
 *
 * Counting attempts per request bounds one request, not the load: when everything fails, three attempts each are
 * three times the traffic on a tenant that is already ill. The budget bounds the sum instead: retries may be a share
 * of the first attempts of the same second (or two), and a few more so that a quiet gateway can retry at all.
 *
 * Only attempts that are made pay in: callers who are refused buy nothing. A retry that was promised counts until it is
 * sent, and for a second after that, so that retries which wait cannot gather to a burst.
 */
import type { Clock } from "../clock.ts";
import type { BudgetSettings } from "./settings.ts";
import { Window } from "./window.ts";

const SECOND_MS = 1000;
/** What is allowed besides the share may come at once for so many seconds, and then for as long not at all. */
const SMOOTHED_SECONDS = 2;
/** A family is quiet as long as its share is less than what it may have besides in so many seconds. */
const QUIET_SECONDS = 10;

const SLICE_MS = 50;
const KEPT_MS = SMOOTHED_SECONDS * SECOND_MS + SLICE_MS;

const FIRSTS = 0;
const RETRIES = 1;

export class RetryBudget {
  #settings: BudgetSettings;
  readonly #clock: Clock;
  readonly #sent = new Window(KEPT_MS, KEPT_MS / SLICE_MS);
  #promised = 0;

  constructor(settings: BudgetSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
  }

  /** From now on these numbers hold; what has been learned stays. */
  configure(settings: BudgetSettings): void {
    this.#settings = settings;
  }

  /** A first attempt is made. */
  deposit(): void {
    this.#sent.add(FIRSTS, this.#clock.now());
  }

  /** First attempts of the last second. */
  get firstsOfLate(): number {
    return this.#firsts(1);
  }

  /** Promises one retry if there is one; `spend` or `giveBack` has to follow. */
  withdraw(): boolean {
    if (this.remaining() < 1) return false;
    this.owe();
    return true;
  }

  /** One that is made in any case: it counts as any other, so that others are not made. */
  owe(): void {
    this.#promised++;
  }

  /** A promised retry is made. */
  spend(): void {
    this.#promised--;
    this.#sent.add(RETRIES, this.#clock.now());
  }

  /** A promised retry is not made after all. */
  giveBack(): void {
    this.#promised--;
  }

  /** Retries that could be made now, not rounded. */
  remaining(): number {
    const { ratio, perSecond } = this.#settings;
    const besides = perSecond * SMOOTHED_SECONDS;
    const share = ratio * this.#firstsPerSecond();
    // Where the share is plenty nothing comes besides: there the share is what the tenant was promised.
    const inOne = Math.max(share, Math.min(share + besides, perSecond * QUIET_SECONDS));
    const inTwo = ratio * this.#firsts(SMOOTHED_SECONDS) + besides;
    const left = Math.min(inOne - this.#retries(1), inTwo - this.#retries(SMOOTHED_SECONDS));
    return Math.max(0, left - this.#promised);
  }

  /** Of this second, or of two, so that a moment in which nobody could go does not make an outage of one failure. */
  #firstsPerSecond(): number {
    return Math.max(this.#firsts(1), this.#firsts(SMOOTHED_SECONDS) / SMOOTHED_SECONDS);
  }

  #firsts(seconds: number): number {
    return this.#sent.sum(FIRSTS, this.#clock.now(), seconds * SECOND_MS);
  }

  /** With those of a slice that is only partly so young: rather one too many. */
  #retries(seconds: number): number {
    return this.#sent.sum(RETRIES, this.#clock.now(), seconds * SECOND_MS + SLICE_MS);
  }
}
