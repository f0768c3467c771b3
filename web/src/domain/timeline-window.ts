/** A stretch of time, in nanoseconds since the recording's origin. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** Nobody needs to see less than this. */
const LEAST_NS = 1_000;

export const lengthOf = ({ from, to }: Stretch): number => to - from;

/** Moved by a share of its length, not further than `limits` reach. */
export function panned(view: Stretch, share: number, limits: Stretch): Stretch {
  const by = lengthOf(view) * share;
  return within({ from: view.from + by, to: view.to + by }, limits);
}

/** Made `factor` times as long, with the instant `at` staying where it is. */
export function zoomed(view: Stretch, factor: number, at: number, limits: Stretch): Stretch {
  const most = lengthOf(limits) * 1.1;
  const length = Math.min(most, Math.max(LEAST_NS, lengthOf(view) * factor));
  const share = (at - view.from) / lengthOf(view);
  const from = at - share * length;
  return within({ from, to: from + length }, limits);
}

/** The same length, with at least half of it where something was recorded. */
function within(view: Stretch, limits: Stretch): Stretch {
  const length = lengthOf(view);
  const least = limits.from - length / 2;
  const most = limits.to + length / 2;
  if (view.from < least) return { from: Math.round(least), to: Math.round(least + length) };
  if (view.to > most) return { from: Math.round(most - length), to: Math.round(most) };
  return { from: Math.round(view.from), to: Math.round(view.to) };
}

/**
 * What to ask for so that `view` can be drawn, and moved and zoomed a little without asking again: a power of two long,
 * and beginning at a quarter of that.
 */
export function askedStretch(view: Stretch): Stretch {
  const length = 2 ** Math.ceil(Math.log2(2 * lengthOf(view)));
  const step = length / 4;
  const from = Math.floor((view.from - (length - lengthOf(view)) / 2) / step) * step;
  return { from, to: from + length };
}

/** Something with a beginning and an end. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

/** Puts what overlaps side by side: the lane of each, counted from 0, in as few as it takes. Sorted by beginning. */
export function lanesOf(intervals: readonly Interval[]): readonly number[] {
  const ends: number[] = [];
  return intervals.map(({ from, to }) => {
    const free = ends.findIndex((end) => end <= from);
    const lane = free < 0 ? ends.length : free;
    ends[lane] = to;
    return lane;
  });
}
