/** How much memory all held request bodies may take together. */

const MIB = 1024 * 1024;

/** The program at work, with buffers for what is in flight: what it takes before it holds anything (bench:memory). */
const PROGRAM_BYTES = 170 * MIB;
/** A held byte is also a byte on its way in and one on its way out, until those are collected. */
const BYTES_FOR_EACH_HELD = 2.5;
/** Even a small process holds bodies of the usual kind, some KiB each. */
const LEAST_BYTES = 4 * MIB;

/**
 * How much of a process that may have `limitBytes` in all held bodies may take, so that they never get it killed.
 * Without a limit (undefined), as much as anybody likes.
 */
export function heldBytesThatFit(limitBytes: number | undefined): number {
  if (limitBytes === undefined) return Number.POSITIVE_INFINITY;
  return Math.max(LEAST_BYTES, Math.floor((limitBytes - PROGRAM_BYTES) / BYTES_FOR_EACH_HELD));
}

export class HeldMemory {
  readonly #roomBytes: number;
  #used = 0;

  /** Never more than `roomBytes`, whatever a policy allows. */
  constructor(roomBytes = Number.POSITIVE_INFINITY) {
    this.#roomBytes = roomBytes;
  }

  get usedBytes(): number {
    return this.#used;
  }

  /** Sets `bytes` aside if that fits under `limitBytes`, which the caller's policy gives; false when it does not. */
  reserve(bytes: number, limitBytes: number): boolean {
    if (this.#used + bytes > Math.min(limitBytes, this.#roomBytes)) return false;
    this.#used += bytes;
    return true;
  }

  release(bytes: number): void {
    this.#used -= bytes;
  }
}
