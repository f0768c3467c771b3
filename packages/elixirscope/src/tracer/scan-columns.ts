import type { EventBatch } from "../model/index.ts";
import type { Numbering } from "./scan-target.ts";

/**
 * The columns that one batch after the other is written into. Ten arrays made for each batch would keep the garbage
 * collector busier than the scanner is.
 */
export class ScanColumns {
  #room = 0;
  #ts = new BigInt64Array(0);
  #kind = new Uint8Array(0);
  #pid = new Int32Array(0);
  #peer = new Int32Array(0);
  #mfa = new Int32Array(0);
  #tag = new Int32Array(0);
  #offset = new Uint32Array(0);
  #length = new Uint32Array(0);
  /** The timestamps as pairs of 32-bit words, the lower one first. */
  words: Uint32Array = new Uint32Array(0);

  /** A batch of `count` rows, still to be written. */
  batch(count: number, bytes: Uint8Array, node: number, { batch, id }: Numbering): EventBatch {
    if (count > this.#room) this.#grow(Math.max(count, this.#room * 2, 512));
    return {
      node,
      batch,
      count,
      firstId: id,
      ts: this.#ts,
      kind: this.#kind,
      pid: this.#pid,
      peer: this.#peer,
      mfa: this.#mfa,
      tag: this.#tag,
      offset: this.#offset,
      length: this.#length,
      bytes,
    };
  }

  #grow(room: number): void {
    this.#room = room;
    this.#ts = new BigInt64Array(room);
    this.words = new Uint32Array(this.#ts.buffer);
    this.#kind = new Uint8Array(room);
    this.#pid = new Int32Array(room);
    this.#peer = new Int32Array(room);
    this.#mfa = new Int32Array(room);
    this.#tag = new Int32Array(room);
    this.#offset = new Uint32Array(room);
    this.#length = new Uint32Array(room);
  }
}
