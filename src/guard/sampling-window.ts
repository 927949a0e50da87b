/**
 * Counts of good and bad attempts over the last so many milliseconds, and when they say that the tenant is ill.
 *
 * It is a breaker strategy for cockatiel. Cockatiel's own `SamplingBreaker` forgets one slice per call however much
 * time has passed, so that failures from before a quiet spell would still count; here they age by the clock.
 */
import { CircuitState, type IBreaker } from "cockatiel";
import type { Clock } from "../clock.ts";
import type { BreakerSettings } from "./settings.ts";
import { Window } from "./window.ts";

const GOOD = 0;
const BAD = 1;

export class SamplingWindow implements IBreaker {
  state: unknown;
  #settings: BreakerSettings;
  readonly #clock: Clock;
  readonly #counts: Window;

  constructor(settings: BreakerSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
    this.#counts = new Window(settings.windowMs);
  }

  /** From now on these numbers hold; what has been learned stays. */
  configure(settings: BreakerSettings): void {
    this.#settings = settings;
    this.#counts.configure(settings.windowMs);
  }

  /** A good attempt; one that closes the circuit begins a clean window. */
  success(state: CircuitState): void {
    if (state === CircuitState.Closed) this.#counts.add(GOOD, this.#clock.now());
    else this.#counts.clear();
  }

  /** A bad attempt; true when the circuit should open. */
  failure(): boolean {
    const now = this.#clock.now();
    this.#counts.add(BAD, now);
    const good = this.#counts.sum(GOOD, now);
    const bad = this.#counts.sum(BAD, now);
    return good + bad >= this.#settings.minimum && bad >= this.#settings.failureRatio * (good + bad);
  }
}
