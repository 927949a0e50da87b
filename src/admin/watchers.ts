/**
 * Who watches the status live: a text goes to all of them each second, as server-sent events. It decides how many may
 * watch and what becomes of one who does not read; it does not know what the text says.
 *
 * Each text is the whole state. So one who is slow misses some and loses nothing, and nothing is kept for him: when he
 * reads nothing at all, the listener's limit on idle connections ends his.
 */
import type { ServerResponse } from "node:http";
import { type Clock, every } from "../clock.ts";

const PAUSE_MS = 1000;

/** How soon a browser whose connection ended comes back. */
const RETRY_MS = 2000;

export const MOST_WATCHERS = 16;

export class Watchers {
  readonly #make: () => string;
  readonly #clock: Clock;
  readonly #all = new Set<ServerResponse>();
  #stop: (() => void) | undefined;
  #ended = false;

  /** `make` gives the text, on one line; it is asked once a second for all, and never while nobody watches. */
  constructor(make: () => string, clock: Clock) {
    this.#make = make;
    this.#clock = clock;
  }

  /** Whether there is no place for another. */
  get full(): boolean {
    return this.#ended || this.#all.size >= MOST_WATCHERS;
  }

  /** Tells `response`, whose head is written, from now on until it closes. */
  add(response: ServerResponse, first: string): void {
    this.#all.add(response);
    response.once("close", () => this.#remove(response));
    response.write(`retry: ${RETRY_MS}\n\n${asEvent(first)}`);
    this.#stop ??= every(this.#clock, PAUSE_MS, () => this.#tell());
  }

  /** Tells all of them a last time, ends them in order, and takes no other. */
  end(): void {
    this.#ended = true;
    this.#tell();
    for (const response of this.#all) response.end();
  }

  #tell(): void {
    let text: string;
    try {
      text = this.#make();
    } catch {
      // They ask again, and are told then what is wrong.
      for (const response of this.#all) response.end();
      return;
    }
    const event = asEvent(text);
    for (const response of this.#all) if (!response.writableNeedDrain) response.write(event);
  }

  #remove(response: ServerResponse): void {
    this.#all.delete(response);
    if (this.#all.size > 0) return;
    this.#stop?.();
    this.#stop = undefined;
  }
}

/** WHATWG HTML section 9.2.6: a line of data, and an empty one. */
function asEvent(line: string): string {
  return `data: ${line}\n\n`;
}
