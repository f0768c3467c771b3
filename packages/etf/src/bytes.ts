/** Reads of fixed width, all big-endian. The caller has checked that the bytes are there. */
export const uint16 = (bytes: Uint8Array, at: number): number => (bytes[at]! << 8) | bytes[at + 1]!;

export const int32 = (bytes: Uint8Array, at: number): number =>
  (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;

export const uint32 = (bytes: Uint8Array, at: number): number => int32(bytes, at) >>> 0;

export const uint64 = (bytes: Uint8Array, at: number): bigint =>
  (BigInt(uint32(bytes, at)) << 32n) | BigInt(uint32(bytes, at + 4));

// One scratch of eight bytes, seen as bytes, as a double and as an integer: the quickest way from one to the other.
const double = new Float64Array(1);
const doubleBytes = new Uint8Array(double.buffer);
const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

const word = new BigUint64Array(double.buffer);

/** `length` (at most 8) bytes at `at`, least significant first, as a `bigint`. */
export function bigintBackwards(bytes: Uint8Array, at: number, length: number): bigint {
  double[0] = 0;
  for (let i = 0; i < length; i++) doubleBytes[littleEndian ? i : 7 - i] = bytes[at + i]!;
  return word[0]!;
}

/** Writes `value`, which has 64 bits at most, at `at`, least significant byte first; gives the number of bytes it takes. */
export function putBigintBackwards(bytes: Uint8Array, at: number, value: bigint): number {
  word[0] = value;
  let length = 8;
  while (length > 1 && doubleBytes[littleEndian ? length - 1 : 8 - length] === 0) length--;
  for (let i = 0; i < length; i++) bytes[at + i] = doubleBytes[littleEndian ? i : 7 - i]!;
  return length;
}

/** IEEE 754 double at `at`. */
export function float64(bytes: Uint8Array, at: number): number {
  for (let i = 0; i < 8; i++) doubleBytes[littleEndian ? 7 - i : i] = bytes[at + i]!;
  return double[0]!;
}

/** Writes `value` as an IEEE 754 double at `at`. */
export function putFloat64(bytes: Uint8Array, at: number, value: number): void {
  double[0] = value;
  for (let i = 0; i < 8; i++) bytes[at + i] = doubleBytes[littleEndian ? 7 - i : i]!;
}
