/**
 * zlib streams (RFC 1950, RFC 1951) for compressed terms. Written here rather than taken from a library because a compressed term
 * says neither how long its zlib stream is (we need the offset behind it) nor truly how much comes out of it (we
 * need a bound that holds before memory is allocated), and because terms must be checked against the stream's Adler-32.
 */
import { invalid, tooLarge, truncated } from "./errors.ts";

const MAX_BITS = 15;
const LENGTH_BASE = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195,
  227, 258,
];
const LENGTH_EXTRA = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCE_BASE = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097,
  6145, 8193, 12289, 16385, 24577,
];
const DISTANCE_EXTRA = [
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
];
const CODE_LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** A canonical Huffman code: how many codes of each length there are, and the symbols in order of their codes. */
interface Huffman {
  readonly count: Uint16Array;
  readonly symbol: Uint16Array;
}

/** Takes the bytes that come out of a stream; refuses to grow past its limit. */
interface Sink {
  readonly size: number;
  byte(value: number): void;
  /** Repeats `length` bytes from `distance` bytes back. */
  copy(distance: number, length: number): void;
  stored(bytes: Uint8Array): void;
}

/** Only counts: the end of a stream can be found without its contents. */
class CountingSink implements Sink {
  size = 0;
  byte(): void {
    this.size++;
  }
  copy(_distance: number, length: number): void {
    this.size += length;
  }
  stored(bytes: Uint8Array): void {
    this.size += bytes.length;
  }
}

class BufferSink implements Sink {
  size = 0;
  #buffer: Uint8Array;
  readonly #limit: number;
  readonly #offset: number;

  constructor(limit: number, offset: number) {
    this.#limit = limit;
    this.#offset = offset;
    this.#buffer = new Uint8Array(Math.min(limit, 4096));
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#buffer[this.size++] = value;
  }

  copy(distance: number, length: number): void {
    this.#reserve(length);
    const buffer = this.#buffer;
    // Byte by byte, since source and target overlap where distance < length.
    for (let i = 0; i < length; i++, this.size++) buffer[this.size] = buffer[this.size - distance]!;
  }

  stored(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.size);
    this.size += bytes.length;
  }

  result(): Uint8Array {
    return this.#buffer.subarray(0, this.size);
  }

  #reserve(extra: number): void {
    const needed = this.size + extra;
    if (needed <= this.#buffer.length) return;
    if (needed > this.#limit) {
      throw tooLarge(
        this.#offset,
        `The zlib stream at byte ${this.#offset} inflates to more than the ${this.#limit} bytes that it should`,
      );
    }
    const grown = new Uint8Array(Math.min(this.#limit, Math.max(needed, this.#buffer.length * 2)));
    grown.set(this.#buffer.subarray(0, this.size));
    this.#buffer = grown;
  }
}

class Inflater {
  at: number;
  readonly #bytes: Uint8Array;
  readonly #start: number;
  readonly #sink: Sink;
  #bitBuffer = 0;
  #bitCount = 0;

  constructor(bytes: Uint8Array, start: number, sink: Sink) {
    this.#bytes = bytes;
    this.#start = start;
    this.#sink = sink;
    this.at = start;
  }

  /** Reads the whole zlib stream; afterwards `at` is the offset behind it. Returns its Adler-32. */
  run(): number {
    this.#header();
    let last = 0;
    while (last === 0) {
      last = this.#bits(1);
      this.#block(this.#bits(2));
    }
    // The checksum starts at the next whole byte.
    this.#bitBuffer = 0;
    this.#bitCount = 0;
    let checksum = 0;
    for (let i = 0; i < 4; i++) checksum = ((checksum << 8) | this.#byte()) >>> 0;
    return checksum;
  }

  #header(): void {
    const method = this.#byte();
    const flags = this.#byte();
    if ((method & 15) !== 8 || ((method << 8) | flags) % 31 !== 0 || (flags & 32) !== 0) {
      throw invalid(this.#start, "no zlib header behind the length of a compressed term");
    }
  }

  #block(kind: number): void {
    if (kind === 0) this.#stored();
    else if (kind === 1) this.#codes(FIXED_LENGTHS, FIXED_DISTANCES);
    else if (kind === 2) this.#dynamic();
    else throw invalid(this.at, "unknown block type in a zlib stream");
  }

  #stored(): void {
    this.#bitBuffer = 0;
    this.#bitCount = 0;
    const length = this.#byte() | (this.#byte() << 8);
    const complement = this.#byte() | (this.#byte() << 8);
    if (length !== (~complement & 0xffff))
      throw invalid(this.at, "stored block of a zlib stream with a wrong length");
    if (this.at + length > this.#bytes.length) throw truncated(this.#start);
    this.#sink.stored(this.#bytes.subarray(this.at, this.at + length));
    this.at += length;
  }

  #dynamic(): void {
    const lengthCodes = this.#bits(5) + 257;
    const distanceCodes = this.#bits(5) + 1;
    const codeLengthCodes = this.#bits(4) + 4;
    const lengths = new Uint8Array(320);
    for (let i = 0; i < codeLengthCodes; i++) lengths[CODE_LENGTH_ORDER[i]!] = this.#bits(3);
    const codeLengths = huffman(lengths.subarray(0, 19), this.at);
    lengths.fill(0);
    this.#codeLengths(codeLengths, lengths, lengthCodes + distanceCodes);
    if (lengths[256] === 0) throw invalid(this.at, "block of a zlib stream without an end code");
    this.#codes(
      huffman(lengths.subarray(0, lengthCodes), this.at),
      huffman(lengths.subarray(lengthCodes, lengthCodes + distanceCodes), this.at),
    );
  }

  #codeLengths(code: Huffman, lengths: Uint8Array, total: number): void {
    let index = 0;
    while (index < total) {
      const symbol = this.#symbol(code);
      if (symbol < 16) {
        lengths[index++] = symbol;
        continue;
      }
      if (symbol === 16 && index === 0) throw invalid(this.at, "zlib code lengths repeat nothing");
      const value = symbol === 16 ? lengths[index - 1]! : 0;
      const repeat =
        symbol === 16 ? 3 + this.#bits(2) : symbol === 17 ? 3 + this.#bits(3) : 11 + this.#bits(7);
      if (index + repeat > total) throw invalid(this.at, "too many code lengths in a zlib stream");
      lengths.fill(value, index, index + repeat);
      index += repeat;
    }
  }

  #codes(lengthCode: Huffman, distanceCode: Huffman): void {
    const sink = this.#sink;
    for (;;) {
      const symbol = this.#symbol(lengthCode);
      if (symbol < 256) {
        sink.byte(symbol);
        continue;
      }
      if (symbol === 256) return;
      if (symbol > 285) throw invalid(this.at, "invalid length code in a zlib stream");
      const length = LENGTH_BASE[symbol - 257]! + this.#bits(LENGTH_EXTRA[symbol - 257]!);
      const code = this.#symbol(distanceCode);
      if (code > 29) throw invalid(this.at, "invalid distance code in a zlib stream");
      const distance = DISTANCE_BASE[code]! + this.#bits(DISTANCE_EXTRA[code]!);
      if (distance > sink.size) throw invalid(this.at, "zlib distance reaches before the start of the data");
      sink.copy(distance, length);
    }
  }

  #symbol(code: Huffman): number {
    let value = 0;
    let first = 0;
    let index = 0;
    for (let length = 1; length <= MAX_BITS; length++) {
      value |= this.#bits(1);
      const count = code.count[length]!;
      if (value - count < first) return code.symbol[index + (value - first)]!;
      index += count;
      first = (first + count) << 1;
      value <<= 1;
    }
    throw invalid(this.at, "no such Huffman code in a zlib stream");
  }

  #bits(need: number): number {
    while (this.#bitCount < need) {
      this.#bitBuffer |= this.#byte() << this.#bitCount;
      this.#bitCount += 8;
    }
    const value = this.#bitBuffer & ((1 << need) - 1);
    this.#bitBuffer >>>= need;
    this.#bitCount -= need;
    return value;
  }

  #byte(): number {
    const value = this.#bytes[this.at];
    if (value === undefined) throw truncated(this.#start);
    this.at++;
    return value;
  }
}

