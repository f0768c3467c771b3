import type { EventKind } from "../model/index.ts";
import type { EventFilter, StoredEvent } from "./trace-store.ts";

/** Whose event it is: of the process that it happened in, or of the other one (receiver, child …). */
export type Role = "pid" | "peer";

/** A kind, and the role of the process that its events are looked for. */
export interface KindRole<Kind extends EventKind = EventKind> {
  readonly kind: Kind;
  readonly role: Role;
}

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
  newestIds(filter: EventFilter, role: Role): Promise<ReadonlyMap<number, number>>;
  /** As {@link newestIds}, of several kinds (those of the filter do not matter), each in its role: in one pass. Kinds without any are left out. */
  newestOfKinds<Kind extends EventKind>(
    filter: EventFilter,
    kinds: readonly KindRole<Kind>[],
  ): Promise<ReadonlyMap<Kind, ReadonlyMap<number, number>>>;
  /** Of each process in a role the newest events that pass the filter, so many each, by id. */
  newestEach(filter: EventFilter, role: Role, each: number): Promise<readonly StoredEvent[]>;
  /** Those of these ids that there are, by id. */
  eventsByIds(ids: readonly number[]): Promise<readonly StoredEvent[]>;
}
