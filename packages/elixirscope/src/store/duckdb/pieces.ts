import type { EventBatch } from "../../model/index.ts";

/**
 * Bytes aimed at for one row of `pieces`. Below 4 KiB DuckDB keeps a blob inside its column, where it is compressed;
 * a row group of them is small enough to be written while recording and read for a single event.
 */
const PIECE_BYTES = 256;
/** From here on the engine's own copy is faster than ours, in spite of the views that it needs. */
const LARGE = 96;
/** Room that is kept from batch to batch; what a giant one needed is given back. */
const KEEP_BYTES = 4 * 1024 * 1024;

/** As it stands in `events.piece`: rare pieces have negative numbers. */
export const rareNumber = (piece: number): number => -1 - piece;

/** The payloads of a batch, each in one piece. Holds until the next batch is packed. */
export interface Packed {
  /** All pieces, one behind the other. */
  readonly bytes: Uint8Array;
  /** Offset in `bytes` at which each piece starts; the first is 0. None: the batch has no payloads. */
  readonly starts: readonly number[];
  /** Number of the piece (from 0 in the batch), for each event. */
  readonly piece: Int32Array;
  /** Offset in that piece, for each event; 0 where there is no payload. */
  readonly offset: Uint32Array;
}

/**
 * Takes the payloads out of batches and puts them into pieces. What else a batch holds (times, pids, names of
 * functions) stands in columns: left out here it need not be compressed, and takes no room.
 */
export class Packer {
  #bytes = new Uint8Array(256 * 1024);
  #view = new DataView(this.#bytes.buffer);
  #piece = new Int32Array(512);
  #offset = new Uint32Array(512);

  /**
   * @param kinds by number of a kind, 1: payloads of events of this kind; the others are left out
   * @throws RangeError when a payload does not lie within the batch
   */
  pack(batch: EventBatch, kinds: Uint8Array): Packed {
    const { count, kind, offset: offsets, length: lengths, bytes } = batch;
    this.#makeRoom(batch);
    const source = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const piece = this.#piece;
    const offset = this.#offset;
    const starts: number[] = [];
    let start = 0;
    let end = 0;
    for (let i = 0; i < count; i++) {
      const length = kinds[kind[i]!] === 1 ? lengths[i]! : 0;
      if (length > 0) {
        if (starts.length === 0 || (end + length > start + PIECE_BYTES && end > start)) {
          start = end;
          starts.push(start);
        }
        this.#copy(bytes, source, offsets[i]!, end, length);
      }
      piece[i] = Math.max(starts.length - 1, 0);
      offset[i] = length > 0 ? end - start : 0;
      end += length;
    }
    return { bytes: this.#bytes.subarray(0, end), starts, piece, offset };
  }

  /** Four bytes a step; what the last step puts behind the end is overwritten by the next payload. */
  #copy(bytes: Uint8Array, source: DataView, from: number, to: number, length: number): void {
    const end = from + length;
    if (length >= LARGE || end + 3 > bytes.byteLength) {
      this.#bytes.set(bytes.subarray(from, end), to);
      return;
    }
    const target = this.#view;
    for (let i = 0; i < length; i += 4) target.setInt32(to + i, source.getInt32(from + i, true), true);
  }

  #makeRoom({ count, offset, length, bytes }: EventBatch): void {
    // Three bytes more than the payloads: see #copy.
    let total = 3;
    for (let i = 0; i < count; i++) {
      const end = offset[i]! + length[i]!;
      if (end > bytes.byteLength) throw new RangeError(`payload of event ${i} reaches beyond its batch`);
      total += length[i]!;
    }
    if (count > this.#piece.length) {
      this.#piece = new Int32Array(count * 2);
      this.#offset = new Uint32Array(count * 2);
    }
    if (total <= this.#bytes.byteLength && this.#bytes.byteLength <= KEEP_BYTES) return;
    this.#bytes = new Uint8Array(Math.max(total, KEEP_BYTES));
    this.#view = new DataView(this.#bytes.buffer);
  }
}
