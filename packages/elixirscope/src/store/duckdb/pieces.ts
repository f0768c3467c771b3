import type { EventBatch } from "../../model/index.ts";

/**
 * Bytes aimed at for one row of `pieces`. Below 4 KiB DuckDB keeps a blob inside its column, where it is compressed;
 * a row group of them is small enough to be written while recording and read for a single event.
 */
const PIECE_BYTES = 1024;

/** Where the payload of each event of a batch lies after the batch was cut. */
export interface Cut {
  /** Offset in the batch at which each piece starts; the first is 0. */
  readonly starts: readonly number[];
  /** Number of the piece (from 0 in the batch), for each event. */
  readonly piece: Int32Array;
  /** Offset in that piece, for each event; 0 where there is no payload. */
  readonly offset: Uint32Array;
}

/**
 * Cuts the bytes of a batch where payloads start, so that each payload lies in one piece and the pieces put together
 * are the batch.
 *
 * @throws RangeError when a payload does not lie within the batch
 */
export function cutBatch(batch: EventBatch): Cut {
  const { count, offset: offsets, length: lengths, bytes } = batch;
  const piece = new Int32Array(count);
  const offset = new Uint32Array(count);
  const starts = [0];
  let start = 0;
  let end = 0;
  for (let i = 0; i < count; i++) {
    const length = lengths[i]!;
    if (length > 0) {
      const at = offsets[i]!;
      if (at + length > bytes.byteLength)
        throw new RangeError(`payload of event ${i} reaches beyond its batch`);
      if (at < end) return wholeBatch(batch);
      end = at + length;
      if (end > start + PIECE_BYTES && at > start) {
        start = at;
        starts.push(at);
      }
      offset[i] = at - start;
    }
    piece[i] = starts.length - 1;
  }
  return { starts, piece, offset };
}

/** Payloads that overlap or go backwards: one piece, nothing to cut between them. */
function wholeBatch({ count, offset, length, bytes }: EventBatch): Cut {
  for (let i = 0; i < count; i++) {
    if (offset[i]! + length[i]! > bytes.byteLength) {
      throw new RangeError(`payload of event ${i} reaches beyond its batch`);
    }
  }
  return {
    starts: [0],
    piece: new Int32Array(count),
    offset: offset.slice(0, count).map((at, i) => (length[i] === 0 ? 0 : at)),
  };
}
