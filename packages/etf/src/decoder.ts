import { float64, int32, uint16, uint32, uint64 } from "./bytes.ts";
import { encodeFun } from "./encode.ts";
import { badTag, invalid, tooDeep, truncated } from "./errors.ts";
import { bigInteger } from "./integers.ts";
import { DEFAULT_MAX_DEPTH } from "./limits.ts";
import {
  ATOM_UTF8_EXT,
  BINARY_EXT,
  BIT_BINARY_EXT,
  EXPORT_EXT,
  FUN_EXT,
  INTEGER_EXT,
  LIST_EXT,
  MAP_EXT,
  NATIVE_RECORD,
  NEW_FLOAT_EXT,
  NEW_FUN_EXT,
  NEW_PID_EXT,
  NEW_PORT_EXT,
  NEWER_REFERENCE_EXT,
  NIL_EXT,
  PID_EXT,
  REFERENCE_EXT,
  SMALL_ATOM_UTF8_EXT,
  SMALL_INTEGER_EXT,
  STRING_EXT,
  V4_PORT_EXT,
} from "./tags.ts";
import {
  Atom,
  BitString,
  ErlangMap,
  ExportFun,
  Float,
  Fun,
  ImproperList,
  NativeRecord,
  Pid,
  Port,
  Reference,
  type Term,
  Tuple,
} from "./terms.ts";
import { atomText } from "./text.ts";

export interface DecodeOptions {
  /** What ATOM_CACHE_REF (in distribution messages) refers to: index → atom. */
  readonly atomCache?: readonly (Atom | undefined)[];
  /** Levels of nesting allowed, 512 by default ({@link DEFAULT_MAX_DEPTH}). */
  readonly maxDepth?: number;
  /** Bytes that a compressed term may inflate to, 64 MiB by default. */
  readonly maxInflatedBytes?: number;
}

/** A text float: at most 31 characters, as C's `%.20e` prints them. */
const FLOAT_TEXT = /^\s*[+-]?\d+\.\d+(?:[eE][+-]?\d+)?$/;
/** ERTS_MAX_REF_NUMBERS since OTP 24. */
const MAX_REFERENCE_WORDS = 5;
const NOTHING: readonly (Atom | undefined)[] = [];

/** Reads terms one after another from `at` on. A flat class, longer than files are as a rule: each method is one tag. */
export class Decoder {
  at: number;
  readonly #bytes: Uint8Array;
  readonly #end: number;
  readonly #maxDepth: number;
  readonly #atomCache: readonly (Atom | undefined)[];
  #cacheRefs = 0;

  constructor(bytes: Uint8Array, at: number, options: DecodeOptions | undefined) {
    this.#bytes = bytes;
    this.#end = bytes.length;
    this.at = at;
    this.#maxDepth = options?.maxDepth ?? DEFAULT_MAX_DEPTH;
    this.#atomCache = options?.atomCache ?? NOTHING;
  }

