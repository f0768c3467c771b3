/** Reads of fixed width, all big-endian. The caller has checked that the bytes are there. */
export const uint16 = (bytes: Uint8Array, at: number): number => (bytes[at]! << 8) | bytes[at + 1]!;

export const int32 = (bytes: Uint8Array, at: number): number =>
  (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;

export const uint32 = (bytes: Uint8Array, at: number): number => int32(bytes, at) >>> 0;

export const uint64 = (bytes: Uint8Array, at: number): bigint =>
  (BigInt(uint32(bytes, at)) << 32n) | BigInt(uint32(bytes, at + 4));

const double = new Float64Array(1);
const doubleBytes = new Uint8Array(double.buffer);
const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

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
