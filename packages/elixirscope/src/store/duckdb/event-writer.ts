import {
  BIGINT,
  type DuckDBAppender,
  DuckDBDataChunk,
  INTEGER,
  STRUCT,
  UINTEGER,
  USMALLINT,
  UTINYINT,
} from "@duckdb/node-api";
import duckdb from "@duckdb/node-bindings";
import type { EventBatch } from "../../model/index.ts";
import type { Packed } from "./pieces.ts";
import { CHUNK_ROWS } from "./rows.ts";
import { columnsOf } from "./schema.ts";

/** As the columns of `events`: type and bytes a row. */
const COLUMNS = [
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
 * Copies the columns of batches into an `events` table, by whole vectors: values never become JavaScript numbers on
 * their way. Rows are visible to queries after `flush`.
 */
export class EventWriter {
  readonly #chunk = DuckDBDataChunk.create([
    STRUCT(Object.fromEntries(columnsOf("events").map(([name], i) => [name, COLUMNS[i]!.type]))),
  ]);
  readonly #vectors = COLUMNS.map((_, column) =>
    duckdb.struct_vector_get_child(duckdb.data_chunk_get_vector(this.#chunk.chunk, 0), column),
  );
  readonly #idWords = new Uint32Array(CHUNK_ROWS * 2);
  readonly #nodeColumn = new Uint16Array(CHUNK_ROWS);
  readonly #pieceColumn = new Int32Array(CHUNK_ROWS);
  #appender: DuckDBAppender | undefined;
  #filled = 0;

  /** Rows go to this appender from now on; what was written before must have been flushed. */
  turnTo(appender: DuckDBAppender): void {
    this.#appender = appender;
  }

  write(batch: EventBatch, packed: Packed, firstPiece: number): void {
    let from = 0;
    while (from < batch.count) {
      const rows = Math.min(batch.count - from, CHUNK_ROWS - this.#filled);
      this.#fillIds(batch.firstId + from, rows);
      this.#nodeColumn.fill(batch.node, 0, rows);
      for (let i = 0; i < rows; i++) this.#pieceColumn[i] = firstPiece + packed.piece[from + i]!;
      this.#copy(batch, packed, from, rows);
      this.#filled += rows;
      from += rows;
      if (this.#filled === CHUNK_ROWS) this.#handOver();
    }
  }

  flush(): void {
    this.#handOver();
    this.#appender?.flushSync();
  }

  #copy(batch: EventBatch, packed: Packed, from: number, rows: number): void {
    this.#put(0, this.#idWords, 0, rows);
    this.#put(1, batch.ts, from, rows);
    this.#put(2, this.#nodeColumn, 0, rows);
    this.#put(3, batch.kind, from, rows);
    this.#put(4, batch.pid, from, rows);
    this.#put(5, batch.peer, from, rows);
    this.#put(6, batch.mfa, from, rows);
    this.#put(7, batch.tag, from, rows);
    this.#put(8, this.#pieceColumn, 0, rows);
    this.#put(9, packed.offset, from, rows);
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
    const { bytes } = COLUMNS[column]!;
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
    this.#appender!.appendDataChunk(this.#chunk);
    this.#filled = 0;
  }
}
