import type { EventFilter, StoredEvent } from "./trace-store.ts";

/** What had been made of all events up to one of them, so that the past need not be told from the beginning. */
export interface Checkpoint {
  /** It holds the events up to this id, and none behind it. */
  readonly lastId: number;
  /** Greatest `ts` of these, Unix nanoseconds. */
  readonly ts: bigint;
  /** See `analysis/checkpoint.ts`; the store does not look at it. */
  readonly bytes: Uint8Array;
  /** What had ended since the checkpoint before: with those of all before, all that had ended. See {@link PastStore.ended}. */
  readonly ended?: Uint8Array;
}

/** What a store is asked for a look at an instant in the past. Part of every `TraceStore`, and of its contract. */
export interface PastStore {
  /** Ids grow from checkpoint to checkpoint. What is behind the last event that reached the disk is not kept either. */
  putCheckpoint(checkpoint: Checkpoint): void;
  /** The newest one all of whose events are at or before `ts`; without `ended`. */
  checkpoint(ts: bigint): Promise<Checkpoint | undefined>;
  /** `ended` of the checkpoints up to one, oldest first; what retention took away is not among them. */
  ended(lastId: number): Promise<readonly Uint8Array[]>;
  /**
   * No event behind this id is as old as `ts`, and not many before it are younger: the last id of the batches that begin
   * at or before `ts`; 0: there is none.
   */
  idAt(ts: bigint): Promise<number>;
  /** By process, in the role that is asked for: the greatest id among the events that pass the filter. */
  newestIds(filter: EventFilter, role: "pid" | "peer"): Promise<ReadonlyMap<number, number>>;
  /** Those of these ids that there are, by id. */
  eventsByIds(ids: readonly number[]): Promise<readonly StoredEvent[]>;
}