  /** The term at `at`, which moves behind it. */
  term(depth: number): Term {
    const start = this.at;
    const bytes = this.#bytes;
    if (start >= this.#end) throw truncated(start);
    const tag = bytes[start]!;
    switch (tag) {
      case 97: // SMALL_INTEGER_EXT
        this.#take(start, 2, tag);
        return bytes[start + 1]!;
      case 98: // INTEGER_EXT
        this.#take(start, 5, tag);
        return int32(bytes, start + 1);
      case 119: // SMALL_ATOM_UTF8_EXT
      case 115: // SMALL_ATOM_EXT
      case 118: // ATOM_UTF8_EXT
      case 100: // ATOM_EXT
      case 82: // ATOM_CACHE_REF
        return this.#atom();
      case 104: // SMALL_TUPLE_EXT
        this.#take(start, 2, tag);
        return new Tuple(this.#terms(bytes[start + 1]!, start, depth));
      case 105: // LARGE_TUPLE_EXT
        this.#take(start, 5, tag);
        return new Tuple(this.#terms(uint32(bytes, start + 1), start, depth));
      case 106: // NIL_EXT
        this.at = start + 1;
        return [];
      case 107: // STRING_EXT
        return this.#string(start);
      case 108: // LIST_EXT
        return this.#list(start, depth);
      case 116: // MAP_EXT
        return this.#map(start, depth);
      case 109: // BINARY_EXT
        return this.#binary(start);
      case 77: // BIT_BINARY_EXT
        return this.#bitString(start);
      case 70: // NEW_FLOAT_EXT
      case 99: // FLOAT_EXT
        return this.#float(start, tag);
      case 110: // SMALL_BIG_EXT
        return this.#big(start, 3);
      case 111: // LARGE_BIG_EXT
        return this.#big(start, 6);
      case 88: // NEW_PID_EXT
      case 103: // PID_EXT
        return this.#pid();
      case 89: // NEW_PORT_EXT
      case 120: // V4_PORT_EXT
      case 102: // PORT_EXT
        return this.#port(start, tag);
      case 90: // NEWER_REFERENCE_EXT
      case 114: // NEW_REFERENCE_EXT
      case 101: // REFERENCE_EXT
        return this.#reference(start, tag);
      case 113: // EXPORT_EXT
        return this.#exportFun(start);
      case 112: // NEW_FUN_EXT
        return this.#newFun(start, depth);
      case 117: // FUN_EXT
        return this.#oldFun(start, depth);
      case 67: // native record
        return this.#nativeRecord(start, depth);
      default:
        throw badTag(start, tag);
    }
  }

  /** Moves behind the `size` bytes from `start` on. */
  #take(start: number, size: number, tag: number): void {
    if (start + size > this.#end) throw truncated(start, tag);
    this.at = start + size;
  }

  #terms(count: number, start: number, depth: number): Term[] {
    if (depth >= this.#maxDepth) throw tooDeep(start, this.#maxDepth);
    // A term takes a byte at least: a larger claim is a lie, told before anything is allocated for it.
    if (count > this.#end - this.at) throw truncated(start, this.#bytes[start]);
    const terms: Term[] = [];
    for (let i = 0; i < count; i++) terms.push(this.term(depth + 1));
    return terms;
  }

  #atom(): Atom {
    const start = this.at;
    const bytes = this.#bytes;
    if (start >= this.#end) throw truncated(start);
    const tag = bytes[start]!;
    switch (tag) {
      case 119: // SMALL_ATOM_UTF8_EXT
      case 115: // SMALL_ATOM_EXT
        this.#take(start, 2, tag);
        this.#take(start, 2 + bytes[start + 1]!, tag);
        return new Atom(atomText(bytes, start + 2, this.at, tag === SMALL_ATOM_UTF8_EXT));
      case 118: // ATOM_UTF8_EXT
      case 100: // ATOM_EXT
        this.#take(start, 3, tag);
        this.#take(start, 3 + uint16(bytes, start + 1), tag);
        return new Atom(atomText(bytes, start + 3, this.at, tag === ATOM_UTF8_EXT));
      case 82: {
        // ATOM_CACHE_REF
        this.#take(start, 2, tag);
        const atom = this.#atomCache[bytes[start + 1]!];
        if (!atom) throw invalid(start, `no atom ${bytes[start + 1]!} in the atom cache`, tag);
        this.#cacheRefs++;
        return atom;
      }
      default:
        throw badTag(start, tag, "an atom");
    }
  }

  #string(start: number): number[] {
    this.#take(start, 3, STRING_EXT);
    this.#take(start, 3 + uint16(this.#bytes, start + 1), STRING_EXT);
    const items: number[] = [];
    for (let i = start + 3; i < this.at; i++) items.push(this.#bytes[i]!);
    return items;
  }

  #list(start: number, depth: number): Term {
    if (depth >= this.#maxDepth) throw tooDeep(start, this.#maxDepth);
    const items: Term[] = [];
    // A list as the tail of a list is one list (encoders other than the BEAM's write such): a loop, not a recursion.
    for (let at = start; this.#bytes[at] === LIST_EXT; at = this.at) {
      this.#take(at, 5, LIST_EXT);
      const count = uint32(this.#bytes, at + 1);
      if (count > this.#end - this.at) throw truncated(at, LIST_EXT);
      for (let i = 0; i < count; i++) items.push(this.term(depth + 1));
    }
    if (this.#bytes[this.at] === NIL_EXT) {
      this.at++;
      return items;
    }
    const tail = this.term(depth + 1);
    if (items.length === 0) return tail;
    return Array.isArray(tail) ? items.concat(tail as Term[]) : new ImproperList(items, tail);
  }

  #map(start: number, depth: number): ErlangMap {
    this.#take(start, 5, MAP_EXT);
    const count = uint32(this.#bytes, start + 1);
    if (depth >= this.#maxDepth) throw tooDeep(start, this.#maxDepth);
    if (2 * count > this.#end - this.at) throw truncated(start, MAP_EXT);
    const entries: [Term, Term][] = [];
    for (let i = 0; i < count; i++) entries.push([this.term(depth + 1), this.term(depth + 1)]);
    return new ErlangMap(entries);
  }

  #binary(start: number): Uint8Array {
    this.#take(start, 5, BINARY_EXT);
    this.#take(start, 5 + uint32(this.#bytes, start + 1), BINARY_EXT);
    return this.#bytes.subarray(start + 5, this.at);
  }

  #bitString(start: number): Uint8Array | BitString {
    this.#take(start, 6, BIT_BINARY_EXT);
    const length = uint32(this.#bytes, start + 1);
    const lastBits = this.#bytes[start + 5]!;
    this.#take(start, 6 + length, BIT_BINARY_EXT);
    if (lastBits > 8 || (lastBits === 0) !== (length === 0)) {
      throw invalid(
        start,
        `a bitstring of ${length} bytes with ${lastBits} bits in its last one`,
        BIT_BINARY_EXT,
      );
    }
    const data = this.#bytes.subarray(start + 6, this.at);
    return lastBits === 8 || lastBits === 0 ? data : new BitString(data, lastBits);
  }

  #float(start: number, tag: number): Float {
    if (tag === NEW_FLOAT_EXT) {
      this.#take(start, 9, tag);
      const value = float64(this.#bytes, start + 1);
      if (!Number.isFinite(value)) throw invalid(start, "a float that is no finite number", tag);
      return new Float(value);
    }
    this.#take(start, 32, tag);
    let text = "";
    for (let i = start + 1; i < this.at && this.#bytes[i] !== 0; i++)
      text += String.fromCharCode(this.#bytes[i]!);
    const value = FLOAT_TEXT.test(text) ? Number(text) : Number.NaN;
    if (!Number.isFinite(value)) throw invalid(start, "the text of a float is no finite number", tag);
    return new Float(value);
  }

  #big(start: number, header: number): number | bigint {
    const tag = this.#bytes[start]!;
    this.#take(start, header, tag);
    const length = header === 3 ? this.#bytes[start + 1]! : uint32(this.#bytes, start + 1);
    this.#take(start, header + length, tag);
    return bigInteger(this.#bytes, start + header, length, this.#bytes[start + header - 1] !== 0);
  }

  #pid(): Pid {
    const start = this.at;
    if (start >= this.#end) throw truncated(start);
    const tag = this.#bytes[start]!;
    if (tag !== NEW_PID_EXT && tag !== PID_EXT) throw badTag(start, tag, "a pid");
    this.at = start + 1;
    const node = this.#atom().name;
    const at = this.at;
    const size = tag === NEW_PID_EXT ? 12 : 9;
    if (at + size > this.#end) throw truncated(start, tag);
    this.at = at + size;
    return new Pid(
      node,
      uint32(this.#bytes, at),
      uint32(this.#bytes, at + 4),
      this.#creation(at + 8, size === 9),
    );
  }

  #port(start: number, tag: number): Port {
    this.at = start + 1;
    const node = this.#atom().name;
    const at = this.at;
    const size = tag === V4_PORT_EXT ? 12 : tag === NEW_PORT_EXT ? 8 : 5;
    if (at + size > this.#end) throw truncated(start, tag);
    this.at = at + size;
    if (tag === V4_PORT_EXT) return new Port(node, uint64(this.#bytes, at), uint32(this.#bytes, at + 8));
    return new Port(node, BigInt(uint32(this.#bytes, at)), this.#creation(at + 4, size === 5));
  }

  #reference(start: number, tag: number): Reference {
    let count = 1;
    this.at = start + 1;
    if (tag !== REFERENCE_EXT) {
      this.#take(start, 3, tag);
      count = uint16(this.#bytes, start + 1);
    }
    const node = this.#atom().name;
    const at = this.at;
    const creationSize = tag === NEWER_REFERENCE_EXT ? 4 : 1;
    if (at + creationSize + 4 * count > this.#end) throw truncated(start, tag);
    if (count === 0 || count > MAX_REFERENCE_WORDS)
      throw invalid(start, `a reference of ${count} words`, tag);
    this.at = at + creationSize + 4 * count;
    // The oldest form has its creation behind the id.
    const wordsAt = tag === REFERENCE_EXT ? at : at + creationSize;
    const creationAt = tag === REFERENCE_EXT ? at + 4 : at;
    const words: number[] = [];
    for (let i = 0; i < count; i++) words.push(uint32(this.#bytes, wordsAt + 4 * i));
    return new Reference(node, this.#creation(creationAt, creationSize === 1), words);
  }

  #creation(at: number, oneByte: boolean): number {
    return oneByte ? this.#bytes[at]! : uint32(this.#bytes, at);
  }

  #exportFun(start: number): ExportFun {
    this.at = start + 1;
    const module = this.#atom().name;
    const name = this.#atom().name;
    const at = this.at;
    if (at + 2 > this.#end) throw truncated(start, EXPORT_EXT);
    if (this.#bytes[at] !== SMALL_INTEGER_EXT) throw badTag(at, this.#bytes[at]!, "the arity of a fun");
    this.at = at + 2;
    return new ExportFun(module, name, this.#bytes[at + 1]!);
  }

  #nativeRecord(start: number, depth: number): NativeRecord {
    this.#take(start, 6, NATIVE_RECORD);
    const count = uint32(this.#bytes, start + 1);
    const flags = this.#bytes[start + 5]!;
    const module = this.#atom().name;
    const name = this.#atom().name;
    // A name and a value take two bytes at least.
    if (2 * count > this.#end - this.at) throw truncated(start, NATIVE_RECORD);
    const names: string[] = [];
    for (let i = 0; i < count; i++) names.push(this.#atom().name);
    const values = this.#terms(count, start, depth);
    return new NativeRecord(
      module,
      name,
      flags,
      names.map((field, i) => [field, values[i]!] as const),
    );
  }

  #newFun(start: number, depth: number): Fun {
    this.#take(start, 30, NEW_FUN_EXT);
    const arity = this.#bytes[start + 5]!;
    const index = uint32(this.#bytes, start + 22);
    const freeCount = uint32(this.#bytes, start + 26);
    if (freeCount > this.#end - this.at) throw truncated(start, NEW_FUN_EXT);
    const uniqBytes = this.#bytes.subarray(start + 6, start + 22);
    const refsBefore = this.#cacheRefs;
    const module = this.#atom().name;
    const oldIndex = this.#integer("the index of a fun");
    const uniq = this.#integer("the uniq of a fun");
    const pid = this.#pid();
    const free = this.#terms(freeCount, start, depth);
    const bytes =
      this.#cacheRefs === refsBefore
        ? this.#bytes.subarray(start, this.at)
        : // Cache references mean nothing outside this message: write the atoms out.
          encodeFun({ module, arity, index, uniqBytes, oldIndex, uniq, pid, free });
    return new Fun(module, arity, index, uniq, pid, free, bytes);
  }

  #oldFun(start: number, depth: number): Fun {
    this.#take(start, 5, FUN_EXT);
    const freeCount = uint32(this.#bytes, start + 1);
    if (freeCount > this.#end - this.at) throw truncated(start, FUN_EXT);
    const pid = this.#pid();
    const module = this.#atom().name;
    const index = this.#integer("the index of a fun");
    const uniq = this.#integer("the uniq of a fun");
    const free = this.#terms(freeCount, start, depth);
    // This form (gone since OTP 23) does not say its arity.
    return new Fun(module, -1, index, uniq, pid, free, this.#bytes.subarray(start, this.at));
  }

  #integer(what: string): number {
    const start = this.at;
    const tag = this.#bytes[start];
    if (tag === undefined) throw truncated(start);
    if (tag !== SMALL_INTEGER_EXT && tag !== INTEGER_EXT) throw badTag(start, tag, what);
    this.#take(start, tag === INTEGER_EXT ? 5 : 2, tag);
    return tag === INTEGER_EXT ? int32(this.#bytes, start + 1) : this.#bytes[start + 1]!;
  }
}
