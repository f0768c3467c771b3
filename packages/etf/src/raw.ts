/**
 * Readers of single pieces of a term in place, for scanners that must not build terms: they allocate nothing but the
 * strings and bigints that they give back.
 */
import { int32, uint16, uint32 } from "./bytes.ts";
import { badTag, invalid, truncated } from "./errors.ts";
import { bigInteger } from "./integers.ts";
import {
  ATOM_UTF8_EXT,
  LARGE_TUPLE_EXT,
  LIST_EXT,
  NIL_EXT,
  SMALL_ATOM_UTF8_EXT,
  SMALL_TUPLE_EXT,
  STRING_EXT,
} from "./tags.ts";
import type { Atom } from "./terms.ts";
import { atomText } from "./text.ts";

/** Filled in by {@link readTupleHeader} and {@link readListHeader}; make one and use it again and again. */
export interface Header {
  /** Elements of the tuple, or items of the list. */
  count: number;
  /** Offset of the first element. */
  start: number;
}

/** Arity of the tuple at `offset`, or -1 where there is no tuple. @throws EtfError ETF_TRUNCATED */
export function tupleArity(bytes: Uint8Array, offset: number): number {
  const tag = tagAt(bytes, offset);
  if (tag === SMALL_TUPLE_EXT) {
    need(bytes, offset, 2, tag);
    return bytes[offset + 1]!;
  }
  if (tag !== LARGE_TUPLE_EXT) return -1;
  need(bytes, offset, 5, tag);
  return uint32(bytes, offset + 1);
}

/** Reads the header of the tuple at `offset` into `out`; false (and `out` untouched) where there is no tuple. @throws EtfError ETF_TRUNCATED */
export function readTupleHeader(bytes: Uint8Array, offset: number, out: Header): boolean {
  const arity = tupleArity(bytes, offset);
  if (arity < 0) return false;
  out.count = arity;
  out.start = offset + (bytes[offset] === SMALL_TUPLE_EXT ? 2 : 5);
  return true;
}

/**
 * Reads the header of the list at `offset` into `out`; false where there is none. Only for lists of terms and the empty list: a STRING_EXT,
 * whose items are bare bytes, gives false too. Behind the items of a list that is not empty comes its tail (a NIL_EXT for a
 * proper list).
 * @throws EtfError ETF_TRUNCATED
 */
export function readListHeader(bytes: Uint8Array, offset: number, out: Header): boolean {
  const tag = tagAt(bytes, offset);
  if (tag === NIL_EXT) {
    out.count = 0;
    out.start = offset + 1;
    return true;
  }
  if (tag !== LIST_EXT) return false;
  need(bytes, offset, 5, tag);
  out.count = uint32(bytes, offset + 1);
  out.start = offset + 5;
  return true;
}

/** Length of the list at `offset` (its tail not counted), or -1 where there is none. @throws EtfError ETF_TRUNCATED */
export function listLength(bytes: Uint8Array, offset: number): number {
  const tag = tagAt(bytes, offset);
  if (tag === NIL_EXT) return 0;
  if (tag === STRING_EXT) {
    need(bytes, offset, 3, tag);
    return uint16(bytes, offset + 1);
  }
  if (tag !== LIST_EXT) return -1;
  need(bytes, offset, 5, tag);
  return uint32(bytes, offset + 1);
}

/** Name of the atom at `offset`. @throws EtfError ETF_TRUNCATED, ETF_BAD_TAG (no atom), ETF_INVALID */
export function readAtomName(
  bytes: Uint8Array,
  offset: number,
  atomCache?: readonly (Atom | undefined)[],
): string {
  const tag = tagAt(bytes, offset);
  switch (tag) {
    case 119: // SMALL_ATOM_UTF8_EXT
    case 115: {
      // SMALL_ATOM_EXT
      need(bytes, offset, 2, tag);
      const length = bytes[offset + 1]!;
      need(bytes, offset, 2 + length, tag);
      return atomText(bytes, offset + 2, offset + 2 + length, tag === SMALL_ATOM_UTF8_EXT);
    }
    case 118: // ATOM_UTF8_EXT
    case 100: {
      // ATOM_EXT
      need(bytes, offset, 3, tag);
      const length = uint16(bytes, offset + 1);
      need(bytes, offset, 3 + length, tag);
      return atomText(bytes, offset + 3, offset + 3 + length, tag === ATOM_UTF8_EXT);
    }
    case 82: {
      // ATOM_CACHE_REF
      need(bytes, offset, 2, tag);
      const known = atomCache?.[bytes[offset + 1]!];
      if (!known) throw invalid(offset, `no atom ${bytes[offset + 1]!} in the atom cache`, tag);
      return known.name;
    }
    default:
      throw badTag(offset, tag, "an atom");
  }
}

/** The integer at `offset`: `number` while safe, `bigint` beyond. @throws EtfError ETF_TRUNCATED, ETF_BAD_TAG (no integer), ETF_TOO_LARGE */
export function readInteger(bytes: Uint8Array, offset: number): number | bigint {
  const tag = tagAt(bytes, offset);
  switch (tag) {
    case 97: // SMALL_INTEGER_EXT
      need(bytes, offset, 2, tag);
      return bytes[offset + 1]!;
    case 98: // INTEGER_EXT
      need(bytes, offset, 5, tag);
      return int32(bytes, offset + 1);
    case 110: {
      // SMALL_BIG_EXT
      need(bytes, offset, 3, tag);
      const length = bytes[offset + 1]!;
      need(bytes, offset, 3 + length, tag);
      return bigInteger(bytes, offset + 3, length, bytes[offset + 2] !== 0);
    }
    case 111: {
      // LARGE_BIG_EXT
      need(bytes, offset, 6, tag);
      const length = uint32(bytes, offset + 1);
      need(bytes, offset, 6 + length, tag);
      return bigInteger(bytes, offset + 6, length, bytes[offset + 5] !== 0);
    }
    default:
      throw badTag(offset, tag, "an integer");
  }
}

function tagAt(bytes: Uint8Array, offset: number): number {
  if (offset >= bytes.length) throw truncated(offset);
  return bytes[offset]!;
}

function need(bytes: Uint8Array, offset: number, size: number, tag: number): void {
  if (offset + size > bytes.length) throw truncated(offset, tag);
}
