/**
 * Holds back a whole family when the tenant says "too many": until the told time, then one by one.
 *
 * Releasing everybody at once would earn the next 429, so those who waited leave a spacing apart; once the last of
 * them has gone the gate does nothing. A place in the line is a ticket: it lapses when the gate closes beyond its time.
 */
import type { Clock } from "../clock.ts";
import type { ThrottleSettings } from "./settings.ts";

export type Ticket = { readonly at: number };

/** Each place is this much closer to the one before it: ten spacings altogether until the line has gone. */
const CLOSING_UP = 0.9;

const NO_SPACING_MS = 1;

export class ThrottleGate {
  #settings: ThrottleSettings;
  readonly #clock: Clock;
  #spacingMs = 0;
  #opensAt = Number.NEGATIVE_INFINITY;
  #nextPlaceAt = Number.NEGATIVE_INFINITY;

  constructor(settings: ThrottleSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
  }

  /** From now on these numbers hold; what has been learned stays. */
  configure(settings: ThrottleSettings): void {
    this.#settings = settings;
  }

  /** Closes until `toldMs` from now, or for the family's own hold when nothing was told. Never shortens a wait. */
  close(toldMs: number | undefined): void {
    const until = this.#clock.now() + Math.max(toldMs ?? this.#settings.holdMs, 0);
    this.#opensAt = Math.max(this.#opensAt, until);
    this.#nextPlaceAt = Math.max(this.#nextPlaceAt, until);
    this.#spacingMs = this.#settings.spacingMs;
  }

  /** How long somebody who asked now would wait, in milliseconds. Takes no place. */
  waitMs(): number {
    return Math.max(0, this.#nextPlaceAt - this.#clock.now());
  }

  /** Takes the next place; undefined when there is nothing to wait for. */
  takePlace(): Ticket | undefined {
    const waitMs = this.waitMs();
    if (waitMs === 0) return undefined;
    const at = this.#clock.now() + waitMs;
    this.#nextPlaceAt = at + this.#spacingMs;
    this.#spacingMs = this.#spacingMs < NO_SPACING_MS ? 0 : this.#spacingMs * CLOSING_UP;
    return { at };
  }

  /** Whether the ticket still holds; false when the gate has closed again beyond its time. */
  honours(ticket: Ticket): boolean {
    return ticket.at >= this.#opensAt;
  }

  /** Milliseconds until the told time. */
  closedForMs(): number {
    return Math.max(0, this.#opensAt - this.#clock.now());
  }
}
