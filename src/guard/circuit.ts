/**
 * The circuit of one family: ask for a permit, make the attempt, report what it said of the tenant's health.
 *
 * Open means one probe at a time, and not a long silence: what spares an ill tenant is how few requests it gets. Probes
 * lie seconds apart however long the outage lasts; once one goes well the flow widens, 1, 2, 4 and so on at once, until
 * enough of them went well (`trial.ts`).
 *
 * Cockatiel's circuit breaker holds the states; this gate stands in front of it and adds what it lacks: refusing
 * surplus callers instead of queueing them, the time that really remains, three kinds of news that count neither way,
 * probes that are reads, several of them to one trial, and a clock of our own. A permit from before the last change of
 * state reports into silence.
 */
import { type CircuitBreakerPolicy, CircuitState, circuitBreaker, handleType } from "cockatiel";
import type { Clock } from "../clock.ts";
import type { ReplayClass } from "../crest/words.ts";
import type { Health } from "../decide/words.ts";
import { SamplingWindow } from "./sampling-window.ts";
import type { BreakerSettings, FamilySnapshot } from "./settings.ts";
import { Trial } from "./trial.ts";

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

/** So long after the time has come the first probe is left to a read; then anybody may be it. */
const READS_FIRST_MS = 500;

/** The wait between probes grows by this. */
const WIDER = 1.5;
/** The longest wait, as a share of the time by which callers are let through again: the trial needs the rest. */
const OF_OPEN_MAX = 0.8;

/** More distinct failing paths than this in one window are not told apart any more. */
const PATHS_REMEMBERED = 1000;

class BadNews extends Error {}

export class Circuit {
  #settings: BreakerSettings;
  readonly #clock: Clock;
  readonly #window: SamplingWindow;
  readonly #breaker: CircuitBreakerPolicy;
  #epoch = 0;
  /** When the next probe may go, if the one before it does not go well. */
  #probeAt = 0;
  /** How long after that the next one may. */
  #waitMs: number;
  /** Of the half-open circuit. */
  #trial: Trial | undefined;
  /** Done when the circuit has taken the end of that trial in. */
  #settled: Promise<void> | undefined;
  #badPaths = new Map<string, number>();

  constructor(settings: BreakerSettings, clock: Clock, onChange: (to: CircuitStateName) => void) {
    this.#settings = settings;
    this.#clock = clock;
    this.#waitMs = settings.openMs;
    this.#window = new SamplingWindow(settings, clock);
    this.#breaker = circuitBreaker(handleType(BadNews), {
      // When an open circuit may be probed is decided here, with a clock that cannot step.
      halfOpenAfter: Number.NEGATIVE_INFINITY,
      breaker: this.#window,
    });
    this.#breaker.onStateChange((to) => {
      this.#epoch++;
      if (to !== CircuitState.HalfOpen) this.#trial = undefined;
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
    const state = this.state();
    if (state === "closed") return undefined;
    const remainingMs = this.#probeAt - this.#clock.now();
    if (state === "open" && remainingMs > 0) return remainingMs;
    const trial = this.#trial;
    if (trial && !trial.hasRoom()) return PROBE_PATIENCE_MS;
    const isFirst = trial?.isUndecided ?? true;
    return isFirst && replay !== "read" && remainingMs > -READS_FIRST_MS ? PROBE_PATIENCE_MS : undefined;
  }

  /** Lets an attempt through or not; of an open circuit whose time is over, as a probe. */
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
    return this.state() === "open" ? Math.max(0, this.#probeAt - this.#clock.now()) : 0;
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
        this.#waitMs = this.#settings.openMs;
        this.#probeAt = this.#clock.now() + this.#waitMs;
        return this.#run(() => Promise.reject(new BadNews()));
      },
    };
  }

  #probePermit(): Permit {
    this.#trial ??= this.#beginTrial();
    const trial = this.#trial;
    if (trial.isUndecided) this.#widen();
    this.#probeAt = this.#clock.now() + this.#waitMs;
    trial.begin();
    let reported = false;
    let lapsed = false;
    // It holds the next one up no longer than that: the tenant may be well by then.
    const stopWaiting = this.#clock.limit(this.#waitMs, () => {
      lapsed = true;
      if (!trial.over) trial.lapse();
    });
    return {
      report: (health) => {
        stopWaiting();
        if (reported) return undefined;
        reported = true;
        if (lapsed) return health === "good" || health === "alive" ? this.#lateGood() : undefined;
        if (trial.over) return undefined;
        trial.hear(health);
        return trial.over ? this.#settled : undefined;
      },
    };
  }

  /** A probe went well that was not waited for: where answers take longer than the wait, all good news is of this kind. */
  #lateGood(): Promise<void> | undefined {
    if (this.state() === "closed") return undefined;
    this.#trial ??= this.#beginTrial();
    const trial = this.#trial;
    trial.credit();
    return trial.over ? this.#settled : undefined;
  }

  /** To cockatiel all probes of a trial are one attempt, which half-opens the circuit and closes it or opens it again. */
  #beginTrial(): Trial {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const trial = new Trial(this.#settings, (well) => {
      this.#badPaths.clear();
      if (well) resolve();
      else reject(new BadNews());
    });
    this.#settled = this.#run(() => promise);
    return trial;
  }

  #widen(): void {
    const { openMs, openMaxMs } = this.#settings;
    this.#waitMs = Math.max(openMs, Math.min(this.#waitMs * WIDER, openMaxMs * OF_OPEN_MAX));
  }

  async #run(attempt: () => Promise<void>): Promise<void> {
    try {
      await this.#breaker.execute(attempt);
    } catch (error) {
      if (!(error instanceof BadNews)) throw error;
    }
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
