/**
 * At most so many attempts of a family at once; a bounded queue of those who wait, each for a bounded time. Who would
 * wait for nothing, at the pace at which places have become free of late, is told so at once.
 *
 * Cockatiel's bulkhead has no wait limit, and a waiter that gives up keeps its slot; hence our own.
 */
import type { Clock, Departure } from "../clock.ts";
import type { LimiterSettings } from "./settings.ts";

export type LimiterAnswer =
  /** `release` gives the place back; more than once does no harm. */
  | { readonly kind: "granted"; readonly release: () => void }
  | { readonly kind: "refused"; readonly reason: "queue-full" | "queue-wait" | "caller-left" };

/** How long the places have been taken before anything can be said about their pace. */
const LEAST_MEASURED_MS = 100;

/** Of the longest wait. The pace changes: who was to wait nearly all of it would often do so for nothing. */
const LIKELY_SHARE = 0.5;

type Waiter = { readonly settle: (answer: LimiterAnswer) => void };

export class Limiter {
  #settings: LimiterSettings;
  readonly #clock: Clock;
  readonly #waiters = new Set<Waiter>();
  #inFlight = 0;
  /** Since when all places have been taken whenever somebody came; undefined when one was free. */
  #crowdedSince: number | undefined;
  /** Places that those who waited got since then. */
  #given = 0;

  constructor(settings: LimiterSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
  }

  /** From now on these numbers hold; what has been learned stays. */
  configure(settings: LimiterSettings): void {
    this.#settings = settings;
    this.#admitWaiting();
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get queued(): number {
    return this.#waiters.size;
  }

  /** A place now or within the wait limit (or `timeLeftMs`, if that is shorter), or a refusal. */
  acquire(timeLeftMs: number, left: Departure): Promise<LimiterAnswer> | LimiterAnswer {
    if (left.gone) return { kind: "refused", reason: "caller-left" };
    if (this.#inFlight < this.#settings.concurrency) {
      this.#crowdedSince = undefined;
      return this.#grant();
    }
    if (this.#waiters.size >= this.#settings.queue) return { kind: "refused", reason: "queue-full" };
    if (this.#expectedMs() > this.#settings.waitMs * LIKELY_SHARE)
      return { kind: "refused", reason: "queue-wait" };
    return new Promise((resolve) => {
      const settle = (answer: LimiterAnswer): void => {
        cancel();
        forget();
        this.#waiters.delete(waiter);
        resolve(answer);
      };
      const waiter: Waiter = { settle };
      const cancel = this.#clock.after(Math.min(this.#settings.waitMs, timeLeftMs), () =>
        settle({ kind: "refused", reason: "queue-wait" }),
      );
      const forget = left.whenGone(() => settle({ kind: "refused", reason: "caller-left" }));
      this.#waiters.add(waiter);
    });
  }

  /** How long the next one would wait, by how fast places have been given of late; 0 while that is not known. */
  #expectedMs(): number {
    const now = this.#clock.now();
    if (this.#crowdedSince === undefined) {
      this.#crowdedSince = now;
      this.#given = 0;
    }
    const crowdedMs = now - this.#crowdedSince;
    if (crowdedMs < LEAST_MEASURED_MS || (this.#given === 0 && crowdedMs < this.#settings.waitMs)) return 0;
    const expectedMs = ((this.#waiters.size + 1) * crowdedMs) / this.#given;
    // What is long ago counts for less and less.
    if (crowdedMs > 2 * this.#settings.waitMs) {
      this.#crowdedSince += crowdedMs / 2;
      this.#given /= 2;
    }
    return expectedMs;
  }

  #grant(): LimiterAnswer {
    this.#inFlight++;
    let held = true;
    const release = (): void => {
      if (!held) return;
      held = false;
      this.#inFlight--;
      this.#admitWaiting();
    };
    return { kind: "granted", release };
  }

  #admitWaiting(): void {
    for (const waiter of this.#waiters) {
      if (this.#inFlight >= this.#settings.concurrency) return;
      this.#given++;
      waiter.settle(this.#grant());
    }
  }
}
