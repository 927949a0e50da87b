/**
 * What was read from files and is in force, and how another takes its place: only when it is whole. What is bad changes
 * nothing. It does not know what it is that was read.
 */

export type Read<T> = { readonly value: T } | { readonly problem: string };

export type Reloaded<T> =
  | { readonly kind: "unchanged" }
  /** It was bad, and now says again what is in force. */
  | { readonly kind: "mended" }
  | { readonly kind: "success"; readonly value: T }
  | { readonly kind: "failure"; readonly problem: string };

export type Source<T> = {
  /** Reads everything anew. */
  read(): Read<T>;
  /** Two values that say the same have the same. */
  identity(value: T): string;
  /** What lies there, good or bad. */
  content(): string;
};

export class Live<T> {
  readonly #source: Source<T>;
  #value: T;
  /** What was last looked at and found bad: the same bad file is one failure, however often it is looked at. */
  #knownBad: string | undefined;

  constructor(first: T, source: Source<T>) {
    this.#value = first;
    this.#source = source;
  }

  get current(): T {
    return this.#value;
  }

  /** False from a refused file until it is good again, be it by saying what is in force anyway. */
  get lastReloadSuccessful(): boolean {
    return this.#knownBad === undefined;
  }

  /** Reads anew, and takes over what is good and says something else. */
  reload(): Reloaded<T> {
    const read = this.#source.read();
    if ("problem" in read) {
      const bad = `${this.#source.content()}\0${read.problem}`;
      if (bad === this.#knownBad) return { kind: "unchanged" };
      this.#knownBad = bad;
      return { kind: "failure", problem: read.problem };
    }
    const wasBad = this.#knownBad !== undefined;
    this.#knownBad = undefined;
    if (this.#source.identity(read.value) === this.#source.identity(this.#value))
      return { kind: wasBad ? "mended" : "unchanged" };
    this.#value = read.value;
    return { kind: "success", value: read.value };
  }
}
