/**
 * How many retries a family may have.
 *
 * Counting attempts per request bounds one request, not the load: when everything fails, three attempts each are
 * three times the traffic on a tenant that is already ill. The budget bounds the sum instead: retries may be a share
 * of the recent requests, plus a few per second so that a quiet gateway can retry at all.
 */
import type { Clock } from "../clock.ts";
import type { BudgetSettings } from "./settings.ts";
import { Window } from "./window.ts";

const WINDOW_SECONDS = 10;

const REQUESTS = 0;
const RETRIES = 1;

export class RetryBudget {
  #settings: BudgetSettings;
  readonly #clock: Clock;
  readonly #counts = new Window(WINDOW_SECONDS * 1000);

  constructor(settings: BudgetSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
  }

  /** From now on these numbers hold; what has been learned stays. */
  configure(settings: BudgetSettings): void {
    this.#settings = settings;
  }

  /** One request of a caller, whatever becomes of it. */
  deposit(): void {
    this.#counts.add(REQUESTS, this.#second());
  }

  /** Takes one retry if there is one. */
  withdraw(): boolean {
    if (this.remaining() < 1) return false;
    this.#counts.add(RETRIES, this.#second());
    return true;
  }

  /** Retries that could be made now, not rounded. */
  remaining(): number {
    const second = this.#second();
    const allowed =
      this.#settings.ratio * this.#counts.sum(REQUESTS, second) + this.#settings.perSecond * WINDOW_SECONDS;
    return Math.max(0, allowed - this.#counts.sum(RETRIES, second));
  }

  /** The moment the clock's whole second began: a second counts as a whole, and ages as one. */
  #second(): number {
    return Math.floor(this.#clock.now() / 1000) * 1000;
  }
}
