import { type EventBatch, type EventKind, kindOf } from "../model/index.ts";
import type { StoreTotals } from "./trace-store.ts";

/** What a store has counted before it is opened again. */
export interface TallyStart {
  readonly events: number;
  readonly lastId: number;
  readonly nextBatch: number;
  readonly byCode: ReadonlyMap<number, number>;
  readonly first: bigint | undefined;
  readonly last: bigint | undefined;
}

/** Lowest and highest timestamp of a batch. */
export interface TimeSpan {
  readonly first: bigint;
  readonly last: bigint;
}

/**
 * Lowest and highest timestamp of a non-empty batch. Compares 32-bit halves: reading a `BigInt64Array` makes a
 * BigInt an element, which costs more than all the rest of taking over a batch.
 */
export function timeSpan(batch: EventBatch): TimeSpan {
  const { ts, count } = batch;
  const words = new Int32Array(ts.buffer, ts.byteOffset, count * 2);
  let min = 0;
  let max = 0;
  for (let i = 1; i < count; i++) {
    if (lessThan(words, i, min)) min = i;
    else if (lessThan(words, max, i)) max = i;
  }
  return { first: ts[min] ?? 0n, last: ts[max] ?? 0n };
}

/** Little-endian two's complement: signed upper half first, then the unsigned lower half. */
function lessThan(words: Int32Array, a: number, b: number): boolean {
  const highA = words[2 * a + 1]!;
  const highB = words[2 * b + 1]!;
  return highA === highB ? words[2 * a]! >>> 0 < words[2 * b]! >>> 0 : highA < highB;
}

/** Counts kept beside the events, so that `totals` needs no look at them. */
export class Tally {
  readonly #byCode = new Float64Array(256);
  #events = 0;
  #lastId = 0;
  #nextBatch = 0;
  #first: bigint | undefined;
  #last: bigint | undefined;

  constructor(start?: TallyStart) {
    if (!start) return;
    this.#events = start.events;
    this.#lastId = start.lastId;
    this.#nextBatch = start.nextBatch;
    this.#first = start.first;
    this.#last = start.last;
    for (const [code, count] of start.byCode) this.#byCode[code] = count;
  }

  get lastId(): number {
    return this.#lastId;
  }

  get nextBatch(): number {
    return this.#nextBatch;
  }

  add(batch: EventBatch, span: TimeSpan): void {
    this.#count(batch, 1);
    this.#lastId = batch.firstId + batch.count - 1;
    this.#nextBatch = batch.batch + 1;
    if (this.#first === undefined || span.first < this.#first) this.#first = span.first;
    if (this.#last === undefined || span.last > this.#last) this.#last = span.last;
  }

  /** Takes a batch out again; `first` is the lowest timestamp of what is left. */
  remove(batch: EventBatch, first: bigint | undefined): void {
    this.#count(batch, -1);
    this.#first = first;
  }

  /** What retention took away; `first`: lowest timestamp of what is left. */
  removed({ byCode, first }: { byCode: ReadonlyMap<number, number>; first: bigint | undefined }): void {
    for (const [code, count] of byCode) {
      this.#byCode[code]! -= count;
      this.#events -= count;
    }
    if (first !== undefined) this.#first = first;
  }

  totals(): StoreTotals {
    const byKind: Partial<Record<EventKind, number>> = {};
    for (const [code, count] of this.#byCode.entries()) {
      const kind = count > 0 ? kindOf(code) : undefined;
      if (kind) byKind[kind] = count;
    }
    return {
      events: this.#events,
      byKind,
      lastId: this.#lastId,
      nextBatch: this.#nextBatch,
      ...(this.#first === undefined ? {} : { first: this.#first }),
      ...(this.#last === undefined ? {} : { last: this.#last }),
    };
  }

  #count(batch: EventBatch, sign: 1 | -1): void {
    const { kind, count } = batch;
    for (let i = 0; i < count; i++) this.#byCode[kind[i]!]! += sign;
    this.#events += sign * count;
  }
}
