import { BLOB, type DuckDBAppender, DuckDBDataChunk, INTEGER } from "@duckdb/node-api";
import duckdb from "@duckdb/node-bindings";
import type { EventBatch } from "../../model/index.ts";
import type { Packed } from "./pieces.ts";
import { CHUNK_ROWS } from "./rows.ts";

/** Writes the payloads of batches, piece by piece, into a `pieces` or `rare_pieces` table. */
export class PieceWriter {
  readonly #chunk = DuckDBDataChunk.create([INTEGER, INTEGER, BLOB]);
  readonly #pieces = new Int32Array(CHUNK_ROWS);
  readonly #batches = new Int32Array(CHUNK_ROWS);
  #bytes = duckdb.data_chunk_get_vector(this.#chunk.chunk, 2);
  #appender: DuckDBAppender | undefined;
  #filled = 0;

  /** Rows go to this appender from now on; what was written before must have been flushed. */
  turnTo(appender: DuckDBAppender): void {
    this.#appender = appender;
  }

  /** @param number of a piece of the batch, from 0, in the table */
  write(batch: EventBatch, { bytes, starts }: Packed, number: (piece: number) => number): void {
    for (let i = 0; i < starts.length; i++) {
      const row = this.#filled++;
      this.#pieces[row] = number(i);
      this.#batches[row] = batch.batch;
      duckdb.vector_assign_string_element_len(
        this.#bytes,
        row,
        bytes.subarray(starts[i], starts[i + 1] ?? bytes.byteLength),
      );
      if (this.#filled === CHUNK_ROWS) this.#handOver();
    }
  }

  flush(): void {
    this.#handOver();
    this.#appender?.flushSync();
  }

  #handOver(): void {
    if (this.#filled === 0) return;
    const { chunk } = this.#chunk;
    for (const [column, { buffer }] of [this.#pieces, this.#batches].entries()) {
      duckdb.copy_data_to_vector(duckdb.data_chunk_get_vector(chunk, column), 0, buffer, 0, this.#filled * 4);
    }
    duckdb.data_chunk_set_size(chunk, this.#filled);
    this.#appender!.appendDataChunk(this.#chunk);
    // Lets go of the bytes, which the appender has copied.
    this.#chunk.reset();
    this.#bytes = duckdb.data_chunk_get_vector(chunk, 2);
    this.#filled = 0;
  }
}
