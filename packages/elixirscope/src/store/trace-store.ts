import type {
  AtomEntry,
  DictionaryDelta,
  ElixirScopeError,
  EventBatch,
  EventKind,
  FunctionEntry,
  Gap,
  NodeEntry,
  ProcessEntry,
} from "../model/index.ts";
import type { AggregateStore } from "./aggregate.ts";
import type { Pin } from "./keep.ts";
import type { PastStore } from "./past.ts";
import type { SqlSchema } from "./sql-schema.ts";

/** One event as a row. `payload` is a term without its version byte (empty: none); a view, not to be kept. */
export interface StoredEvent {
  readonly id: number;
  readonly node: number;
  /** Unix nanoseconds, see `EventBatch.ts`. */
  readonly ts: bigint;
  readonly kind: EventKind;
  readonly pid: number;
  readonly peer: number;
  readonly mfa: number;
  readonly tag: number;
  readonly payload: Uint8Array;
}

/** All given conditions hold (and); a list means any of its values (or). An empty list matches nothing. */
export interface EventFilter {
  readonly kinds?: readonly EventKind[];
  /** Process dictionary indexes that may stand in `pid` **or** `peer`. */
  readonly processes?: readonly number[];
  readonly pids?: readonly number[];
  readonly peers?: readonly number[];
  readonly functions?: readonly number[];
  readonly tags?: readonly number[];
  readonly node?: number;
  /** Numbers of nodes; a name may have several, one for each life of it. */
  readonly nodes?: readonly number[];
  /** Bounds on the bytes of the payload, inclusive; an event without one has 0. */
  readonly minBytes?: number;
  readonly maxBytes?: number;
  /** Bounds on `ts`, inclusive. */
  readonly from?: bigint;
  readonly to?: bigint;
  /** Exclusive bounds on the id: what pages are made of. */
  readonly afterId?: number;
  readonly beforeId?: number;
}

export interface EventQuery extends EventFilter {
  /** By id. */
  readonly order: "oldest_first" | "newest_first";
  readonly limit: number;
  /** Leave `payload` empty: faster where nobody looks at terms. */
  readonly withoutPayload?: boolean;
}

export interface RateQuery {
  readonly nodes?: readonly number[];
  /** Bounds on `ts`: `from` inclusive, `to` exclusive. */
  readonly from: bigint;
  readonly to: bigint;
  readonly buckets: number;
}

/** Per kind, events in each of the buckets. */
export type RateSeries = ReadonlyMap<EventKind, readonly number[]>;

/** A look at many processes over time. */
export interface ActivityQuery extends RateQuery {
  /** Left out: those with the most events in that stretch. */
  readonly processes?: readonly number[];
  /** Processes in the answer, at most. */
  readonly limit: number;
}

/** One process, per bucket. */
export interface Activity {
  readonly process: number;
  readonly events: readonly number[];
  /**
   * Nanoseconds in callbacks: from each `dispatch` to the `state` that the process tells next, where nothing of both is
   * between them. A callback counts where it ends.
   */
  readonly busyNs: readonly number[];
  /** The longest one of these that ended in the bucket. */
  readonly longestNs: readonly number[];
}

export interface SqlQuery {
  /** One SELECT. */
  readonly sql: string;
  /** Most rows of the answer. */
  readonly limit: number;
  /** Ended after so many milliseconds; default 30,000. */
  readonly longestMs?: number;
  /** Ends it: `STORE_SQL_STOPPED`. */
  readonly signal?: AbortSignal | undefined;
}

/** Safe as JSON: 64-bit numbers and times are texts. */
export interface SqlAnswer {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly unknown[])[];
  readonly more: boolean;
}

export interface StoreTotals {
  readonly events: number;
  readonly byKind: Readonly<Partial<Record<EventKind, number>>>;
  /** Highest event id, 0 when empty. */
  readonly lastId: number;
  /** Number for the next batch: one above the highest stored, 0 when empty. */
  readonly nextBatch: number;
  /** Least and greatest `ts`, undefined when empty. */
  readonly first?: bigint;
  readonly last?: bigint;
}

/**
 * Where a recording lives. Every backend passes `contract.ts`.
 *
 * `append` is synchronous and only buffers or copies: it is on the hot path. Everything appended is visible
 * to every question asked afterwards. Ids given to `append` grow; nothing else may write the same store.
 *
 * @throws ElixirScopeError `STORE_CLOSED` after close, `STORE_BAD_QUERY`, `STORE_OUT_OF_ORDER` (ids or batch numbers
 * that do not grow), `STORE_READ_ONLY`, `STORE_BAD_PIN`, and as the backend meets them `STORE_DAMAGED`, `STORE_NO_SPACE`, `STORE_IO`.
 * After a write has failed, every `append` throws that error: what came since then is not in the file.
 */
export interface TraceStore extends PastStore, AggregateStore {
  append(batch: EventBatch, delta: DictionaryDelta): void;
  /**
   * Bytes of batches that were appended and still wait in memory to be stored. Whoever appends should slow down when
   * it grows (withhold credit): the store itself refuses nothing.
   */
  readonly backlog: number;
  /** Why nothing can be stored just now, where it will be tried again: what was appended waits in memory meanwhile. */
  readonly trouble?: ElixirScopeError | undefined;
  putNode(node: NodeEntry): void;
  addGap(gap: Gap): void;
  /** Facts about the recording: `started_at` (ISO), `elixirscope_version`, `ended_at`, `end_reason` … */
  putMeta(key: string, value: string): void;

  /** Spares a stretch of time from retention; one of the same name is replaced. */
  pin(pin: Pin): void;
  unpin(name: string): void;
  pins(): Promise<readonly Pin[]>;

  events(query: EventQuery): Promise<readonly StoredEvent[]>;
  count(filter: EventFilter): Promise<number>;
  /** As {@link count}, per kind; kinds without events are left out. */
  countByKind(filter: EventFilter): Promise<Partial<Record<EventKind, number>>>;
  rates(query: RateQuery): Promise<RateSeries>;
  /** By events, most first; of as many by number. Processes without any are left out; samples count as none. */
  activity(query: ActivityQuery): Promise<readonly Activity[]>;
  totals(): Promise<StoreTotals>;
  gaps(): Promise<readonly Gap[]>;
  nodes(): Promise<readonly NodeEntry[]>;
  meta(): Promise<ReadonlyMap<string, string>>;
  /** The whole dictionary, by index. */
  dictionary(): Promise<{
    readonly processes: readonly ProcessEntry[];
    readonly functions: readonly FunctionEntry[];
    readonly atoms: readonly AtomEntry[];
  }>;

  /**
   * For what no method answers: SQL that can only look, in the tables of docs/recording-format.md.
   *
   * @throws ElixirScopeError `STORE_BAD_SQL`, `STORE_SQL_NOT_READ_ONLY`, `STORE_SQL_TOO_LONG`, `STORE_SQL_STOPPED`; `STORE_NO_SQL` of a backend without
   */
  sql(query: SqlQuery): Promise<SqlAnswer>;
  /** @throws ElixirScopeError `STORE_NO_SQL` of a backend without */
  sqlSchema(): Promise<SqlSchema>;

  /** Everything appended so far is on disk when this resolves. */
  flush(): Promise<void>;
  close(): Promise<void>;
}
