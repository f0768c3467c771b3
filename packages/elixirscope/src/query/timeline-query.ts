import type { Timeline, TimelineInput } from "../protocol/index.ts";
import type { TraceStore } from "../store/index.ts";
import type { Clock } from "./clock.ts";
import { type Buckets, floorTo } from "./even-buckets.ts";
import { nodeFilter } from "./event-filter.ts";
import type { Lookup } from "./lookup.ts";
import type { ProcessNames } from "./process-names.ts";

const BUCKETS = 200;
const TRACKS = 50;

export interface TimelineSources {
  readonly store: TraceStore;
  readonly lookup: Lookup;
  readonly names: ProcessNames;
  readonly clock: Clock;
  /** Unix nanoseconds of the instant that counts as now. */
  now(): bigint;
}

/**
 * What each process did over time.
 * @throws ElixirScopeError `QUERY_NO_SUCH_PROCESS`, `QUERY_AMBIGUOUS_PROCESS`, `QUERY_NO_SUCH_NODE`
 */
export async function timeline(sources: TimelineSources, input: TimelineInput): Promise<Timeline> {
  const { store, names, clock } = sources;
  const { first, last } = await store.totals();
  const from = input.from === undefined ? (first ?? sources.now()) : clock.ts(input.from);
  const end = input.to === undefined ? (last ?? sources.now()) + 1n : clock.ts(input.to);
  const stretch = wholeBuckets({ from, to: end > from ? end : from + 1n, buckets: input.buckets ?? BUCKETS });
  const activity = await store.activity({
    ...stretch,
    ...nodeFilter(input.node, sources.lookup),
    ...(input.processes === undefined
      ? {}
      : { processes: [...new Set(input.processes.flatMap((name) => names.resolveAll(name)))] }),
    limit: input.limit ?? TRACKS,
  });
  const [t, to] = [clock.t(stretch.from), clock.t(stretch.to)];
  return {
    from: t,
    to,
    bucketNs: (to - t) / stretch.buckets,
    tracks: activity.flatMap(({ process, ...series }) => {
      const ref = names.ref(process);
      return ref ? [{ process: ref, ...series }] : [];
    }),
  };
}

/** Each a power of two wide, and at a multiple of that: so are the slots in which a store has counted, and they fit in. */
function wholeBuckets({ from, to, buckets }: Buckets): Buckets {
  let width = 1n;
  while (count(from, to, width) > BigInt(buckets)) width *= 2n;
  const begin = floorTo(from, width);
  const parts = count(from, to, width);
  return { from: begin, to: begin + parts * width, buckets: Number(parts) };
}

const count = (from: bigint, to: bigint, width: bigint): bigint => {
  const span = to - floorTo(from, width);
  return (span + width - 1n) / width;
};
