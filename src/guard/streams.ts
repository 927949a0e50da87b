/**
 * How many bodies of a family may be passed on piece by piece at once, uploads and answers.
 *
 * How long such a body takes is up to its caller, so it is not counted among the attempts: callers who send or read
 * slowly would otherwise take the places of all others. Nobody waits for one of these.
 */
export class Streams {
  #most: number;
  #open = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** From now on this many; those that are open stay so. */
  configure(most: number): void {
    this.#most = most;
  }

  get open(): number {
    return this.#open;
  }

  /** What gives it back, more than once does no harm; undefined when there are as many as may be. */
  take(): (() => void) | undefined {
    if (this.#open >= this.#most) return undefined;
    this.#open++;
    let held = true;
    return () => {
      if (held) this.#open--;
      held = false;
    };
  }
}
