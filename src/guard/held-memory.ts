/** How much memory all held request bodies may take together. */
export class HeldMemory {
  #used = 0;

  get usedBytes(): number {
    return this.#used;
  }

  /** Sets `bytes` aside if that fits under `limitBytes`, which the caller's policy gives; false when it does not. */
  reserve(bytes: number, limitBytes: number): boolean {
    if (this.#used + bytes > limitBytes) return false;
    this.#used += bytes;
    return true;
  }

  release(bytes: number): void {
    this.#used -= bytes;
  }
}
