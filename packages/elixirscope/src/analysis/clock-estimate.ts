/** One look at another clock: when it was asked and when the answer was here, on ours, and what it read in between. Nanoseconds. */
export interface ClockLook {
  readonly asked: bigint;
  readonly answered: bigint;
  readonly read: bigint;
}

/** How far a clock is ahead of another one, and by how much that may be wrong. Nanoseconds. */
export interface ClockOffset {
  readonly ahead: bigint;
  readonly error: bigint;
}

/** Two clocks may drift apart by a ten thousandth of the time: what a look told is less certain each second. */
const DRIFT = 10_000n;
/** As many as could still be the best one. */
const KEPT = 64;

/**
 * Where another clock is, from looks at it, as NTP does it: the clock was read at some time between question and answer, so
 * half of that round trip is the most that the middle can be wrong by. The shortest trip says most, as long as it is young.
 */
export class ClockEstimate {
  #looks: ClockLook[] = [];

  add(look: ClockLook): void {
    const told = offsetAt(look, look.answered);
    // One that does not fit the newest any more: the clock runs otherwise than it did.
    this.#looks = this.#looks.filter((one) => overlap(offsetAt(one, look.answered), told));
    this.#looks.push(look);
    if (this.#looks.length > KEPT) this.#looks.shift();
  }

  /** Ahead of our clock at an instant of it; `undefined` before the first look. */
  at(now: bigint): ClockOffset | undefined {
    let best: ClockOffset | undefined;
    for (const look of this.#looks) {
      const one = offsetAt(look, now);
      if (best === undefined || one.error < best.error) best = one;
    }
    return best;
  }
}

function offsetAt({ asked, answered, read }: ClockLook, now: bigint): ClockOffset {
  const age = now > answered ? now - answered : 0n;
  return { ahead: read - (asked + answered) / 2n, error: (answered - asked) / 2n + age / DRIFT + 1n };
}

const overlap = (a: ClockOffset, b: ClockOffset): boolean => distance(a.ahead, b.ahead) <= a.error + b.error;

/** How far one clock is ahead of another, both seen from ours. */
export const between = (one: ClockOffset, other: ClockOffset): ClockOffset => ({
  ahead: one.ahead - other.ahead,
  error: one.error + other.error,
});

/**
 * By how much a clock that was put right by `corrected` is to be put right now. What may as well be none is none: on one
 * machine, clocks are equal, and no estimate is better than that.
 */
export function correction({ ahead, error }: ClockOffset, corrected: bigint): bigint {
  const off = ahead - corrected;
  return distance(off, 0n) > error ? off : 0n;
}

const distance = (a: bigint, b: bigint): bigint => (a > b ? a - b : b - a);
