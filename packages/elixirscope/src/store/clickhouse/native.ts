/**
 * ClickHouse's Native format: blocks of columns, each with its values one behind the other. Batches are columns too, so
 * theirs are sent as they are; no client library encodes it.
 */

const WIDTHS = { UInt8: 1, UInt16: 2, UInt32: 4, UInt64: 8, Int32: 4, Int64: 8 } as const;

export type ColumnType = keyof typeof WIDTHS | "String";

/** A value to be written; texts and bytes into a `String`. */
export type Value = number | bigint | string | Uint8Array;

/** From here on the engine's own copy is faster than ours, in spite of the view that it needs. */
const LARGE = 64;

/** A column that grows. */
export class Column {
  readonly name: string;
  readonly type: ColumnType;
  #bytes = new Uint8Array(1024);
  #view = new DataView(this.#bytes.buffer);
  #end = 0;

  constructor(name: string, type: ColumnType) {
    this.name = name;
    this.type = type;
  }

  /** All values so far; holds until the next one is written. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#end);
  }

  push(value: Value): void {
    if (this.type === "String")
      this.#pushBytes(typeof value === "string" ? encoder.encode(value) : bytesOf(value));
    else this.#pushNumber(value, this.type);
  }

  /** The first `rows` values of a column of the same width. */
  copy(source: ArrayBufferView, rows: number): void {
    const bytes = rows * WIDTHS[this.type as keyof typeof WIDTHS];
    this.#makeRoom(bytes);
    this.#bytes.set(new Uint8Array(source.buffer, source.byteOffset, bytes), this.#end);
    this.#end += bytes;
  }

  /** `rows` times the same small number. */
  repeat(value: number, rows: number): void {
    for (let i = 0; i < rows; i++) this.push(value);
  }

  /** `first`, `first + 1` and so on: 64-bit numbers as pairs of words, so that no BigInt is made. */
  count(first: number, rows: number): void {
    this.#makeRoom(rows * 8);
    for (let i = 0; i < rows; i++) {
      const id = first + i;
      this.#view.setUint32(this.#end, id % 0x1_0000_0000, true);
      this.#view.setUint32(this.#end + 4, id / 0x1_0000_0000, true);
      this.#end += 8;
    }
  }

  /** Stretches of `bytes`, one a row, into a `String`. */
  cut(bytes: Uint8Array, offset: Uint32Array, length: Uint32Array, rows: number): void {
    let total = 0;
    for (let i = 0; i < rows; i++) {
      if (offset[i]! + length[i]! > bytes.byteLength) {
        throw new RangeError(`payload of event ${i} reaches beyond its batch`);
      }
      total += length[i]! + 5;
    }
    this.#makeRoom(total);
    for (let i = 0; i < rows; i++) {
      const size = length[i]!;
      this.#putLength(size);
      const from = offset[i]!;
      if (size >= LARGE) this.#bytes.set(bytes.subarray(from, from + size), this.#end);
      else for (let b = 0; b < size; b++) this.#bytes[this.#end + b] = bytes[from + b]!;
      this.#end += size;
    }
  }

  clear(): void {
    this.#end = 0;
  }

  #pushBytes(bytes: Uint8Array): void {
    this.#makeRoom(bytes.byteLength + 5);
    this.#putLength(bytes.byteLength);
    this.#bytes.set(bytes, this.#end);
    this.#end += bytes.byteLength;
  }

  #pushNumber(value: Value, type: keyof typeof WIDTHS): void {
    const width = WIDTHS[type];
    this.#makeRoom(width);
    if (width === 8) this.#view.setBigInt64(this.#end, BigInt.asIntN(64, BigInt(value as number)), true);
    else if (width === 4) this.#view.setInt32(this.#end, Number(value), true);
    else if (width === 2) this.#view.setUint16(this.#end, Number(value), true);
    else this.#view.setUint8(this.#end, Number(value));
    this.#end += width;
  }

  #putLength(length: number): void {
    let rest = length;
    while (rest > 127) {
      this.#bytes[this.#end++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.#bytes[this.#end++] = rest;
  }

  #makeRoom(more: number): void {
    const needed = this.#end + more;
    if (needed <= this.#bytes.byteLength) return;
    const larger = new Uint8Array(Math.max(needed, this.#bytes.byteLength * 2));
    larger.set(this.bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}

const encoder = new TextEncoder();

const bytesOf = (value: Value): Uint8Array =>
  value instanceof Uint8Array ? value : encoder.encode(String(value));

/** A block as it goes to the server: pieces, one behind the other. */
export function encodeBlock(columns: readonly Column[], rows: number): Uint8Array[] {
  const head = new Column("", "String");
  const chunks: Uint8Array[] = [Uint8Array.from([...varint(columns.length), ...varint(rows)])];
  for (const column of columns) {
    head.clear();
    head.push(column.name);
    head.push(column.type);
    chunks.push(head.bytes.slice(), column.bytes);
  }
  return chunks;
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest & 127) | 128);
    rest = Math.floor(rest / 128);
  }
  return [...bytes, rest];
}

type Numbers = Uint8Array | Uint16Array | Uint32Array | Int32Array;

/** What a column of an answer can be; bytes of a `String` are a view on the answer. */
export type Values = Numbers | BigUint64Array | BigInt64Array | Uint8Array[];

export interface Block {
  readonly rows: number;
  readonly columns: readonly Values[];
}

/** @throws RangeError when the answer ends in the midst, TypeError for a type that nobody asked for */
export function decodeBlocks(bytes: Uint8Array): Block[] {
  const reader = new Reader(bytes);
  const blocks: Block[] = [];
  while (!reader.atEnd) {
    const width = reader.varint();
    const rows = reader.varint();
    const columns = Array.from({ length: width }, () => {
      reader.text();
      return readValues(reader, reader.text(), rows);
    });
    blocks.push({ rows, columns });
  }
  return blocks;
}

function readValues(reader: Reader, type: string, rows: number): Values {
  switch (type) {
    case "UInt8":
      return reader.copy(rows);
    case "UInt16":
      return new Uint16Array(reader.copy(rows * 2).buffer);
    case "UInt32":
      return new Uint32Array(reader.copy(rows * 4).buffer);
    case "Int32":
      return new Int32Array(reader.copy(rows * 4).buffer);
    case "UInt64":
      return new BigUint64Array(reader.copy(rows * 8).buffer);
    case "Int64":
      return new BigInt64Array(reader.copy(rows * 8).buffer);
    case "String":
      return Array.from({ length: rows }, () => reader.bytes(reader.varint()));
    default:
      throw new TypeError(`no reader for a column of type ${type}`);
  }
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.byteLength;
  }

  varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new RangeError("the answer of the server ends in the midst");
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  bytes(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.byteLength) throw new RangeError("the answer of the server ends in the midst");
    const found = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return found;
  }

  /** In memory of its own, so that it is aligned. */
  copy(length: number): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(this.bytes(length));
  }

  text(): string {
    return decodeText(this.bytes(this.varint()));
  }
}

const decoder = new TextDecoder();

export const decodeText = (bytes: Uint8Array): string => decoder.decode(bytes);
