import {
  BIGINT,
  type DuckDBAppender,
  type DuckDBConnection,
  DuckDBDataChunk,
  INTEGER,
  UINTEGER,
  USMALLINT,
  UTINYINT,
} from "@duckdb/node-api";
import duckdb from "@duckdb/node-bindings";
import type { EventBatch } from "../../model/index.ts";

/** Rows of a DuckDB vector; a data chunk cannot have more. */
const CHUNK_ROWS = 2048;

/** As {@link EVENT_COLUMNS}: type and bytes a row. */
const COLUMN_TYPES = [
  { type: BIGINT, bytes: 8 },
  { type: BIGINT, bytes: 8 },
  { type: USMALLINT, bytes: 2 },
  { type: UTINYINT, bytes: 1 },
  { type: INTEGER, bytes: 4 },
  { type: INTEGER, bytes: 4 },
  { type: INTEGER, bytes: 4 },
  { type: INTEGER, bytes: 4 },
  { type: INTEGER, bytes: 4 },
  { type: UINTEGER, bytes: 4 },
  { type: UINTEGER, bytes: 4 },
];

/**
 * Copies the columns of batches into the `events` table, by whole vectors: values never become JavaScript numbers
 * on their way. Rows are visible to queries after `flush`.
 */
export class EventWriter {
  readonly #appender: DuckDBAppender;
  readonly #chunk = DuckDBDataChunk.create(COLUMN_TYPES.map(({ type }) => type));
  readonly #vectors = COLUMN_TYPES.map((_, column) =>
    duckdb.data_chunk_get_vector(this.#chunk.chunk, column),
  );
  readonly #idWords = new Uint32Array(CHUNK_ROWS * 2);
  readonly #nodeColumn = new Uint16Array(CHUNK_ROWS);
  readonly #batchColumn = new Int32Array(CHUNK_ROWS);
  #filled = 0;

  private constructor(appender: DuckDBAppender) {
    this.#appender = appender;
  }

  static async open(connection: DuckDBConnection): Promise<EventWriter> {
    return new EventWriter(await connection.createAppender("events"));
  }

  write(batch: EventBatch): void {
    let from = 0;
    while (from < batch.count) {
      const rows = Math.min(batch.count - from, CHUNK_ROWS - this.#filled);
      this.#copy(batch, from, rows);
      this.#filled += rows;
      from += rows;
      if (this.#filled === CHUNK_ROWS) this.#handOver();
    }
  }

  flush(): void {
    this.#handOver();
    this.#appender.flushSync();
  }

  close(): void {
    this.#appender.closeSync();
  }

  #copy(batch: EventBatch, from: number, rows: number): void {
    this.#fillIds(batch.firstId + from, rows);
    this.#nodeColumn.fill(batch.node, 0, rows);
    this.#batchColumn.fill(batch.batch, 0, rows);
    this.#put(0, this.#idWords, 0, rows);
    this.#put(1, batch.ts, from, rows);
    this.#put(2, this.#nodeColumn, 0, rows);
    this.#put(3, batch.kind, from, rows);
    this.#put(4, batch.pid, from, rows);
    this.#put(5, batch.peer, from, rows);
    this.#put(6, batch.mfa, from, rows);
    this.#put(7, batch.tag, from, rows);
    this.#put(8, this.#batchColumn, 0, rows);
    this.#put(9, batch.offset, from, rows);
    this.#put(10, batch.length, from, rows);
  }

  /** 64-bit ids as pairs of 32-bit words, so that no BigInt is made. */
  #fillIds(first: number, rows: number): void {
    const words = this.#idWords;
    for (let i = 0; i < rows; i++) {
      const id = first + i;
      words[2 * i] = id;
      words[2 * i + 1] = id / 0x1_0000_0000;
    }
  }

  #put(column: number, source: ArrayBufferView, from: number, rows: number): void {
    const { bytes } = COLUMN_TYPES[column]!;
    duckdb.copy_data_to_vector(
      this.#vectors[column]!,
      this.#filled * bytes,
      source.buffer as ArrayBuffer,
      source.byteOffset + from * bytes,
      rows * bytes,
    );
  }

  #handOver(): void {
    if (this.#filled === 0) return;
    duckdb.data_chunk_set_size(this.#chunk.chunk, this.#filled);
    this.#appender.appendDataChunk(this.#chunk);
    this.#filled = 0;
  }
}
