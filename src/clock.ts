/**
 * Time and chance: the only place that reads them.
 *
 * Everything that waits, measures or rolls dice takes a `Clock`, so that tests drive it with one of their own
 * (`test/support/manual-clock.ts`) and no test depends on speed.
 */
export type Clock = {
  /** Milliseconds on a clock that never steps back. Only differences mean something. */
  now(): number;
  /** Milliseconds since the epoch, for dates in headers and logs; may step. */
  wall(): number;
  /** A number from 0 (included) to 1 (excluded). */
  random(): number;
  /** Calls `then` once after `delayMs`, never earlier, unless the returned function is called first. */
  after(delayMs: number, then: () => void): () => void;
  /** As `after`, for limits that hardly ever pass: up to two `TICK_MS` later, and a fraction of the price. */
  limit(delayMs: number, then: () => void): () => void;
};

/** Node refuses longer timers and fires them at once instead: 2^31 - 1 milliseconds, 24.8 days. */
const LONGEST_TIMER_MS = 2_147_483_647;

/** Limits are of seconds: what comes of one this much later surprises nobody. */
const TICK_MS = 20;

/**
 * Who comes this much later than was meant was kept from running: stopped, or behind something that takes long. Answers
 * may have come meanwhile that nobody has looked at, and Node calls timers before it looks.
 */
const KEPT_FROM_RUNNING_MS = 100;

/** One turn of the wheel takes ten seconds, the usual limit of an attempt: few limits wait for a second turn. */
const SLOTS = 512;

/** A limit that has not passed yet, in the ring of those of its slot. */
type Limit = { tick: number; pass: () => void; before: Limit; after: Limit };

/**
 * The limits of everything that is under way, on one timer of Node: setting a limit and taking it back is a matter of
 * four pointers. It turns only while there is a limit.
 */
class Wheel {
  readonly #slots = Array.from({ length: SLOTS }, emptyRing);
  #tick = 0;
  #count = 0;
  #turning = false;
  #dueAt = 0;

  add(delayMs: number, then: () => void): () => void {
    const now = performance.now();
    if (!this.#turning) this.#start(now);
    const tick = Math.max(Math.ceil((now + Math.min(delayMs, LONGEST_TIMER_MS)) / TICK_MS), this.#tick + 1);
    const ring = this.#slots[tick % SLOTS] ?? emptyRing();
    const limit: Limit = { tick, pass: then, before: ring.before, after: ring };
    ring.before.after = limit;
    ring.before = limit;
    this.#count++;
    return () => {
      if (take(limit)) this.#count--;
    };
  }

  #start(now: number): void {
    this.#turning = true;
    this.#tick = Math.floor(now / TICK_MS);
    this.#wait(now);
  }

  #wait(now: number): void {
    this.#dueAt = now + TICK_MS;
    setTimeout(this.#wake, TICK_MS);
  }

  readonly #wake = (): void => {
    afterAllThatCame(this.#dueAt, this.#turn);
  };

  readonly #turn = (): void => {
    const nowMs = performance.now();
    const now = Math.floor(nowMs / TICK_MS);
    // A process that slept for longer than a turn has every slot to look at, and none twice.
    const first = Math.max(this.#tick + 1, now - SLOTS + 1);
    this.#tick = now;
    const passed: Limit[] = [];
    for (let tick = first; tick <= now; tick++) {
      const ring = this.#slots[tick % SLOTS];
      for (let each = ring?.after; each && each !== ring; each = each.after)
        if (each.tick <= now) passed.push(each);
    }
    this.#turning = this.#count > passed.length;
    if (this.#turning) this.#wait(nowMs);
    for (const limit of passed) {
      // One that passed before it in this very turn may have taken it back.
      if (!take(limit)) continue;
      this.#count--;
      limit.pass();
    }
  };
}

/**
 * Calls `then` at once; or, when it was due long ago, after whatever has come in the meantime: sockets are looked at
 * once before immediates are called. What it returns takes that back.
 */
function afterAllThatCame(dueAt: number, then: () => void): () => void {
  if (performance.now() - dueAt < KEPT_FROM_RUNNING_MS) {
    then();
    return () => {};
  }
  const soon = setImmediate(then);
  return () => clearImmediate(soon);
}

function emptyRing(): Limit {
  const ring = { tick: 0, pass: () => {} } as Limit;
  ring.before = ring;
  ring.after = ring;
  return ring;
}

/** Takes a limit out of its ring; false when it was out already. */
function take(limit: Limit): boolean {
  if (limit.after === limit) return false;
  limit.before.after = limit.after;
  limit.after.before = limit.before;
  limit.before = limit;
  limit.after = limit;
  return true;
}

const wheel = new Wheel();

/**
 * Node cuts fractions off and counts from a rounded start, so that a timer may fire almost two milliseconds early;
 * hence one millisecond more. What a tenant asked us to wait is a floor.
 */
export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  random: () => Math.random(),
  after(delayMs, then) {
    const waitMs = delayMs > 0 ? Math.min(Math.ceil(delayMs) + 1, LONGEST_TIMER_MS) : 0;
    const dueAt = performance.now() + waitMs;
    let cancel = (): void => clearTimeout(timer);
    const timer = setTimeout(() => {
      cancel = afterAllThatCame(dueAt, then);
    }, waitMs);
    return () => cancel();
  },
  limit: (delayMs, then) => wheel.add(delayMs, then),
};

/** Whether somebody has left for whom others work or wait, and whom that concerns. */
export class Departure {
  #gone = false;
  #concerned: Set<() => void> | undefined;

  get gone(): boolean {
    return this.#gone;
  }

  /** Tells everybody concerned, once. */
  go(): void {
    if (this.#gone) return;
    this.#gone = true;
    const concerned = this.#concerned ?? [];
    this.#concerned = undefined;
    for (const tell of concerned) tell();
  }

  /** Calls `then` when they go, unless the returned function is called first; never when they are gone already. */
  whenGone(then: () => void): () => void {
    this.#concerned ??= new Set();
    this.#concerned.add(then);
    return () => this.#concerned?.delete(then);
  }

  /** How many would be told. */
  get concerned(): number {
    return this.#concerned?.size ?? 0;
  }
}

/** Waits `delayMs`, or until somebody has left, whichever is first; never rejects. */
export function sleep(clock: Clock, delayMs: number, departure?: Departure): Promise<void> {
  return new Promise((resolve) => {
    if (departure?.gone) return resolve();
    const done = (): void => {
      cancel();
      forget?.();
      resolve();
    };
    const cancel = clock.after(delayMs, done);
    const forget = departure?.whenGone(done);
  });
}

/** Calls `then` each time that `pauseMs` have passed, until the returned function is called. */
export function every(clock: Clock, pauseMs: number, then: () => void): () => void {
  let stop = (): void => {};
  const wait = (): void => {
    stop = clock.after(pauseMs, () => {
      wait();
      then();
    });
  };
  wait();
  return () => stop();
}
