export { type AggregateQuery, type AggregateRow, GROUP_COLUMNS, type GroupColumn } from "./aggregate.ts";
export type { RecordingEntry } from "./clickhouse/recordings.ts";
export { type ClockBound, type Merged, type MergeOptions, mergeRecordings } from "./duckdb/merge.ts";
export { type DuckDbStoreOptions, openDuckDbStore, type StoreMode } from "./duckdb/open.ts";
export { exportParquet, type ParquetOptions } from "./duckdb/parquet.ts";
export { checkKeep, type Keep, LEAST_BYTES, type Pin } from "./keep.ts";
export { createMemoryStore, type MemoryStoreOptions } from "./memory/memory-store.ts";
export { storedEvent } from "./memory/stored-event.ts";
export { dropRecording, type OpenStoreOptions, openStore, recordings } from "./open-store.ts";
export { Pace } from "./pace.ts";
export type { Checkpoint, KindRole, Role } from "./past.ts";
export { timeSpan } from "./tally.ts";
export type {
  Activity,
  ActivityQuery,
  EventFilter,
  EventQuery,
  RateQuery,
  RateSeries,
  SqlAnswer,
  SqlQuery,
  StoredEvent,
  StoreTotals,
  TraceStore,
} from "./trace-store.ts";
