import { putBigintBackwards, putFloat64 } from "./bytes.ts";
import { tooDeep, tooLarge, unencodable } from "./errors.ts";
import { magnitudeBytes } from "./integers.ts";
import { DEFAULT_MAX_DEPTH } from "./limits.ts";
import {
  ATOM_UTF8_EXT,
  BINARY_EXT,
  BIT_BINARY_EXT,
  EXPORT_EXT,
  INTEGER_EXT,
  LARGE_BIG_EXT,
  LARGE_TUPLE_EXT,
  LIST_EXT,
  LOCAL_EXT,
  MAP_EXT,
  NATIVE_RECORD,
  NEW_FLOAT_EXT,
  NEW_FUN_EXT,
  NEW_PID_EXT,
  NEW_PORT_EXT,
  NEWER_REFERENCE_EXT,
  NIL_EXT,
  SMALL_ATOM_UTF8_EXT,
  SMALL_BIG_EXT,
  SMALL_INTEGER_EXT,
  SMALL_TUPLE_EXT,
  STRING_EXT,
  V4_PORT_EXT,
  VERSION,
} from "./tags.ts";
import {
  Atom,
  BitString,
  ErlangMap,
  ExportFun,
  Float,
  Fun,
  ImproperList,
  LocalTerm,
  NativeRecord,
  Pid,
  Port,
  Reference,
  type Term,
  Tuple,
} from "./terms.ts";
import { characters } from "./text.ts";

const textEncoder = new TextEncoder();
/** Ports up to 28 bits travel in the form that every OTP release reads. */
const MAX_V3_PORT = (1n << 28n) - 1n;
const MAX_UINT64 = (1n << 64n) - 1n;
const MAX_UINT32 = 0xffffffff;
/** In a pattern with the u flag, only a surrogate without its other half matches. */
const LONE_SURROGATE = /\p{Surrogate}/u;

export interface EncoderOptions {
  /** Bytes to start with, 256 by default; the buffer doubles when it is full. */
  readonly initialBytes?: number;
  /** Levels of nesting allowed, 512 by default. */
  readonly maxDepth?: number;
}

/** The parts of a NEW_FUN_EXT. */
export interface FunParts {
  readonly module: string;
  readonly arity: number;
  readonly index: number;
  /** 16 bytes (MD5 of the module). */
  readonly uniqBytes: Uint8Array;
  readonly oldIndex: number;
  readonly uniq: number;
  readonly pid: Pid;
  readonly free: readonly Term[];
}

/**
 * Writes terms one after another into one growing buffer, without version bytes between them: `version()` writes one where it belongs.
 * After an error the buffer holds half a term: `reset()` or `truncate()` before going on.
 */
export class Encoder {
  #buffer: Uint8Array;
  #at = 0;
  readonly #maxDepth: number;

  constructor(options?: EncoderOptions) {
    this.#buffer = new Uint8Array(Math.max(16, options?.initialBytes ?? 256));
    this.#maxDepth = options?.maxDepth ?? DEFAULT_MAX_DEPTH;
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#at;
  }

  /** Forgets everything written; keeps the buffer. Views from {@link bytes} are overwritten by what is written next. */
  reset(): void {
    this.#at = 0;
  }

  /** Forgets what was written behind the first `length` bytes. */
  truncate(length: number): void {
    this.#at = Math.min(this.#at, Math.max(0, length));
  }

