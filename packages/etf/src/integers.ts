/** Integers of SMALL_BIG_EXT and LARGE_BIG_EXT: `length` bytes of magnitude, least significant first. */
import { bigintBackwards } from "./bytes.ts";
import { tooLarge } from "./errors.ts";

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Bytes turned into text at a time, so that a long integer does not need an array of as many strings. */
const CHUNK = 4096;

function hexBackwards(bytes: Uint8Array, start: number, end: number): string {
  const parts: string[] = [];
  for (let i = end - 1; i >= start; i--) parts.push(HEX[bytes[i]!]!);
  return parts.join("");
}

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
    significant <= 8 ? bigintBackwards(bytes, start, significant) : bigintOf(bytes, start, significant);
  return negative ? -magnitude : magnitude;
}

function bigintOf(bytes: Uint8Array, start: number, length: number): bigint {
  // By way of hexadecimal text: engines parse it in linear time, where repeated shifting is quadratic.
  let text = "0x";
  for (let end = start + length; end > start; end -= CHUNK) {
    text += hexBackwards(bytes, Math.max(start, end - CHUNK), end);
  }
  try {
    return BigInt(text);
  } catch (cause) {
    if (!(cause instanceof RangeError || cause instanceof SyntaxError)) throw cause;
    throw tooLarge(
      start,
      `The integer at byte ${start} has ${length} bytes, more than this engine's BigInt takes`,
    );
  }
}

/** `magnitude`, which is not negative, as bytes, least significant first. */
export function magnitudeBytes(magnitude: bigint): Uint8Array {
  const hex = magnitude.toString(16);
  const length = (hex.length + 1) >> 1;
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    const end = hex.length - 2 * i;
    bytes[i] = Number.parseInt(hex.slice(Math.max(0, end - 2), end), 16);
  }
  return bytes;
}
