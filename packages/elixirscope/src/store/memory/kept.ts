import type { EventBatch } from "../../model/index.ts";
import type { EventFilter } from "../trace-store.ts";

/** A batch as the memory store has it, with its least and greatest `ts`. */
export interface Kept {
  readonly batch: EventBatch;
  readonly first: bigint;
  readonly last: bigint;
}

/** Whether a batch can hold anything that the filter lets through, by its bounds alone. */
export function mayHold({ batch, first, last }: Kept, filter: EventFilter): boolean {
  if (filter.node !== undefined && filter.node !== batch.node) return false;
  if (filter.afterId !== undefined && batch.firstId + batch.count - 1 <= filter.afterId) return false;
  if (filter.beforeId !== undefined && batch.firstId >= filter.beforeId) return false;
  if (filter.from !== undefined && last < filter.from) return false;
  return filter.to === undefined || first <= filter.to;
}
