import { median } from "./steady.ts";

/** Cycles that have to be there before a period is believed. */
const CYCLES = 4;
/** Likeness of a series to itself a period later. */
const LIKENESS = 0.35;
const SHORTEST = 4;

/**
 * The length after which a series repeats itself, in points; 0: none. Of several the shortest that is nearly as good as the best:
 * what repeats each minute repeats each two minutes as well.
 */
export function periodOf(levels: readonly number[]): number {
  const centred = withoutTrend(levels);
  const power = sum(centred, 0);
  if (power === 0) return 0;
  const longest = Math.floor(levels.length / CYCLES);
  const likeness: number[] = [];
  for (let lag = 0; lag <= longest; lag++) {
    likeness.push((sum(centred, lag) / (levels.length - lag)) * (levels.length / power));
  }
  let best = LIKENESS;
  for (let lag = SHORTEST; lag < longest; lag++)
    if (isPeak(likeness, lag)) best = Math.max(best, likeness[lag]!);
  for (let lag = SHORTEST; lag < longest; lag++) {
    if (isPeak(likeness, lag) && likeness[lag]! >= 0.9 * best && likeness[lag]! > LIKENESS) return lag;
  }
  return 0;
}

/** Above what lies around it, and the series was less like itself on the way there: slow drift has no such peak. */
function isPeak(likeness: readonly number[], lag: number): boolean {
  const here = likeness[lag]!;
  if (here < likeness[lag - 1]! || here < (likeness[lag + 1] ?? Number.POSITIVE_INFINITY)) return false;
  const between = likeness.slice(SHORTEST >> 1, lag);
  return here - Math.min(...between) > 0.3;
}

function sum(values: Float64Array, lag: number): number {
  let total = 0;
  for (let i = lag; i < values.length; i++) total += values[i]! * values[i - lag]!;
  return total;
}

/** Less a straight line, clipped at three times its usual distance from it: single outliers make no season. */
function withoutTrend(levels: readonly number[]): Float64Array {
  const third = Math.max(1, Math.floor(levels.length / 3));
  const first = median(levels.slice(0, third));
  const slope = (median(levels.slice(-third)) - first) / Math.max(1, levels.length - third);
  const rest = Float64Array.from(levels, (level, i) => level - first - slope * (i - third / 2));
  let square = 0;
  for (const value of rest) square += value * value;
  const most = 4 * Math.sqrt(square / Math.max(1, rest.length));
  return rest.map((value) => Math.max(-most, Math.min(most, value)));
}

/** By how much each phase of the period lies above or below the others. */
export function seasonOf(levels: readonly number[], period: number): readonly number[] {
  if (period === 0) return [0];
  const middle = median(levels);
  return Array.from({ length: period }, (_, phase) => {
    const there: number[] = [];
    for (let i = phase; i < levels.length; i += period) there.push(levels[i]!);
    return median(there) - middle;
  });
}
