import type { Figure } from "./more-facts.ts";

/** Fewer figures show no trend. */
const FEWEST = 4;

/** What goes on growing up to the end. */
export interface Rise {
  readonly first: number;
  readonly last: number;
}

/**
 * Do figures rise from each quarter to the next, in the last one as well? What stops at some size, or falls back, does
 * not. Collections of garbage make a heap jump: so the middle of each quarter counts.
 */
export function riseOf(points: readonly Figure[]): Rise | undefined {
  if (points.length < FEWEST) return undefined;
  const values = points.map(({ value }) => value);
  const middles = [0, 1, 2, 3].map((quarter) =>
    median(
      values.slice(
        Math.floor((quarter * values.length) / 4),
        Math.floor(((quarter + 1) * values.length) / 4),
      ),
    ),
  );
  const [a = 0, b = 0, c = 0, d = 0] = middles;
  if (!(a <= b && b <= c && c < d)) return undefined;
  // Nearly as much came lately as before: else it comes to rest.
  if (d - c < (d - a) / 10) return undefined;
  return { first: values[0]!, last: values.at(-1)! };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((x, y) => x - y);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}

/** Some in each quarter of a stretch of time: not what is done once, at the start. */
export function isSteady(list: readonly { readonly t: number }[], from: number, to: number): boolean {
  return quarters(list, from, to).every((count) => count >= list.length / 16);
}

/** How many there are in each quarter. */
export function quarters(
  list: readonly { readonly t: number }[],
  from: number,
  to: number,
): readonly number[] {
  const counts = [0, 0, 0, 0];
  for (const { t } of list)
    counts[Math.min(3, Math.max(0, Math.floor(((t - from) / (to - from)) * 4)))]! += 1;
  return counts;
}
