import { DuckDBBlobVector, type DuckDBDataChunk, type DuckDBMaterializedResult } from "@duckdb/node-api";
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

const NO_BYTES = new Uint8Array(0);

/** Blobs of a column without nulls by row, each in memory of its own. */
export function blobAt(chunk: DuckDBDataChunk, column: number): (row: number) => Uint8Array {
  const vector = chunk.getColumnVector(column);
  if (!(vector instanceof DuckDBBlobVector)) throw new TypeError(`column ${column} holds no blobs`);
  return (row) => {
    const bytes = vector.getItemBytes(row) ?? NO_BYTES;
    // Blobs this short lie in the vector itself; longer ones come as a Buffer, which is no plain array.
    return bytes.byteLength <= 12
      ? Uint8Array.from(bytes)
      : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  };
}

export const blobs = (chunk: DuckDBDataChunk, column: number): Uint8Array[] =>
  Array.from({ length: chunk.rowCount }, (_, row) => row).map(blobAt(chunk, column));
