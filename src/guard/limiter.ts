/**
 * At most so many attempts of a family at once; a bounded queue of those who wait, each for a bounded time.
 *
 * Cockatiel's bulkhead has no wait limit, and a waiter that gives up keeps its slot; hence our own.
 */
import type { Clock, Departure } from "../clock.ts";
import type { LimiterSettings } from "./settings.ts";

export type LimiterAnswer =
  /** `release` gives the place back; more than once does no harm. */
  | { readonly kind: "granted"; readonly release: () => void }
  | { readonly kind: "refused"; readonly reason: "queue-full" | "queue-wait" | "caller-left" };

type Waiter = { readonly settle: (answer: LimiterAnswer) => void };

export class Limiter {
  #settings: LimiterSettings;
  readonly #clock: Clock;
  readonly #waiters = new Set<Waiter>();
  #inFlight = 0;

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
    if (this.#inFlight < this.#settings.concurrency) return this.#grant();
    if (this.#waiters.size >= this.#settings.queue) return { kind: "refused", reason: "queue-full" };
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
      waiter.settle(this.#grant());
    }
  }
}
