/** A stretch of time in equal parts. */
export interface Buckets {
  readonly from: bigint;
  readonly to: bigint;
  readonly buckets: number;
}

/** Parts of a bucket by which it may be larger, and begin earlier, than was asked for. */
const PARTS = 16n;

/**
 * As many buckets at most, over that stretch and a little more, that begin and end at multiples of a power of two: a store
 * that has counted by such slots need not look at each event.
 */
export function evenBuckets({ from, to, buckets }: Buckets): Buckets {
  const width = (to - from) / BigInt(buckets);
  let step = 1n;
  while (step * 2n * PARTS <= width) step *= 2n;
  const first = floorTo(from, step);
  const span = to - first;
  const wide = ceilTo((span + BigInt(buckets) - 1n) / BigInt(buckets), step);
  const count = (span + wide - 1n) / wide;
  return { from: first, to: first + count * wide, buckets: Number(count) };
}

/** The greatest multiple of `step` at or below `value`. */
export const floorTo = (value: bigint, step: bigint): bigint => value - (((value % step) + step) % step);
const ceilTo = (value: bigint, step: bigint): bigint => -floorTo(-value, step);
