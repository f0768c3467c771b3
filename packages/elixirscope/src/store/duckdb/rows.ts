import type { DuckDBDataChunk, DuckDBMaterializedResult } from "@duckdb/node-api";
import duckdb from "@duckdb/node-bindings";

/** Rows of a DuckDB vector; a data chunk cannot have more. */
export const CHUNK_ROWS = 2048;

/** The bytes of a column of fixed width without nulls: a copy. */
function columnBytes(chunk: DuckDBDataChunk, column: number, width: number): ArrayBuffer {
  const view = duckdb.vector_get_data(
    duckdb.data_chunk_get_vector(chunk.chunk, column),
    chunk.rowCount * width,
  );
  // Sliced off, so that the column starts at an aligned offset and outlives the chunk.
  return view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength) as ArrayBuffer;
}

export const bigints = (chunk: DuckDBDataChunk, column: number): BigInt64Array =>
  new BigInt64Array(columnBytes(chunk, column, 8));

export const ints = (chunk: DuckDBDataChunk, column: number): Int32Array =>
  new Int32Array(columnBytes(chunk, column, 4));

export const uints = (chunk: DuckDBDataChunk, column: number): Uint32Array =>
  new Uint32Array(columnBytes(chunk, column, 4));

export const ushorts = (chunk: DuckDBDataChunk, column: number): Uint16Array =>
  new Uint16Array(columnBytes(chunk, column, 2));

export const ubytes = (chunk: DuckDBDataChunk, column: number): Uint8Array =>
  new Uint8Array(columnBytes(chunk, column, 1));

/**
 * All rows of an answer, which are in memory by then: to have them fetched one chunk after the other would take a turn of the
 * event loop each, and while a recording is made these are long.
 */
export const chunksOf = (result: DuckDBMaterializedResult): readonly DuckDBDataChunk[] =>
  Array.from({ length: result.chunkCount }, (_, chunk) => result.getChunk(chunk));