  /** What was written: a view, valid until the next write. */
  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#at);
  }

  /** What was written, as a copy of its own. */
  toBytes(): Uint8Array {
    return this.#buffer.slice(0, this.#at);
  }

  /** Writes the version byte 131. */
  version(): this {
    return this.byte(VERSION);
  }

  /** Writes one byte. */
  byte(value: number): this {
    this.#reserve(1);
    this.#buffer[this.#at++] = value;
    return this;
  }

  /** Writes a big-endian uint32. */
  uint32(value: number): this {
    this.#reserve(4);
    this.#put32(value);
    return this;
  }

  /** Writes bytes as they are. */
  raw(bytes: Uint8Array): this {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#at);
    this.#at += bytes.length;
    return this;
  }

  /**
   * Writes one term, without version byte.
   * @throws EtfError ETF_UNENCODABLE, ETF_TOO_DEEP, ETF_TOO_LARGE
   */
  term(term: Term): this {
    this.#term(term, 0);
    return this;
  }

  #term(term: Term, depth: number): void {
    if (typeof term === "number") this.#number(term);
    else if (term instanceof Atom) this.#atom(term.name);
    else if (term instanceof Tuple) this.#tuple(term, depth);
    else if (term instanceof Uint8Array) this.#binary(term);
    else if (Array.isArray(term)) this.#list(term as readonly Term[], depth);
    else if (term instanceof Pid) this.#pid(term);
    else if (term instanceof ErlangMap) this.#map(term, depth);
    else if (term instanceof Float) this.#float(term.value);
    else if (typeof term === "bigint") this.#bigint(term);
    else if (term instanceof Reference) this.#reference(term);
    else if (term instanceof ImproperList) this.#improper(term, depth);
    else this.#rare(term, depth);
  }

  #rare(term: Term, depth: number): void {
    if (term instanceof BitString) this.#bitString(term);
    else if (term instanceof Port) this.#port(term);
    else if (term instanceof ExportFun) this.#exportFun(term);
    else if (term instanceof Fun) this.raw(term.bytes);
    else if (term instanceof NativeRecord) this.#nativeRecord(term, depth);
    else if (term instanceof LocalTerm) this.#localTerm(term, depth);
    else throw unencodable(this.#at, notATerm(term));
  }

  #localTerm(term: LocalTerm, depth: number): void {
    // It has no length: nothing could tell what comes behind it.
    if (depth > 0) throw unencodable(this.#at, "A node-local term cannot stand inside of another term");
    this.byte(LOCAL_EXT).raw(term.bytes);
  }

  #number(value: number): void {
    this.#reserve(5);
    if (value >= 0 && value <= 255 && Number.isInteger(value)) {
      this.#buffer[this.#at++] = SMALL_INTEGER_EXT;
      this.#buffer[this.#at++] = value;
    } else if ((value | 0) === value) {
      this.#buffer[this.#at++] = INTEGER_EXT;
      this.#put32(value);
    } else if (Number.isSafeInteger(value)) {
      this.#bigint(BigInt(value));
    } else {
      throw unencodable(
        this.#at,
        `${value} is no safe integer: use new Float(…) for a float, a bigint for a large integer`,
      );
    }
  }

  #bigint(value: bigint): void {
    if (value >= -0x80000000n && value <= 0x7fffffffn) {
      this.#number(Number(value));
      return;
    }
    const negative = value < 0n;
    const magnitude = negative ? -value : value;
    if (magnitude <= MAX_UINT64) {
      this.#reserve(11);
      const buffer = this.#buffer;
      const at = this.#at;
      const length = putBigintBackwards(buffer, at + 3, magnitude);
      buffer[at] = SMALL_BIG_EXT;
      buffer[at + 1] = length;
      buffer[at + 2] = negative ? 1 : 0;
      this.#at = at + 3 + length;
      return;
    }
    const bytes = magnitudeBytes(magnitude);
    if (bytes.length < 256) this.byte(SMALL_BIG_EXT).byte(bytes.length);
    else this.byte(LARGE_BIG_EXT).uint32(bytes.length);
    this.byte(negative ? 1 : 0).raw(bytes);
  }

  #float(value: number): void {
    if (!Number.isFinite(value)) throw unencodable(this.#at, `${value} is no float that Erlang has`);
    this.#reserve(9);
    this.#buffer[this.#at] = NEW_FLOAT_EXT;
    putFloat64(this.#buffer, this.#at + 1, value);
    this.#at += 9;
  }

  #atom(name: string): void {
    const length = name.length;
    // 255 characters are at most 510 UTF-16 units and 1,020 bytes of UTF-8.
    if (length > 255 && characters(name) > 255) {
      throw unencodable(this.#at, `An atom has at most 255 characters, this one has ${characters(name)}`);
    }
    this.#reserve(3 + 3 * length);
    const start = this.#at;
    const buffer = this.#buffer;
    let at = start + 2;
    for (let i = 0; i < length; i++) {
      const code = name.charCodeAt(i);
      if (code > 127) {
        this.#wideAtom(name);
        return;
      }
      buffer[at++] = code;
    }
    buffer[start] = SMALL_ATOM_UTF8_EXT;
    buffer[start + 1] = length;
    this.#at = at;
  }

  #wideAtom(name: string): void {
    if (LONE_SURROGATE.test(name)) throw unencodable(this.#at, "The name of an atom holds a lone surrogate");
    const utf8 = textEncoder.encode(name);
    if (utf8.length < 256) this.byte(SMALL_ATOM_UTF8_EXT).byte(utf8.length);
    else this.byte(ATOM_UTF8_EXT).#uint16(utf8.length);
    this.raw(utf8);
  }

  #tuple(term: Tuple, depth: number): void {
    const { elements } = term;
    if (elements.length < 256) this.byte(SMALL_TUPLE_EXT).byte(elements.length);
    else this.byte(LARGE_TUPLE_EXT).uint32(elements.length);
    this.#all(elements, depth);
  }

  #all(terms: readonly Term[], depth: number): void {
    if (depth >= this.#maxDepth) throw tooDeep(this.#at, this.#maxDepth);
    for (let i = 0; i < terms.length; i++) this.#term(terms[i]!, depth + 1);
  }

  #list(items: readonly Term[], depth: number): void {
    if (items.length === 0) {
      this.byte(NIL_EXT);
      return;
    }
    if (items.length <= 0xffff && items.every(isByte)) {
      this.byte(STRING_EXT).#uint16(items.length);
      this.#reserve(items.length);
      for (const item of items) this.#buffer[this.#at++] = item;
      return;
    }
    this.byte(LIST_EXT).uint32(items.length);
    this.#all(items, depth);
    this.byte(NIL_EXT);
  }

  #improper(term: ImproperList, depth: number): void {
    if (term.items.length === 0)
      throw unencodable(this.#at, "An improper list needs at least one item before its tail");
    this.byte(LIST_EXT).uint32(term.items.length);
    this.#all(term.items, depth);
    this.#term(term.tail, depth + 1);
  }

  #map(term: ErlangMap, depth: number): void {
    if (depth >= this.#maxDepth) throw tooDeep(this.#at, this.#maxDepth);
    this.byte(MAP_EXT).uint32(term.entries.length);
    for (const [key, value] of term.entries) {
      this.#term(key, depth + 1);
      this.#term(value, depth + 1);
    }
  }

  #binary(term: Uint8Array): void {
    if (term.length > MAX_UINT32)
      throw tooLarge(this.#at, `A binary of ${term.length} bytes; the format ends at 2^32 - 1`);
    this.byte(BINARY_EXT).uint32(term.length).raw(term);
  }

  #bitString(term: BitString): void {
    const { bytes, lastBits } = term;
    if (!(Number.isInteger(lastBits) && lastBits >= 1 && lastBits <= 7) || bytes.length === 0) {
      throw unencodable(this.#at, "A bitstring has at least one byte and 1 to 7 bits in its last one");
    }
    this.byte(BIT_BINARY_EXT).uint32(bytes.length).byte(lastBits).raw(bytes);
  }

  #pid(pid: Pid): void {
    this.byte(NEW_PID_EXT).#atom(pid.node);
    this.#reserve(12);
    this.#put32(this.#field(pid.id, "id"));
    this.#put32(this.#field(pid.serial, "serial"));
    this.#put32(this.#field(pid.creation, "creation"));
  }

  #port(port: Port): void {
    if (port.id < 0n || port.id > MAX_UINT64)
      throw unencodable(this.#at, "The id of a port has 64 bits, unsigned");
    this.byte(port.id > MAX_V3_PORT ? V4_PORT_EXT : NEW_PORT_EXT).#atom(port.node);
    this.#reserve(12);
    if (port.id > MAX_V3_PORT) this.#put32(Number(port.id >> 32n));
    this.#put32(Number(port.id & 0xffffffffn));
    this.#put32(this.#field(port.creation, "creation"));
  }

  #reference(reference: Reference): void {
    const { words } = reference;
    if (words.length < 1 || words.length > 5) throw unencodable(this.#at, "A reference has 1 to 5 words");
    this.byte(NEWER_REFERENCE_EXT).#uint16(words.length).#atom(reference.node);
    this.#reserve(24);
    this.#put32(this.#field(reference.creation, "creation"));
    for (const word of words) this.#put32(this.#field(word, "word"));
  }

  #exportFun(term: ExportFun): void {
    if (!isByte(term.arity)) throw unencodable(this.#at, "The arity of a fun is 0 to 255");
    this.byte(EXPORT_EXT);
    this.#atom(term.module);
    this.#atom(term.function);
    this.byte(SMALL_INTEGER_EXT).byte(term.arity);
  }

  #nativeRecord(record: NativeRecord, depth: number): void {
    if (!isByte(record.flags)) throw unencodable(this.#at, "The flags of a native record are a byte");
    this.byte(NATIVE_RECORD).uint32(record.fields.length).byte(record.flags);
    this.#atom(record.module);
    this.#atom(record.name);
    for (const [name] of record.fields) this.#atom(name);
    this.#all(
      record.fields.map(([, value]) => value),
      depth,
    );
  }

  /** A uint32 field of a pid, port or reference; silently cut bits would make it another process. */
  #field(value: number, name: string): number {
    if (!Number.isInteger(value) || value < 0 || value > MAX_UINT32) {
      throw unencodable(
        this.#at,
        `The ${name} of a pid, port or reference has 32 bits, unsigned; ${value} has not`,
      );
    }
    return value;
  }

  #uint16(value: number): this {
    return this.byte(value >>> 8).byte(value & 255);
  }

  #put32(value: number): void {
    const buffer = this.#buffer;
    const at = this.#at;
    buffer[at] = value >>> 24;
    buffer[at + 1] = value >>> 16;
    buffer[at + 2] = value >>> 8;
    buffer[at + 3] = value;
    this.#at = at + 4;
  }

  #reserve(extra: number): void {
    const needed = this.#at + extra;
    if (needed <= this.#buffer.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#buffer.length * 2));
    grown.set(this.#buffer.subarray(0, this.#at));
    this.#buffer = grown;
  }
}

