/**
 * Whether a tenant that was ill is well again: so many probes, first one, then ever more at once. A good one makes room
 * for one more, so that the flow doubles with each round of answers, as a new TCP connection's does (RFC 5681 section
 * 3.1). It ends well when enough were good, and badly when as large a share was bad as opens the circuit: the first one,
 * if it is bad. What says nothing of the tenant only makes room again.
 *
 * It does not know when probes may be made, nor what follows from its end.
 */
import type { Health } from "../decide/words.ts";

export class Trial {
  readonly #needed: number;
  readonly #badShare: number;
  readonly #end: (well: boolean) => void;
  #good = 0;
  #bad = 0;
  #underway = 0;
  #over = false;

  /** `end` is called once. */
  constructor(
    { probes, failureRatio }: { readonly probes: number; readonly failureRatio: number },
    end: (well: boolean) => void,
  ) {
    this.#needed = probes;
    this.#badShare = failureRatio;
    this.#end = end;
  }

  get over(): boolean {
    return this.#over;
  }

  /** Whether none has gone well yet. */
  get isUndecided(): boolean {
    return this.#good === 0;
  }

  /** Whether one more may be made now. */
  hasRoom(): boolean {
    return !this.#over && this.#underway < 1 + this.#good;
  }

  /** A probe is made. */
  begin(): void {
    this.#underway++;
  }

  /** A probe has shown this, while the trial is not over. */
  hear(health: Health): void {
    this.#underway--;
    if (health === "good" || health === "alive") this.#good++;
    else if (health === "bad") this.#bad++;
    else return;
    const isIll = health === "bad" && this.#bad >= this.#badShare * (this.#good + this.#bad);
    if (isIll) this.#finish(false);
    else if (this.#good >= this.#needed) this.#finish(true);
  }

  /**
   * A probe has not come back in its time. While none has gone well it is taken for lost; else nothing is known of it
   * yet, and it holds up no other one.
   */
  lapse(): void {
    this.#underway--;
    if (this.isUndecided) this.#finish(false);
  }

  /** One that had lapsed went well after all: a tenant that is well may be slow. */
  credit(): void {
    this.#good++;
    if (this.#good >= this.#needed) this.#finish(true);
  }

  #finish(well: boolean): void {
    this.#over = true;
    this.#end(well);
  }
}
