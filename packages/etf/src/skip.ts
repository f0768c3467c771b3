import { uint16, uint32 } from "./bytes.ts";
import { badTag, truncated } from "./errors.ts";
import { inflatedEnd } from "./inflate.ts";

// The cases of the switches here and in decoder.ts are literals, since V8 makes a jump table of literals only: with
// imported constants, skipping takes three times as long.

/** Offset just behind the atom at `at` (any atom tag, or a cache reference). */
function atomEnd(bytes: Uint8Array, at: number): number {
  const end = bytes.length;
  if (at >= end) throw truncated(end);
  const tag = bytes[at]!;
  let next: number;
  switch (tag) {
    case 119: // SMALL_ATOM_UTF8_EXT
    case 115: // SMALL_ATOM_EXT
      next = at + 1 < end ? at + 2 + bytes[at + 1]! : end + 1;
      break;
    case 100: // ATOM_EXT
    case 118: // ATOM_UTF8_EXT
      next = at + 2 < end ? at + 3 + uint16(bytes, at + 1) : end + 1;
      break;
    case 82: // ATOM_CACHE_REF
      next = at + 2;
      break;
    default:
      throw badTag(at, tag, "an atom");
  }
  if (next > end) throw truncated(at, tag);
  return next;
}

/**
 * Offset just behind the term (without version byte) that starts at `offset`. Builds nothing, recurses never, and
 * does not look at what it need not: bad UTF-8 in an atom, say, passes here and fails in `decodeTerm`. Where `decodeTerm` succeeds,
 * its `end` is this function's result.
 *
 * @throws EtfError ETF_TRUNCATED, ETF_BAD_TAG, ETF_INVALID (only for a broken zlib stream)
 */
export function skipTerm(bytes: Uint8Array, offset: number): number {
  const end = bytes.length;
  let at = offset;
  // Terms still to come. Every term has at least one byte, so more of them than bytes left is a truncated input;
  // this keeps the counter far below 2^53 whatever lengths are claimed.
  let pending = 1;
  do {
    if (at >= end) throw truncated(at);
    const tag = bytes[at]!;
    let next = at;
    switch (tag) {
      case 97: // SMALL_INTEGER_EXT
      case 82: // ATOM_CACHE_REF
        next = at + 2;
        break;
      case 98: // INTEGER_EXT
        next = at + 5;
        break;
      case 70: // NEW_FLOAT_EXT
        next = at + 9;
        break;
      case 99: // FLOAT_EXT
        next = at + 32;
        break;
      case 106: // NIL_EXT
        next = at + 1;
        break;
      case 119: // SMALL_ATOM_UTF8_EXT
      case 115: // SMALL_ATOM_EXT
        if (at + 2 > end) throw truncated(at, tag);
        next = at + 2 + bytes[at + 1]!;
        break;
      case 100: // ATOM_EXT
      case 118: // ATOM_UTF8_EXT
      case 107: // STRING_EXT
        if (at + 3 > end) throw truncated(at, tag);
        next = at + 3 + uint16(bytes, at + 1);
        break;
      case 104: // SMALL_TUPLE_EXT
        if (at + 2 > end) throw truncated(at, tag);
        pending += bytes[at + 1]!;
        next = at + 2;
        if (pending - 1 > end - next) throw truncated(at, tag);
        break;
      case 105: // LARGE_TUPLE_EXT
        if (at + 5 > end) throw truncated(at, tag);
        pending += uint32(bytes, at + 1);
        next = at + 5;
        if (pending - 1 > end - next) throw truncated(at, tag);
        break;
      case 108: // LIST_EXT
        if (at + 5 > end) throw truncated(at, tag);
        pending += uint32(bytes, at + 1) + 1;
        next = at + 5;
        if (pending - 1 > end - next) throw truncated(at, tag);
        break;
      case 116: // MAP_EXT
        if (at + 5 > end) throw truncated(at, tag);
        pending += 2 * uint32(bytes, at + 1);
        next = at + 5;
        if (pending - 1 > end - next) throw truncated(at, tag);
        break;
      case 109: // BINARY_EXT
        if (at + 5 > end) throw truncated(at, tag);
        next = at + 5 + uint32(bytes, at + 1);
        break;
      case 77: // BIT_BINARY_EXT
        if (at + 6 > end) throw truncated(at, tag);
        next = at + 6 + uint32(bytes, at + 1);
        break;
      case 110: // SMALL_BIG_EXT
        if (at + 3 > end) throw truncated(at, tag);
        next = at + 3 + bytes[at + 1]!;
        break;
      case 111: // LARGE_BIG_EXT
        if (at + 6 > end) throw truncated(at, tag);
        next = at + 6 + uint32(bytes, at + 1);
        break;
      case 88: // NEW_PID_EXT
      case 120: // V4_PORT_EXT
        next = atomEnd(bytes, at + 1) + 12;
        break;
      case 103: // PID_EXT
        next = atomEnd(bytes, at + 1) + 9;
        break;
      case 89: // NEW_PORT_EXT
        next = atomEnd(bytes, at + 1) + 8;
        break;
      case 102: // PORT_EXT
      case 101: // REFERENCE_EXT
        next = atomEnd(bytes, at + 1) + 5;
        break;
      case 90: // NEWER_REFERENCE_EXT
        if (at + 3 > end) throw truncated(at, tag);
        next = atomEnd(bytes, at + 3) + 4 + 4 * uint16(bytes, at + 1);
        break;
      case 114: // NEW_REFERENCE_EXT
        if (at + 3 > end) throw truncated(at, tag);
        next = atomEnd(bytes, at + 3) + 1 + 4 * uint16(bytes, at + 1);
        break;
      case 113: // EXPORT_EXT
        // Module and function are atoms, the arity a SMALL_INTEGER_EXT.
        next = atomEnd(bytes, atomEnd(bytes, at + 1)) + 2;
        break;
      case 112: // NEW_FUN_EXT
        // Size, arity, 16 bytes of uniq, index, number of free variables; then module, old index, old uniq, pid
        // and the free variables, each a term. Size is not believed: we walk.
        if (at + 30 > end) throw truncated(at, tag);
        pending += 4 + uint32(bytes, at + 26);
        next = at + 30;
        if (pending - 1 > end - next) throw truncated(at, tag);
        break;
      case 117: // FUN_EXT
        // Number of free variables; then pid, module, index, uniq and the free variables, each a term.
        if (at + 5 > end) throw truncated(at, tag);
        pending += 4 + uint32(bytes, at + 1);
        next = at + 5;
        if (pending - 1 > end - next) throw truncated(at, tag);
        break;
      case 67: // native record
        // Number of fields, flags; then module, name, the fields' names and their values, each a term.
        if (at + 6 > end) throw truncated(at, tag);
        pending += 2 + 2 * uint32(bytes, at + 1);
        next = at + 6;
        if (pending - 1 > end - next) throw truncated(at, tag);
        break;
      case 80: // COMPRESSED
        if (at !== offset) throw badTag(at, tag);
        if (at + 5 > end) throw truncated(at, tag);
        return inflatedEnd(bytes, at + 5);
      case 121: // LOCAL_EXT
        // Opaque up to the end of the input, so that it can only stand alone.
        if (at !== offset) throw badTag(at, tag);
        return end;
      default:
        throw badTag(at, tag);
    }
    if (next > end) throw truncated(at, tag);
    at = next;
    pending--;
  } while (pending > 0);
  return at;
}
