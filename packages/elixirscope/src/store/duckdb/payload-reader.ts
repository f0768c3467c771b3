import type { DuckDBConnection, DuckDBDataChunk } from "@duckdb/node-api";
import { Pace } from "../pace.ts";
import { closeTogether } from "../where.ts";
import { BlobCache } from "./blob-cache.ts";
import { blobAt, chunksOf, ints } from "./rows.ts";
import type { Source } from "./source.ts";

/** Where a payload lies; length 0: there is none. */
export interface PayloadPlace {
  readonly piece: number;
  readonly offset: number;
  readonly length: number;
}

const CACHE_BYTES = 16 * 1024 * 1024;
/** Pieces of a row group. */
const APART = 16_384;
const DENSE = 16;
const NO_PAYLOAD = new Uint8Array(0);

/** Takes payloads out of the pieces of batches. Pieces looked at last are kept: pages lie close together. */
export class PayloadReader {
  readonly #cache = new BlobCache(CACHE_BYTES);

  async read(
    connection: DuckDBConnection,
    source: Source,
    places: readonly PayloadPlace[],
  ): Promise<Uint8Array[]> {
    const wanted = new Set(places.filter(({ length }) => length > 0).map(({ piece }) => piece));
    const blobs = await this.#blobs(connection, source, [...wanted]);
    return new Pace().map(places, ({ piece, offset, length }) =>
      length === 0 ? NO_PAYLOAD : (blobs.get(piece)?.subarray(offset, offset + length) ?? NO_PAYLOAD),
    );
  }

  async #blobs(
    connection: DuckDBConnection,
    source: Source,
    pieces: readonly number[],
  ): Promise<ReadonlyMap<number, Uint8Array>> {
    const blobs = new Map<number, Uint8Array>();
    const missing: number[] = [];
    for (const piece of pieces) {
      const blob = this.#cache.get(piece);
      if (blob) blobs.set(piece, blob);
      else missing.push(piece);
    }
    for (const table of ["pieces", "rare_pieces"] as const) {
      const there = missing.filter((piece) => piece < 0 === (table === "rare_pieces"));
      if (there.length === 0) continue;
      const parts = closeTogether("piece", there, APART, DENSE).map(
        (condition) => `SELECT piece, bytes FROM ${source.other(table, [condition])}`,
      );
      const result = await connection.run(parts.join(" UNION ALL "));
      const wanted = new Set(there);
      await new Pace(1).map(chunksOf(result), (chunk) => this.#keep(chunk, wanted, blobs));
    }
    return blobs;
  }

  #keep(chunk: DuckDBDataChunk, wanted: ReadonlySet<number>, blobs: Map<number, Uint8Array>): void {
    const blob = blobAt(chunk, 1);
    for (const [row, piece] of ints(chunk, 0).entries()) {
      if (!wanted.has(piece)) continue;
      const bytes = blob(row);
      blobs.set(piece, bytes);
      this.#cache.set(piece, bytes);
    }
  }
}
