/**
 * How many retries a family may have.
 *
 * Counting attempts per request bounds one request, not the load: when everything fails, three attempts each are
 * three times the traffic on a tenant that is already ill. The budget bounds the sum instead: retries may be a share
 * of the recent requests, plus a few per second so that a quiet gateway can retry at all.
 */
import type { Clock } from "../clock.ts";
import type { BudgetSettings } from "./settings.ts";

const WINDOW_SECONDS = 10;

type Second = { second: number; requests: number; retries: number };

export class RetryBudget {
  #settings: BudgetSettings;
  readonly #clock: Clock;
  #seconds: Second[] = [];

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
    this.#current().requests++;
  }

  /** Takes one retry if there is one. */
  withdraw(): boolean {
    if (this.remaining() < 1) return false;
    this.#current().retries++;
    return true;
  }

  /** Retries that could be made now, not rounded. */
  remaining(): number {
    const oldest = this.#second() - WINDOW_SECONDS;
    const recent = this.#seconds.filter((each) => each.second > oldest);
    const requests = recent.reduce((sum, each) => sum + each.requests, 0);
    const retries = recent.reduce((sum, each) => sum + each.retries, 0);
    const allowed = this.#settings.ratio * requests + this.#settings.perSecond * WINDOW_SECONDS;
    return Math.max(0, allowed - retries);
  }

  #second(): number {
    return Math.floor(this.#clock.now() / 1000);
  }

  #current(): Second {
    const second = this.#second();
    const last = this.#seconds.at(-1);
    if (last?.second === second) return last;
    this.#seconds = this.#seconds.filter((each) => each.second > second - WINDOW_SECONDS);
    const fresh = { second, requests: 0, retries: 0 };
    this.#seconds.push(fresh);
    return fresh;
  }
}
