import { DuckDBBlobVector, type DuckDBConnection, type DuckDBDataChunk } from "@duckdb/node-api";
import { BlobCache } from "./blob-cache.ts";
import { ints } from "./rows.ts";

/** Where a payload lies; length 0: there is none. */
export interface PayloadPlace {
  readonly batch: number;
  readonly offset: number;
  readonly length: number;
}

const NO_PAYLOAD = new Uint8Array(0);

/** Takes payloads out of the stored batches. Batches looked at last are kept: pages lie close together. */
export class PayloadReader {
  readonly #connection: DuckDBConnection;
  readonly #cache = new BlobCache(32 * 1024 * 1024);

  constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  async read(places: readonly PayloadPlace[]): Promise<Uint8Array[]> {
    const wanted = new Set(places.filter(({ length }) => length > 0).map(({ batch }) => batch));
    const blobs = await this.#blobs([...wanted]);
    return places.map(({ batch, offset, length }) =>
      length === 0 ? NO_PAYLOAD : (blobs.get(batch)?.subarray(offset, offset + length) ?? NO_PAYLOAD),
    );
  }

  async #blobs(batches: readonly number[]): Promise<ReadonlyMap<number, Uint8Array>> {
    const blobs = new Map<number, Uint8Array>();
    const missing: number[] = [];
    for (const batch of batches) {
      const blob = this.#cache.get(batch);
      if (blob) blobs.set(batch, blob);
      else missing.push(batch);
    }
    if (missing.length === 0) return blobs;
    const result = await this.#connection.run(
      `SELECT batch, bytes FROM batches WHERE batch IN (${missing.join(", ")})`,
    );
    for (const chunk of await result.fetchAllChunks()) {
      const numbers = ints(chunk, 0);
      for (const [row, blob] of blobColumn(chunk, 1).entries()) {
        blobs.set(numbers[row]!, blob);
        this.#cache.set(numbers[row]!, blob);
      }
    }
    return blobs;
  }
}

/** Blobs of a column without nulls, each in memory of its own. */
function blobColumn(chunk: DuckDBDataChunk, column: number): Uint8Array[] {
  const vector = chunk.getColumnVector(column);
  if (!(vector instanceof DuckDBBlobVector)) throw new TypeError(`column ${column} holds no blobs`);
  return Array.from({ length: chunk.rowCount }, (_, row) => {
    const bytes = vector.getItemBytes(row) ?? NO_PAYLOAD;
    // Blobs this short lie in the vector itself.
    return bytes.byteLength <= 12 ? Uint8Array.from(bytes) : bytes;
  });
}
