import { ElixirScopeError } from "../model/index.ts";
import type { EventFilter } from "./trace-store.ts";

/** Columns that events can be grouped by. */
export const GROUP_COLUMNS = ["kind", "node", "pid", "peer", "mfa", "tag"] as const;
export type GroupColumn = (typeof GROUP_COLUMNS)[number];

/** Which events, and by what they are put together. */
export interface AggregateQuery extends EventFilter {
  /** None: all events are one group. */
  readonly by: readonly GroupColumn[];
  /** And by stretches of so many nanoseconds, the first of which begins at `origin`. */
  readonly every?: { readonly origin: bigint; readonly ns: bigint };
  /** With percentiles, which take longer. */
  readonly percentiles?: boolean;
  /** Most rows: those with most events come first; of equal ones that with the lesser key, then the earlier one. */
  readonly limit: number;
}

/** A group of events, or what of one lies in one stretch of time. Sizes are those of payloads, in bytes. */
export interface AggregateRow {
  /** Numbers in the order of `by`; a kind is its number. */
  readonly key: readonly number[];
  /** Which stretch, 0 being that from `origin` on; 0 without `every`. */
  readonly bucket: number;
  readonly count: number;
  readonly bytes: number;
  readonly least: number;
  readonly most: number;
  /** Smallest sizes that 50, 95, 99 of a hundred do not pass; absent where they were not asked for. */
  readonly percentiles?: readonly [number, number, number];
}

/** What a store is asked for sums. Part of every `TraceStore`, and of its contract. */
export interface AggregateStore {
  /** @throws ElixirScopeError `STORE_BAD_QUERY` */
  aggregate(query: AggregateQuery): Promise<readonly AggregateRow[]>;
}

/** @throws ElixirScopeError `STORE_BAD_QUERY` */
export function checkAggregate({ by, every, limit }: AggregateQuery): void {
  const wrong = by.find((column) => !GROUP_COLUMNS.includes(column));
  if (wrong !== undefined || new Set(by).size < by.length)
    throw new ElixirScopeError("STORE_BAD_QUERY", `\`by\` takes each of ${GROUP_COLUMNS.join(", ")} once.`, {
      by,
    });
  if (every !== undefined && every.ns < 1n)
    throw new ElixirScopeError("STORE_BAD_QUERY", "`every` takes a stretch of 1 nanosecond or more.", {
      every: String(every.ns),
    });
  if (!Number.isSafeInteger(limit) || limit < 0)
    throw new ElixirScopeError("STORE_BAD_QUERY", "`limit` must be a whole number, 0 or more.", { limit });
}
