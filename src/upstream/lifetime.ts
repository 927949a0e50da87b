/**
 * When a connection to the tenant has served long enough, however well it serves: names move to other addresses,
 * certificates are renewed, and balancers drain without a word. It knows ages and statuses, and no sockets.
 */
import type { Clock } from "../clock.ts";

/** Connections that were opened together are not all opened again together. */
const JITTER = 0.2;

/** The name of a younger one was looked up so lately that to look again would tell nothing new. */
const LOOKED_UP_LATELY_MS = 5000;

/** Whoever answers so may be in the way of one that is well: a drained server, or an address that was left. */
export function doubtful(status: number): boolean {
  return status === 502 || status === 503;
}

export class Lifetime {
  readonly #clock: Clock;
  readonly #bornAt: number;
  readonly #forget: () => void;
  /** Whether it carries no further request. */
  spent = false;

  /** `whenSpent` is called when it ends by itself: between four fifths of `maxAgeMs` and all of it. */
  constructor(clock: Clock, maxAgeMs: number, whenSpent: () => void) {
    this.#clock = clock;
    this.#bornAt = clock.now();
    this.#forget = clock.after(maxAgeMs * (1 - JITTER * clock.random()), () => {
      this.spent = true;
      whenSpent();
    });
  }

  /** It brought a doubtful answer: unless it is new, the next request is better off on another one. */
  doubt(): void {
    if (this.#clock.now() - this.#bornAt >= LOOKED_UP_LATELY_MS) this.spent = true;
  }

  /** The connection is closed. */
  end(): void {
    this.#forget();
  }
}
