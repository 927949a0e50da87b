/**
 * Whether a caller sends, or takes, fast enough: so many bytes a second on average over each period in which it is the
 * one that is waited for. Standing still is being too slow. It knows no sockets, and no time but what it is told.
 *
 * What a caller has taken shows only in steps as large as what the system sends ahead, so a short period is unjust.
 */
export type PaceLimits = { readonly stallMs: number; readonly minBytesPerSecond: number };

export class Pace {
  #periodBeganAt: number | undefined;
  #bytesThen = 0;

  /**
   * To be asked again and again. `bytes` is all that has moved so far; `waiting` whether the caller is waited for, as it
   * was all the time if it is at each of the questions.
   */
  isTooSlow(waiting: boolean, bytes: number, now: number, limits: PaceLimits): boolean {
    if (!waiting) {
      this.#periodBeganAt = undefined;
      return false;
    }
    const beganAt = this.#periodBeganAt;
    const sinceMs = beganAt === undefined ? 0 : now - beganAt;
    if (beganAt !== undefined && sinceMs < limits.stallMs) return false;
    const least = (limits.minBytesPerSecond * sinceMs) / 1000;
    const tooSlow = bytes - this.#bytesThen < least && beganAt !== undefined;
    this.#periodBeganAt = now;
    this.#bytesThen = bytes;
    return tooSlow;
  }
}
