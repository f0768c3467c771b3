import { median, type SeriesKind, scatter, steady, unsteady } from "./steady.ts";

/** Something that goes on growing: what leaks. */
export interface Growth {
  /** Positions in the series: where it was looked at. */
  readonly from: number;
  readonly to: number;
  readonly first: number;
  readonly last: number;
  /** Share of pairs of stretches of which the later is the higher one, less the others: 1, it only grows. */
  readonly steadiness: number;
}

const STRETCHES = 24;
const FEWEST = 10 * STRETCHES;
const STEADINESS = 0.8;
/** By a quarter at least, and by more than what it scatters. */
const FACTOR = 1.25;
const SCATTERS = 4;

/** Does the series grow from its beginning to its end? Followed by nothing that adapts: a leak is slow. @returns undefined: no, or too short */
export function growthOf(kind: SeriesKind, values: readonly number[]): Growth | undefined {
  const known = values.filter((value) => !Number.isNaN(value));
  if (known.length < FEWEST) return undefined;
  const levels = known.map((value) => steady(kind, value));
  const size = Math.floor(levels.length / STRETCHES);
  const middles = Array.from({ length: STRETCHES }, (_, i) => median(levels.slice(i * size, (i + 1) * size)));
  let agree = 0;
  for (let i = 1; i < STRETCHES; i++)
    for (let j = 0; j < i; j++) agree += Math.sign(middles[i]! - middles[j]!);
  const steadiness = agree / ((STRETCHES * (STRETCHES - 1)) / 2);
  if (steadiness < STEADINESS) return undefined;
  const [first, last] = [unsteady(kind, middles[0]!), unsteady(kind, middles.at(-1)!)];
  const noise = scatter(levels.slice(1).map((level, i) => level - levels[i]!)) / Math.sqrt(size);
  if (last < FACTOR * Math.max(first, 1) || middles.at(-1)! - middles[0]! < SCATTERS * noise)
    return undefined;
  return { from: 0, to: values.length - 1, first, last, steadiness };
}
