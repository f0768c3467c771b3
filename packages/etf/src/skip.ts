import { uint16, uint32 } from "./bytes.ts";
import { badTag, truncated } from "./errors.ts";
import { inflatedEnd } from "./inflate.ts";
import {
  ATOM_CACHE_REF,
  ATOM_EXT,
  ATOM_UTF8_EXT,
  BINARY_EXT,
  BIT_BINARY_EXT,
  COMPRESSED,
  EXPORT_EXT,
  FLOAT_EXT,
  FUN_EXT,
  INTEGER_EXT,
  LARGE_BIG_EXT,
  LARGE_TUPLE_EXT,
  LIST_EXT,
  LOCAL_EXT,
  MAP_EXT,
  NEW_FLOAT_EXT,
  NEW_FUN_EXT,
  NEW_PID_EXT,
  NEW_PORT_EXT,
  NEW_REFERENCE_EXT,
  NEWER_REFERENCE_EXT,
  NIL_EXT,
  PID_EXT,
  PORT_EXT,
  REFERENCE_EXT,
  SMALL_ATOM_EXT,
  SMALL_ATOM_UTF8_EXT,
  SMALL_BIG_EXT,
  SMALL_INTEGER_EXT,
  SMALL_TUPLE_EXT,
  STRING_EXT,
  V4_PORT_EXT,
} from "./tags.ts";

/** Offset just behind the atom at `at` (any atom tag, or a cache reference). */
function atomEnd(bytes: Uint8Array, at: number): number {
  const end = bytes.length;
  if (at >= end) throw truncated(end);
  const tag = bytes[at]!;
  let next: number;
  switch (tag) {
    case SMALL_ATOM_UTF8_EXT:
    case SMALL_ATOM_EXT:
      next = at + 1 < end ? at + 2 + bytes[at + 1]! : end + 1;
      break;
    case ATOM_EXT:
    case ATOM_UTF8_EXT:
      next = at + 2 < end ? at + 3 + uint16(bytes, at + 1) : end + 1;
      break;
    case ATOM_CACHE_REF:
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
      case SMALL_INTEGER_EXT:
      case ATOM_CACHE_REF:
        next = at + 2;
        break;
      case INTEGER_EXT:
        next = at + 5;
        break;
      case NEW_FLOAT_EXT:
        next = at + 9;
        break;
      case FLOAT_EXT:
        next = at + 32;
        break;
      case NIL_EXT:
        next = at + 1;
        break;
      case SMALL_ATOM_UTF8_EXT:
      case SMALL_ATOM_EXT:
        if (at + 2 > end) throw truncated(at, tag);
        next = at + 2 + bytes[at + 1]!;
        break;
      case ATOM_EXT:
      case ATOM_UTF8_EXT:
      case STRING_EXT:
        if (at + 3 > end) throw truncated(at, tag);
        next = at + 3 + uint16(bytes, at + 1);
        break;
      case SMALL_TUPLE_EXT:
        if (at + 2 > end) throw truncated(at, tag);
        pending += bytes[at + 1]!;
        next = at + 2;
        if (pending - 1 > end - next) throw truncated(at, tag);
        break;
      case LARGE_TUPLE_EXT:
        if (at + 5 > end) throw truncated(at, tag);
        pending += uint32(bytes, at + 1);
        next = at + 5;
        if (pending - 1 > end - next) throw truncated(at, tag);
        break;
      case LIST_EXT:
        if (at + 5 > end) throw truncated(at, tag);
        pending += uint32(bytes, at + 1) + 1;
        next = at + 5;
        if (pending - 1 > end - next) throw truncated(at, tag);
        break;
      case MAP_EXT:
        if (at + 5 > end) throw truncated(at, tag);
        pending += 2 * uint32(bytes, at + 1);
        next = at + 5;
        if (pending - 1 > end - next) throw truncated(at, tag);
        break;
      case BINARY_EXT:
        if (at + 5 > end) throw truncated(at, tag);
        next = at + 5 + uint32(bytes, at + 1);
        break;
      case BIT_BINARY_EXT:
        if (at + 6 > end) throw truncated(at, tag);
        next = at + 6 + uint32(bytes, at + 1);
        break;
      case SMALL_BIG_EXT:
        if (at + 3 > end) throw truncated(at, tag);
        next = at + 3 + bytes[at + 1]!;
        break;
      case LARGE_BIG_EXT:
        if (at + 6 > end) throw truncated(at, tag);
        next = at + 6 + uint32(bytes, at + 1);
        break;
      case NEW_PID_EXT:
      case V4_PORT_EXT:
        next = atomEnd(bytes, at + 1) + 12;
        break;
      case PID_EXT:
        next = atomEnd(bytes, at + 1) + 9;
        break;
      case NEW_PORT_EXT:
        next = atomEnd(bytes, at + 1) + 8;
        break;
      case PORT_EXT:
      case REFERENCE_EXT:
        next = atomEnd(bytes, at + 1) + 5;
        break;
      case NEWER_REFERENCE_EXT:
        if (at + 3 > end) throw truncated(at, tag);
        next = atomEnd(bytes, at + 3) + 4 + 4 * uint16(bytes, at + 1);
        break;
      case NEW_REFERENCE_EXT:
        if (at + 3 > end) throw truncated(at, tag);
        next = atomEnd(bytes, at + 3) + 1 + 4 * uint16(bytes, at + 1);
        break;
      case EXPORT_EXT:
        // Module and function are atoms, the arity a SMALL_INTEGER_EXT.
        next = atomEnd(bytes, atomEnd(bytes, at + 1)) + 2;
        break;
      case NEW_FUN_EXT:
        // Size, arity, 16 bytes of uniq, index, number of free variables; then module, old index, old uniq, pid
        // and the free variables, each a term. Size is not believed: we walk.
        if (at + 30 > end) throw truncated(at, tag);
        pending += 4 + uint32(bytes, at + 26);
        next = at + 30;
        if (pending - 1 > end - next) throw truncated(at, tag);
        break;
      case FUN_EXT:
        // Number of free variables; then pid, module, index, uniq and the free variables, each a term.
        if (at + 5 > end) throw truncated(at, tag);
        pending += 4 + uint32(bytes, at + 1);
        next = at + 5;
        if (pending - 1 > end - next) throw truncated(at, tag);
        break;
      case COMPRESSED:
        if (at !== offset) throw badTag(at, tag);
        if (at + 5 > end) throw truncated(at, tag);
        return inflatedEnd(bytes, at + 5);
      case LOCAL_EXT:
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
