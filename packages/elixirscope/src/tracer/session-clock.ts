import type { EventBatch } from "../model/index.ts";

/**
 * Where the clock of an attached node stands on the timeline. It may turn out to be ahead of it, or behind: its events are put
 * right while they come, forward at once, backward as far as there is room between two batches, so that none comes before one
 * that was there.
 */
export class SessionClock {
  /** Nanoseconds that are added to the node's monotonic clock. */
  #timeOffset: bigint;
  readonly #changed: (timeOffset: bigint) => void;
  /** By how much the node's time is still ahead (or, negative, behind). */
  #ahead = 0n;
  /** The newest instant that was given; known from the first batch on that came with something to do. */
  #newest: bigint | undefined;

  constructor(timeOffset: bigint, changed: (timeOffset: bigint) => void) {
    this.#timeOffset = timeOffset;
    this.#changed = changed;
  }

  get timeOffset(): bigint {
    return this.#timeOffset;
  }

  /** Before anything is traced. */
  start(timeOffset: bigint): void {
    this.#timeOffset = timeOffset;
    this.#changed(timeOffset);
  }

  /** It is ahead by so much more than `timeOffset` reckons with. */
  setAhead(by: bigint): void {
    // What was given in the meantime is not known.
    if (by === 0n || this.#ahead === 0n) this.#newest = undefined;
    this.#ahead = by;
  }

  /** Puts the instants of a batch right, in place. */
  take({ ts, count }: Pick<EventBatch, "ts" | "count">): void {
    if (this.#ahead === 0n || count === 0) return;
    let least = ts[0]!;
    let most = least;
    for (let i = 1; i < count; i++) {
      const at = ts[i]!;
      if (at < least) least = at;
      if (at > most) most = at;
    }
    const by = this.#room(least);
    if (this.#newest === undefined || most + by > this.#newest) this.#newest = most + by;
    if (by === 0n) return;
    for (let i = 0; i < count; i++) ts[i] = ts[i]! + by;
    this.#ahead += by;
    if (this.#ahead === 0n) this.#newest = undefined;
    this.start(this.#timeOffset + by);
  }

  #room(least: bigint): bigint {
    if (this.#ahead < 0n) return -this.#ahead;
    const room = this.#newest === undefined ? 0n : least - this.#newest;
    if (room <= 0n) return 0n;
    return room < this.#ahead ? -room : -this.#ahead;
  }
}
