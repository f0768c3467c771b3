/** Text of atoms. Atoms repeat, so a small table of recent ones saves building the same string again and again. */
import { invalid } from "./errors.ts";

const MAX_ATOM_CHARACTERS = 255;
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

// Direct-mapped and of fixed size: a flood of atoms overwrites slots and leaks nothing.
const SLOTS = 1024;
const recent: string[] = Array.from({ length: SLOTS }, () => "");

/** ASCII text of `bytes[start, end)` from the table, or built; `undefined` where a byte is above 127. */
function asciiText(bytes: Uint8Array, start: number, end: number): string | undefined {
  const length = end - start;
  if (length === 0) return "";
  // Four samples choose the slot: names that agree in them only push each other out of it.
  const last = bytes[end - 1]!;
  const hash =
    length +
    bytes[start]! * 5 +
    last * 67 +
    bytes[start + (length >> 1)]! * 277 +
    bytes[start + (length >> 2)]! * 1031;
  const slot = (hash ^ (hash >>> 10)) & (SLOTS - 1);
  const known = recent[slot]!;
  if (known.length === length && sameAscii(known, bytes, start)) return known;
  let text = "";
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    if (byte > 127) return undefined;
    text += String.fromCharCode(byte);
  }
  recent[slot] = text;
  return text;
}

function sameAscii(text: string, bytes: Uint8Array, start: number): boolean {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) !== bytes[start + i]) return false;
  }
  return true;
}

function latin1Text(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i]!);
  return text;
}

function utf8Text(bytes: Uint8Array, start: number, end: number): string {
  try {
    return strictUtf8.decode(bytes.subarray(start, end));
  } catch {
    throw invalid(start, "the name of an atom is not UTF-8");
  }
}

/** Number of code points. */
export function characters(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** The name of an atom whose characters are `bytes[start, end)`. @throws EtfError ETF_INVALID */
export function atomText(bytes: Uint8Array, start: number, end: number, utf8: boolean): string {
  const text =
    asciiText(bytes, start, end) ?? (utf8 ? utf8Text(bytes, start, end) : latin1Text(bytes, start, end));
  if (text.length > MAX_ATOM_CHARACTERS && characters(text) > MAX_ATOM_CHARACTERS) {
    throw invalid(start, "the name of an atom has more than 255 characters");
  }
  return text;
}
