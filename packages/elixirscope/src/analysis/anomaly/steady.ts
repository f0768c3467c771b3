/**
 * What a series is of. Counts scatter with their root, durations by factors, sizes (memory, mailboxes, things in a table) by
 * factors above a handful.
 */
export type SeriesKind = "count" | "duration" | "size";

/** Least scatter that is taken for granted, on the steady scale: counts cannot be told apart better (Poisson), others by a twentieth. */
export const LEAST_SCATTER: Readonly<Record<SeriesKind, number>> = { count: 1, duration: 0.05, size: 0.05 };

/** On a scale on which the scatter does not depend on the value (Anscombe's root, logarithm). */
export function steady(kind: SeriesKind, value: number): number {
  if (kind === "count") return 2 * Math.sqrt(Math.max(0, value) + 0.375);
  return Math.log(Math.max(0, value) + (kind === "size" ? 4 : 1));
}

/** Back from {@link steady}. */
export function unsteady(kind: SeriesKind, level: number): number {
  if (kind === "count") return Math.max(0, (level / 2) ** 2 - 0.375);
  return Math.max(0, Math.exp(level) - (kind === "size" ? 4 : 1));
}

export function median(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** Standard deviation, had all been drawn as the middle half was. */
export function scatter(values: readonly number[]): number {
  const middle = median(values);
  return 1.4826 * median(values.map((value) => Math.abs(value - middle)));
}