function huffman(lengths: Uint8Array, at = 0): Huffman {
  const count = new Uint16Array(MAX_BITS + 1);
  for (const length of lengths) count[length]!++;
  let left = 1;
  for (let length = 1; length <= MAX_BITS; length++) {
    left = left * 2 - count[length]!;
    if (left < 0) throw invalid(at, "over-subscribed Huffman code in a zlib stream");
  }
  const offsets = new Uint16Array(MAX_BITS + 1);
  for (let length = 1; length < MAX_BITS; length++) offsets[length + 1] = offsets[length]! + count[length]!;
  const symbol = new Uint16Array(lengths.length);
  lengths.forEach((length, value) => {
    if (length !== 0) symbol[offsets[length]!++] = value;
  });
  return { count, symbol };
}

const fixedLengths = new Uint8Array(288).fill(8);
fixedLengths.fill(9, 144, 256).fill(7, 256, 280);
const FIXED_LENGTHS = huffman(fixedLengths);
const FIXED_DISTANCES = huffman(new Uint8Array(30).fill(5));

function adler32(bytes: Uint8Array): number {
  let a = 1;
  let b = 0;
  for (let i = 0; i < bytes.length; ) {
    // 3,800 steps keep both sums below 2^32.
    const stop = Math.min(i + 3800, bytes.length);
    for (; i < stop; i++) {
      a += bytes[i]!;
      b += a;
    }
    a %= 65521;
    b %= 65521;
  }
  return ((b << 16) | a) >>> 0;
}

/**
 * Inflates the zlib stream at `start`, giving at most `limit` bytes.
 * @throws EtfError ETF_TRUNCATED, ETF_INVALID, ETF_TOO_LARGE
 */
export function inflate(bytes: Uint8Array, start: number, limit: number): { data: Uint8Array; end: number } {
  const sink = new BufferSink(limit, start);
  const inflater = new Inflater(bytes, start, sink);
  const checksum = inflater.run();
  const data = sink.result();
  if (adler32(data) !== checksum) throw invalid(start, "a compressed term's checksum does not match");
  return { data, end: inflater.at };
}

/** Offset behind the zlib stream at `start`; memory use does not depend on what is in it. */
export function inflatedEnd(bytes: Uint8Array, start: number): number {
  const inflater = new Inflater(bytes, start, new CountingSink());
  inflater.run();
  return inflater.at;
}
