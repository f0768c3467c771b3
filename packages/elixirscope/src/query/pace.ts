import { setImmediate as othersTurn } from "node:timers/promises";

/** So long a question has the thread at a time: a beat to the node goes out every 200 ms, and one that is 700 ms late ends tracing. */
const SLICE_MS = 40;
/** Items between two looks at the clock. */
const STRIDE = 64;

/** Work of a question in slices, between which the thread does what else there is: batches, beats, other questions. */
export class Pace {
  #since = performance.now();
  #left = STRIDE;

  /** To be asked for each item; waits only where a slice is over. */
  get isOver(): boolean {
    if (--this.#left > 0) return false;
    this.#left = STRIDE;
    return performance.now() - this.#since > SLICE_MS;
  }

  async rest(): Promise<void> {
    await othersTurn();
    this.#since = performance.now();
  }

  /** `items.map(of)`, in slices. */
  async map<T, R>(items: readonly T[], of: (item: T) => R): Promise<R[]> {
    const out: R[] = [];
    for (const item of items) {
      if (this.isOver) await this.rest();
      out.push(of(item));
    }
    return out;
  }
}
