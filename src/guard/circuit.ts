/**
 * The circuit of one family: ask for a permit, make the attempt, report what it said of the tenant's health.
 *
 * Cockatiel's circuit breaker holds the states; this gate stands in front of it and adds what it lacks: refusing
 * surplus callers instead of queueing them, the time that really remains, three kinds of news that count neither way,
 * probes that are reads, and a clock of our own. A permit from before the last change of state reports into silence.
 */
import { type CircuitBreakerPolicy, CircuitState, circuitBreaker, handleType } from "cockatiel";
import type { Clock } from "../clock.ts";
import type { ReplayClass } from "../crest/words.ts";
import type { Health } from "../decide/words.ts";
import { SamplingWindow } from "./sampling-window.ts";
import type { BreakerSettings, FamilySnapshot } from "./settings.ts";

export type CircuitStateName = FamilySnapshot["breaker"];

export type Permit = {
  /**
   * Tells the circuit what the attempt showed; once, the first report counts. `path` given: `bad` counts once per
   * path and window. What may change the circuit's state is to be waited for; other news has been taken in already.
   */
  report(health: Health, path?: string): Promise<void> | undefined;
};

export type CircuitAnswer =
  | { readonly kind: "granted"; readonly permit: Permit }
  | { readonly kind: "refused"; readonly retryAfterMs: number };

/** How long a caller that was refused because of a probe in flight should stay away. */
const PROBE_PATIENCE_MS = 1000;

/** More distinct failing paths than this in one window are not told apart any more. */
const PATHS_REMEMBERED = 1000;

class BadNews extends Error {}

export class Circuit {
  #settings: BreakerSettings;
  readonly #clock: Clock;
  readonly #window: SamplingWindow;
  readonly #breaker: CircuitBreakerPolicy;
  #epoch = 0;
  #openUntil = 0;
  #openMs: number;
  #lastReadAt = Number.NEGATIVE_INFINITY;
  #badPaths = new Map<string, number>();

  constructor(settings: BreakerSettings, clock: Clock, onChange: (to: CircuitStateName) => void) {
    this.#settings = settings;
    this.#clock = clock;
    this.#openMs = settings.openMs;
    this.#window = new SamplingWindow(settings, clock);
    this.#breaker = circuitBreaker(handleType(BadNews), {
      // When an open circuit may be probed is decided here, with a clock that cannot step.
      halfOpenAfter: Number.NEGATIVE_INFINITY,
      breaker: this.#window,
    });
    this.#breaker.onStateChange(() => {
      this.#epoch++;
      onChange(this.state());
    });
  }

  /** From now on these numbers hold; what has been learned stays. */
  configure(settings: BreakerSettings): void {
    this.#settings = settings;
    this.#window.configure(settings);
  }

  state(): CircuitStateName {
    if (this.#breaker.state === CircuitState.Closed) return "closed";
    return this.#breaker.state === CircuitState.HalfOpen ? "half-open" : "open";
  }

  /** Milliseconds until a refused caller may come back; undefined when it would be let through now. */
  refusalMs(replay: ReplayClass): number | undefined {
    if (replay === "read") this.#lastReadAt = this.#clock.now();
    const state = this.state();
    if (state === "closed") return undefined;
    if (state === "half-open") return PROBE_PATIENCE_MS;
    const remainingMs = this.#openUntil - this.#clock.now();
    if (remainingMs > 0) return remainingMs;
    return replay === "read" || !this.#readsAreToBeHad() ? undefined : PROBE_PATIENCE_MS;
  }

  /** Lets an attempt through or not; an open circuit whose time is over lets one through as a probe. */
  admit(replay: ReplayClass): CircuitAnswer {
    const retryAfterMs = this.refusalMs(replay);
    if (retryAfterMs !== undefined) return { kind: "refused", retryAfterMs };
    return {
      kind: "granted",
      permit: this.state() === "closed" ? this.#closedPermit() : this.#probePermit(),
    };
  }

  /** Milliseconds until the next probe; 0 when not open. */
  opensInMs(): number {
    return this.state() === "open" ? Math.max(0, this.#openUntil - this.#clock.now()) : 0;
  }

  #closedPermit(): Permit {
    const epoch = this.#epoch;
    let reported = false;
    return {
      report: (health, path) => {
        if (reported || epoch !== this.#epoch) return undefined;
        reported = true;
        if (health === "good") this.#window.success(CircuitState.Closed);
        if (health !== "bad" || (path !== undefined && this.#alreadyBad(path))) return undefined;
        this.#openUntil = this.#clock.now() + this.#settings.openMs;
        this.#openMs = this.#settings.openMs;
        return this.#run(() => Promise.reject(new BadNews()));
      },
    };
  }

  #probePermit(): Permit {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const settled = this.#run(() => promise);
    let reported = false;
    return {
      report: (health) => {
        if (reported) return settled;
        reported = true;
        if (health === "good" || health === "alive") {
          this.#badPaths.clear();
          resolve();
        } else {
          // A probe that learned nothing leaves the door to the next one open; one that failed doubles the wait.
          if (health === "bad") this.#openMs = Math.min(this.#openMs * 2, this.#settings.openMaxMs);
          this.#openUntil = this.#clock.now() + (health === "bad" ? this.#openMs : 0);
          reject(new BadNews());
        }
        return settled;
      },
    };
  }

  async #run(attempt: () => Promise<void>): Promise<void> {
    try {
      await this.#breaker.execute(attempt);
    } catch (error) {
      if (!(error instanceof BadNews)) throw error;
    }
  }

  /** A write may probe only when no read has asked for as long as the circuit was open. */
  #readsAreToBeHad(): boolean {
    return this.#clock.now() - this.#lastReadAt < this.#openMs;
  }

  #alreadyBad(path: string): boolean {
    const now = this.#clock.now();
    const before = this.#badPaths.get(path);
    if (before !== undefined && now - before < this.#settings.windowMs) return true;
    if (this.#badPaths.size >= PATHS_REMEMBERED) this.#forgetOldPaths(now);
    if (this.#badPaths.size >= PATHS_REMEMBERED) return true;
    this.#badPaths.set(path, now);
    return false;
  }

  #forgetOldPaths(now: number): void {
    for (const [path, at] of this.#badPaths)
      if (now - at >= this.#settings.windowMs) this.#badPaths.delete(path);
  }
}