const isByte = (term: Term): term is number =>
  typeof term === "number" && term >= 0 && term <= 255 && Number.isInteger(term);

function notATerm(value: unknown): string {
  if (typeof value === "string")
    return "A JavaScript string is no term: use binary(…) for a string, atom(…) for an atom";
  const kind = value === null ? "null" : typeof value === "object" ? value.constructor?.name : typeof value;
  return `A value of type ${kind} is no term`;
}

/** Appends `term`, without version byte, to what `encoder` holds. @throws EtfError as {@link Encoder.term} */
export function encodeInto(encoder: Encoder, term: Term): void {
  encoder.term(term);
}

/**
 * `term` in the external term format, with the version byte: what `binary_to_term/1` reads. The result is the caller's own.
 * @throws EtfError ETF_UNENCODABLE for what is no term, ETF_TOO_DEEP, ETF_TOO_LARGE
 */
export function encode(term: Term): Uint8Array {
  return new Encoder().version().term(term).bytes();
}

/** The bytes of a NEW_FUN_EXT, tag included. */
export function encodeFun(parts: FunParts): Uint8Array {
  const encoder = new Encoder().byte(NEW_FUN_EXT).uint32(0).byte(parts.arity).raw(parts.uniqBytes);
  encoder.uint32(parts.index).uint32(parts.free.length).term(new Atom(parts.module));
  encoder.term(parts.oldIndex).term(parts.uniq).term(parts.pid);
  for (const term of parts.free) encoder.term(term);
  const bytes = encoder.bytes();
  // The size counts itself and all behind it, but not the tag.
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(1, bytes.length - 1);
  return bytes;
}
