/** What had been acknowledged, and after how much time in which the machine let things run. */
interface Mark {
  readonly id: number;
  readonly ranMs: number;
}

/** A step that took longer was held up by the machine, and whatever runs beside it as well. */
const LONGEST_STEP_MS = 50;

/**
 * Remembers what was acknowledged when, for a process that will be killed: how much of it a crash may cost is a matter
 * of the time before its end. That is counted without the time in which the machine stood still.
 */
export class Progress {
  readonly #marks: Mark[] = [];
  #ran = 0;
  #last = performance.now();

  /** Up to this id everything has been acknowledged. To be called often: every few milliseconds. */
  add(id: number): void {
    const now = performance.now();
    this.#ran += Math.min(now - this.#last, LONGEST_STEP_MS);
    this.#last = now;
    this.#marks.push({ id, ranMs: this.#ran });
  }

  get ranMs(): number {
    return this.#ran;
  }

  /** How long before the end the oldest event that is not among the first `kept` had been acknowledged. */
  lostMs(kept: number): number {
    const lost = this.#marks.find(({ id }) => id > kept);
    return lost ? this.#ran - lost.ranMs : 0;
  }
}
