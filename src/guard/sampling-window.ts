/**
 * Counts of good and bad attempts over the last so many milliseconds, and when they say that the tenant is ill.
 *
 * It is a breaker strategy for cockatiel. Cockatiel's own `SamplingBreaker` forgets one slice per call however much
 * time has passed, so that failures from before a quiet spell would still count; here slices age by the clock.
 */
import { CircuitState, type IBreaker } from "cockatiel";
import type { Clock } from "../clock.ts";
import type { BreakerSettings } from "./settings.ts";

const SLICES = 10;

type Slice = { startedAt: number; good: number; bad: number };

export class SamplingWindow implements IBreaker {
  state: unknown;
  #settings: BreakerSettings;
  readonly #clock: Clock;
  #slices: Slice[] = [];

  constructor(settings: BreakerSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
  }

  /** From now on these numbers hold; what has been learned stays. */
  configure(settings: BreakerSettings): void {
    this.#settings = settings;
  }

  /** A good attempt; one that closes the circuit begins a clean window. */
  success(state: CircuitState): void {
    if (state === CircuitState.Closed) this.#current().good++;
    else this.#slices = [];
  }

  /** A bad attempt; true when the circuit should open. */
  failure(): boolean {
    this.#current().bad++;
    const recent = this.#recent();
    const good = recent.reduce((sum, slice) => sum + slice.good, 0);
    const bad = recent.reduce((sum, slice) => sum + slice.bad, 0);
    return good + bad >= this.#settings.minimum && bad >= this.#settings.failureRatio * (good + bad);
  }

  #current(): Slice {
    const now = this.#clock.now();
    const sliceMs = this.#settings.windowMs / SLICES;
    const last = this.#slices.at(-1);
    if (last && now - last.startedAt < sliceMs) return last;
    const fresh = { startedAt: now, good: 0, bad: 0 };
    this.#slices = [...this.#recent(), fresh];
    return fresh;
  }

  #recent(): Slice[] {
    const now = this.#clock.now();
    return this.#slices.filter((slice) => now - slice.startedAt < this.#settings.windowMs);
  }
}
