/**
 * Holds back a whole family when the tenant says "too many": until the told time, then one by one.
 *
 * A tenant that says how many more it takes is not asked for more than that: the gate closes before the first 429.
 * Releasing everybody at once would earn the next 429, so those who waited leave a spacing apart, and never much faster
 * than others come, or came before the gate closed; once the last of them has gone the gate does nothing. A place in the
 * line is a ticket: it lapses when the gate closes beyond its time. Only so many stand in the line: the others are told
 * at once how long it is.
 */
import type { Clock } from "../clock.ts";
import type { ThrottleSettings } from "./settings.ts";
import { Window } from "./window.ts";

export type Ticket = { readonly at: number };

/** Each place is this much closer to the one before it, until the line leaves as fast as it may. */
const CLOSING_UP = 0.9;

/** So much faster than requests come at most: the line gets shorter, and the tenant is not asked for much more. */
const CATCHING_UP = 1.2;

const SECOND_MS = 1000;

const NO_SPACING_MS = 1;

/**
 * One answer about one request holds back everybody: for longer than an hour it is not believed without being asked
 * again. The caller who was told so hears all of it.
 */
const LONGEST_HOLD_MS = 3_600_000;

/** Whole seconds on both sides: two answers of one count may disagree by this much about its end. */
const ROUNDING_MS = 2000;

export class ThrottleGate {
  #settings: ThrottleSettings;
  readonly #clock: Clock;
  #spacingMs = 0;
  #underway = 0;
  #opensAt = Number.NEGATIVE_INFINITY;
  #nextPlaceAt = Number.NEGATIVE_INFINITY;
  #standing = 0;
  /** Who has come to the line of late, and how many a second went through before there was one. */
  readonly #come = new Window(SECOND_MS);
  #wentPerSecond = 0;
  readonly #goPerSecond: () => number;
  /** What may still be asked until the tenant's count begins anew; undefined when it does not say. */
  #allowance: { left: number; lowest: number; readonly until: number } | undefined;

  /** `goPerSecond` tells how many requests went to the tenant within the last second. */
  constructor(settings: ThrottleSettings, clock: Clock, goPerSecond: () => number) {
    this.#settings = settings;
    this.#clock = clock;
    this.#goPerSecond = goPerSecond;
  }

  /** From now on these numbers hold; what has been learned stays. */
  configure(settings: ThrottleSettings): void {
    this.#settings = settings;
  }

  /** Closes until `toldMs` from now, or for the family's own hold when nothing was told. Never shortens a wait. */
  close(toldMs: number | undefined): void {
    const forMs = Math.min(Math.max(toldMs ?? this.#settings.holdMs, 0), LONGEST_HOLD_MS);
    const until = this.#clock.now() + forMs;
    const went = this.#goPerSecond();
    this.#wentPerSecond = this.waitMs() > 0 ? Math.max(this.#wentPerSecond, went) : went;
    this.#opensAt = Math.max(this.#opensAt, until);
    this.#nextPlaceAt = Math.max(this.#nextPlaceAt, until);
    this.#spacingMs = this.#settings.spacingMs;
  }

  /**
   * Takes note of what an answer says of the limit, before it comes back itself. The others under way left before it
   * came and may not be counted in it yet. Answers come out of order: within one count the lowest number is the latest.
   */
  learn(limit: { readonly remaining: number; readonly resetMs: number }): void {
    const until = this.#clock.now() + Math.min(limit.resetMs, LONGEST_HOLD_MS);
    const known = this.#allowance;
    // An answer that was long under way speaks of a count that is over.
    if (known && until < known.until - ROUNDING_MS) return;
    const sameCount = known !== undefined && until <= known.until + ROUNDING_MS;
    const lowest = sameCount ? Math.min(known.lowest, limit.remaining) : limit.remaining;
    this.#allowance = { left: lowest - (this.#underway - 1), lowest, until: sameCount ? known.until : until };
    if (this.#allowance.left <= 0) this.close(this.#allowance.until - this.#clock.now());
  }

  /** Somebody comes to a closed gate or to the line before it, whether there is a place or not. */
  come(): void {
    this.#come.add(0, this.#clock.now());
  }

  /** Whether as many stand in the line as may. */
  get full(): boolean {
    return this.#standing >= this.#settings.line;
  }

  /** How long somebody who asked now would wait, in milliseconds. Takes no place. */
  waitMs(): number {
    return Math.max(0, this.#nextPlaceAt - this.#clock.now());
  }

  /** Takes the next place; undefined when there is nothing to wait for. Whoever took one has to leave it. */
  takePlace(): Ticket | undefined {
    const waitMs = this.waitMs();
    if (waitMs === 0) return undefined;
    const at = this.#clock.now() + waitMs;
    this.#nextPlaceAt = at + Math.max(this.#spacingMs, this.#paceMs());
    this.#spacingMs = this.#spacingMs < NO_SPACING_MS ? 0 : this.#spacingMs * CLOSING_UP;
    this.#standing++;
    return { at };
  }

  /** Goes on from its place, whether to the tenant or not. */
  leavePlace(): void {
    this.#standing--;
  }

  /** Whether the ticket still holds; false when the gate has closed again beyond its time. */
  honours(ticket: Ticket): boolean {
    return ticket.at >= this.#opensAt;
  }

  /** Somebody goes through; `comeBack` has to be called once its answer is known, or when nothing was asked after all. */
  pass(): void {
    this.#underway++;
    const allowance = this.#allowance;
    if (!allowance) return;
    const untilMs = allowance.until - this.#clock.now();
    if (untilMs <= 0) this.#allowance = undefined;
    else if (--allowance.left <= 0) this.close(untilMs);
  }

  comeBack(): void {
    this.#underway--;
  }

  /** How far apart they leave at least: as requests come and a little closer, and no further than the first ones. */
  #paceMs(): number {
    const perSecond = Math.max(this.#wentPerSecond, this.#come.sum(0, this.#clock.now()));
    return Math.min(this.#settings.spacingMs, SECOND_MS / (perSecond * CATCHING_UP));
  }

  /** Milliseconds until the told time. */
  closedForMs(): number {
    return Math.max(0, this.#opensAt - this.#clock.now());
  }
}
