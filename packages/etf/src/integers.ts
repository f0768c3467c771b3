/** Integers of SMALL_BIG_EXT and LARGE_BIG_EXT: `length` bytes of magnitude, least significant first. */
import { tooLarge } from "./errors.ts";

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** The magnitude `bytes[start, start + length)` with its sign; a `number` where it is a safe integer. */
export function bigInteger(
  bytes: Uint8Array,
  start: number,
  length: number,
  negative: boolean,
): number | bigint {
  let significant = length;
  while (significant > 0 && bytes[start + significant - 1] === 0) significant--;
  if (significant <= 6 || (significant === 7 && bytes[start + 6]! < 32)) {
    let value = 0;
    for (let i = significant - 1; i >= 0; i--) value = value * 256 + bytes[start + i]!;
    return negative && value !== 0 ? -value : value;
  }
  const magnitude =
    significant <= 8 ? bigint64(bytes, start, significant) : bigintOf(bytes, start, significant);
  return negative ? -magnitude : magnitude;
}

function bigint64(bytes: Uint8Array, start: number, length: number): bigint {
  let low = 0;
  let high = 0;
  for (let i = 3; i >= 0; i--) low = low * 256 + bytes[start + i]!;
  for (let i = length - 1; i >= 4; i--) high = high * 256 + bytes[start + i]!;
  return (BigInt(high) << 32n) | BigInt(low);
}

function bigintOf(bytes: Uint8Array, start: number, length: number): bigint {
  // By way of hexadecimal text: engines parse it in linear time, where repeated shifting is quadratic.
  const parts: string[] = [];
  for (let i = start + length - 1; i >= start; i--) parts.push(HEX[bytes[i]!]!);
  try {
    return BigInt(`0x${parts.join("")}`);
  } catch (cause) {
    if (!(cause instanceof RangeError || cause instanceof SyntaxError)) throw cause;
    throw tooLarge(
      start,
      `The integer at byte ${start} has ${length} bytes, more than this engine's BigInt takes`,
    );
  }
}

/** The magnitude of `value` as bytes, least significant first. */
export function magnitudeBytes(value: bigint): Uint8Array {
  const magnitude = value < 0n ? -value : value;
  return magnitude < 1n << 64n ? bytes64(magnitude) : bytesOf(magnitude);
}

/** Up to 8 bytes: timestamps and most others. */
function bytes64(magnitude: bigint): Uint8Array {
  const halves = [Number(magnitude & 0xffffffffn), Number(magnitude >> 32n)];
  const bytes = new Uint8Array(8);
  for (let i = 0; i < 8; i++) bytes[i] = halves[i >> 2]! >>> (8 * (i & 3));
  let length = 8;
  while (length > 0 && bytes[length - 1] === 0) length--;
  return bytes.subarray(0, length);
}

function bytesOf(magnitude: bigint): Uint8Array {
  const hex = magnitude.toString(16);
  const length = (hex.length + 1) >> 1;
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    const end = hex.length - 2 * i;
    bytes[i] = Number.parseInt(hex.slice(Math.max(0, end - 2), end), 16);
  }
  return bytes;
}
