import type { Steps } from "./steps.ts";

/** A value at an instant, and what it counts for. */
export interface Sample {
  /** What it belongs to. */
  readonly key: readonly string[];
  /** Unix nanoseconds. */
  readonly ts: bigint;
  readonly value: number;
}

/** Count, sum and extremes, and values that 50, 95, 99 of a hundred do not pass (nearest rank). */
export interface Summary {
  readonly count: number;
  readonly sum: number;
  readonly least: number;
  readonly most: number;
  readonly percentiles: readonly [number, number, number];
}

export interface SampleGroup extends Summary {
  readonly key: readonly string[];
  /** By stretch of time; none of those that are empty. */
  readonly series: readonly (Summary & { readonly bucket: number })[];
}

/** Puts samples together by key, and by stretches of `ns` from `origin` on. Groups with the greatest sum come first. */
export function* groupSampleSteps(
  samples: readonly Sample[],
  every: { readonly origin: bigint; readonly ns: bigint } | undefined,
): Steps<readonly SampleGroup[]> {
  const groups = new Map<string, Sample[]>();
  for (const sample of samples) {
    put(groups, JSON.stringify(sample.key), sample);
    yield;
  }
  const found: SampleGroup[] = [];
  for (const group of groups.values()) {
    const { key } = group[0]!;
    const series = every ? yield* seriesOf(group, every) : [];
    found.push({ key, ...summaryOf(group.map(({ value }) => value)), series });
    yield;
  }
  return found.sort((a, b) => b.sum - a.sum || b.count - a.count || compare(a.key.join(), b.key.join()));
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function* seriesOf(
  group: readonly Sample[],
  { origin, ns }: { readonly origin: bigint; readonly ns: bigint },
): Steps<SampleGroup["series"]> {
  const buckets = new Map<number, number[]>();
  for (const { ts, value } of group) {
    const since = ts - origin;
    put(buckets, Number((since < 0n ? since - ns + 1n : since) / ns), value);
    yield;
  }
  return [...buckets]
    .map(([bucket, values]) => ({ bucket, ...summaryOf(values) }))
    .sort((a, b) => a.bucket - b.bucket);
}

function put<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

/** Of one value or more. */
export function summaryOf(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.ceil((share * sorted.length) / 100) - 1]!;
  return {
    count: sorted.length,
    sum: sorted.reduce((sum, value) => sum + value, 0),
    least: sorted[0]!,
    most: sorted.at(-1)!,
    percentiles: [at(50), at(95), at(99)],
  };
}
