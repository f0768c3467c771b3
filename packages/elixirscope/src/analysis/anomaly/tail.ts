/** How often a series goes how far by itself: chances beyond the largest value that was seen, by the shape of what was seen. */
export interface Tail {
  /** From here on the tail begins. */
  readonly from: number;
  /** Chance of a point to lie there. */
  readonly chance: number;
  /** Of the tail by which it shrinks (generalized Pareto: scale and shape; 0: exponentially). */
  readonly scale: number;
  readonly shape: number;
}

/** Share of the points that the tail is learned from. */
const SHARE = 0.05;
const FEWEST = 15;
const HEAVIEST = 0.4;
/** Of a normal distribution beyond its 95th percentile: where less is seen there are too few points to believe it. */
const NORMAL_FROM = 1.65;
const NORMAL_SCALE = 0.4;

/**
 * @param distances in the one direction, in units of the usual scatter
 * @param over points that each is a mean of: the more, the less heavy its tail can be
 */
export function tailOf(distances: readonly number[], over: number): Tail {
  const sorted = Float64Array.from(distances).sort();
  const count = Math.max(FEWEST, Math.ceil(sorted.length * SHARE));
  if (sorted.length < 4 * FEWEST) {
    return { from: NORMAL_FROM, chance: SHARE, scale: 2 * NORMAL_SCALE, shape: 0 };
  }
  const from = Math.max(sorted[sorted.length - count - 1]!, NORMAL_FROM);
  const beyond = [...sorted.subarray(sorted.length - count)].map((distance) => Math.max(0, distance - from));
  const mean = beyond.reduce((total, value) => total + value, 0) / count;
  const variance = beyond.reduce((total, value) => total + (value - mean) ** 2, 0) / (count - 1);
  // Moments of the generalized Pareto distribution.
  const seen = variance > 0 ? 0.5 * (1 - mean ** 2 / variance) : 0;
  // Of so few points a tail looks heavy by chance.
  const shape = Math.min(HEAVIEST, Math.max(0, seen - 1 / Math.sqrt(count))) / Math.sqrt(over);
  return {
    from,
    chance: Math.max(count / sorted.length, SHARE),
    scale: Math.max(mean * (1 - shape), NORMAL_SCALE),
    shape,
  };
}

/** Chance of a point to lie as far out as this; 1 where that is nothing special. */
export function chanceOf({ from, chance, scale, shape }: Tail, distance: number): number {
  if (distance <= from) return 1;
  const steps = (distance - from) / scale;
  return chance * (shape < 1e-6 ? Math.exp(-steps) : (1 + shape * steps) ** (-1 / shape));
}
