/**
 * One limit of time for whatever is waited for at the moment: when it is due, and when the clock will look. What has come
 * too late when it goes off is not known here.
 */
import type { Clock } from "../clock.ts";

export const NEVER = Number.POSITIVE_INFINITY;

export class Alarm {
  readonly #clock: Clock;
  readonly #late: () => void;
  #dueAt = NEVER;
  #looksAt = NEVER;
  #stopLooking: (() => void) | undefined;

  /** `late` is called once each time that a moment has passed; moments are those of the clock's `now`. */
  constructor(clock: Clock, late: () => void) {
    this.#clock = clock;
    this.#late = late;
  }

  /** It is due then and at no other time; `NEVER` takes it back. */
  set(at: number): void {
    this.#dueAt = at;
    this.#looksAt = at;
    this.#stopLooking?.();
    this.#stopLooking = at === NEVER ? undefined : this.#clock.limit(at - this.#clock.now(), this.#look);
  }

  /** As `set`, for what moves on all the time: a later moment costs nothing, since who looks too early looks again. */
  move(at: number): void {
    this.#dueAt = at;
    if (at < this.#looksAt) this.set(at);
  }

  readonly #look = (): void => {
    this.#looksAt = NEVER;
    this.#stopLooking = undefined;
    if (this.#clock.now() >= this.#dueAt) this.#late();
    else this.set(this.#dueAt);
  };
}
