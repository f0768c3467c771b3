import { skipTerm } from "@elixirscope/etf";
import { ElixirScopeError, NONE } from "../model/index.ts";
import { type Dictionary, sameBytes, viewOf } from "./dictionary.ts";

/** Tags of the External Term Format, https://www.erlang.org/doc/apps/erts/erl_ext_dist.html */
export const TAG = {
  version: 131,
  integer: 98,
  smallInteger: 97,
  smallBig: 110,
  smallTuple: 104,
  list: 108,
  nil: 106,
  string: 107,
  atom: 100,
  smallAtom: 115,
  atomUtf8: 118,
  smallAtomUtf8: 119,
  newPid: 88,
} as const;

export const isAtomTag = (tag: number): boolean =>
  tag === TAG.smallAtomUtf8 || tag === TAG.smallAtom || tag === TAG.atom || tag === TAG.atomUtf8;

/**
 * A place in the bytes of a batch, and how to read what stands there: atoms, pids, functions and times, as numbers of the
 * dictionary, with no term built. The scanner inherits it, so that what it reads at every byte are fields of its own.
 */
export class BatchCursor {
  protected readonly dictionary: Dictionary;
  protected bytes: Uint8Array = new Uint8Array(0);
  protected view: DataView = new DataView(new ArrayBuffer(0));
  protected at = 0;
  /** Behind the atom looked at last. */
  protected nameEnd = 0;
  #offsetLow = 0;
  #offsetHigh = 0;
  /** The node of the last pid, where it stands and what it is: the next pid is mostly of the same. */
  #nodeAt = 0;
  #nodeLength = 0;
  #nodeAtom = NONE;

  /** @param timeOffset nanoseconds added to every timestamp */
  constructor(dictionary: Dictionary, timeOffset: bigint) {
    this.dictionary = dictionary;
    this.timeOffset = timeOffset;
  }

  /** From the next timestamp on. */
  set timeOffset(timeOffset: bigint) {
    this.#offsetLow = Number(BigInt.asUintN(32, timeOffset));
    this.#offsetHigh = Number(BigInt.asIntN(32, timeOffset >> 32n));
  }

  /** From now on `bytes` are read. */
  protected over(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.view = viewOf(bytes);
    this.#nodeLength = 0;
  }

  /** `{Module, Function, Arity}` at the cursor, as a number of the dictionary; the cursor is behind it then. */
  protected functionName(): number {
    const bytes = this.bytes;
    if (bytes[this.at] !== TAG.smallTuple || bytes[this.at + 1] !== 3) throw this.bad("no mfa", this.at);
    this.at += 2;
    const module = this.atom();
    const name = this.atom();
    return this.dictionary.functions.intern(module, name, this.argumentCount());
  }

  /** A small non-negative integer, 0 for anything else. */
  protected integerAt(at: number): number {
    if (this.bytes[at] === TAG.smallInteger) return this.bytes[at + 1]!;
    return this.bytes[at] === TAG.integer ? this.word(at + 1) & 0x7fffffff : 0;
  }

  /** Number of elements of the argument list at the cursor (or the arity that stands there), cursor moved behind it. */
  protected argumentCount(): number {
    const bytes = this.bytes;
    const at = this.at;
    this.at = skipTerm(bytes, at);
    switch (bytes[at]) {
      case TAG.nil:
        return 0;
      case TAG.list:
        return Math.min(this.word(at + 1), 255);
      // A list of small integers travels as a string.
      case TAG.string:
        return Math.min(bytes[at + 1]! * 256 + bytes[at + 2]!, 255);
      case TAG.smallInteger:
        return bytes[at + 1]!;
      default:
        // Arguments that the agent had to cut: arity unknown.
        return 255;
    }
  }

  /** The atom that tells messages apart: the term itself, or the first element of a tuple. */
  protected shape(start: number): number {
    const bytes = this.bytes;
    let at = start;
    if (bytes[at] === TAG.smallTuple && bytes[at + 1]! > 0) at += 2;
    if (!isAtomTag(bytes[at]!)) return NONE;
    return this.atomAt(at);
  }

  protected atom(): number {
    const index = this.atomAt(this.at);
    this.at = this.nameEnd;
    return index;
  }

  /** Leaves where the name of the atom ends in `nameEnd`. */
  protected atomAt(at: number): number {
    const length = this.atomLength(at);
    const end = this.nameEnd;
    const tag = this.bytes[at]!;
    return this.dictionary.atoms.intern(
      this.view,
      end - length,
      end,
      tag === TAG.atom || tag === TAG.smallAtom,
    );
  }

  /** Bytes of the name of the atom at `at`; `nameEnd` is behind it then. */
  protected atomLength(at: number): number {
    const bytes = this.bytes;
    const tag = bytes[at]!;
    let length = 0;
    if (tag === TAG.smallAtomUtf8 || tag === TAG.smallAtom) {
      length = bytes[at + 1]!;
      this.nameEnd = at + 2 + length;
    } else if (tag === TAG.atom || tag === TAG.atomUtf8) {
      length = (bytes[at + 1]! << 8) | bytes[at + 2]!;
      this.nameEnd = at + 3 + length;
    } else throw this.bad("no atom where one belongs", at);
    if (!(this.nameEnd <= bytes.length)) throw this.bad("an atom that is cut off", at);
    return length;
  }

  /** The pid at the cursor as a dictionary index; any other term is skipped and answers {@link NONE}. */
  protected pidOrNone(): number {
    const bytes = this.bytes;
    if (bytes[this.at] !== TAG.newPid) {
      this.at = skipTerm(bytes, this.at);
      return NONE;
    }
    const node = this.#nodeOfPid(this.at + 1);
    const at = this.nameEnd;
    if (at + 12 > bytes.length) throw this.bad("a pid that is cut off", at);
    this.at = at + 12;
    const view = this.view;
    return this.dictionary.processes.intern(
      node,
      view.getInt32(at),
      view.getInt32(at + 4),
      view.getInt32(at + 8),
    );
  }

  /** As {@link atomAt}. */
  #nodeOfPid(at: number): number {
    const length = this.#nodeLength;
    if (length > 0 && at + length <= this.bytes.length) {
      if (sameBytes(this.view, this.#nodeAt, this.view, at, length)) {
        this.nameEnd = at + length;
        return this.#nodeAtom;
      }
    }
    this.#nodeAtom = this.atomAt(at);
    this.#nodeAt = at;
    this.#nodeLength = this.nameEnd - at;
    return this.#nodeAtom;
  }

  /** Reads the integer at the cursor, adds the time offset and writes it as two words (little-endian 64 bits). */
  protected timestamp(words: Uint32Array, index: number): void {
    const bytes = this.bytes;
    const at = this.at;
    let low = 0;
    let high = 0;
    const size = bytes[at] === TAG.smallBig ? bytes[at + 1]! : 0;
    if (size >= 7 && size <= 8 && at + 11 <= bytes.length) {
      // As nearly all are: the clock of a node starts far below zero.
      low = this.view.getUint32(at + 3, true);
      high = this.view.getUint32(at + 7, true);
      if (size === 7) high &= 0xffffff;
      this.at = at + 3 + size;
    } else if (size > 0 && size <= 8) {
      for (let i = Math.min(size, 4) - 1; i >= 0; i--) low = low * 256 + bytes[at + 3 + i]!;
      for (let i = size - 1; i >= 4; i--) high = high * 256 + bytes[at + 3 + i]!;
      this.at = at + 3 + size;
    } else if (bytes[at] === TAG.integer) {
      low = this.word(at + 1);
      high = low > 0x7fffffff ? 0xffffffff : 0;
      this.at = at + 5;
    } else if (bytes[at] === TAG.smallInteger) {
      low = bytes[at + 1]!;
      this.at = at + 2;
    } else throw this.bad("no timestamp at the end of an event", at);
    if (size > 0 && bytes[at + 2] === 1) {
      low = 0x100000000 - low;
      high = 0xffffffff - high + (low === 0x100000000 ? 1 : 0);
    }
    const sum = (low >>> 0) + this.#offsetLow;
    words[index] = sum;
    words[index + 1] = high + this.#offsetHigh + (sum > 0xffffffff ? 1 : 0);
  }

  protected word(at: number): number {
    const bytes = this.bytes;
    return bytes[at]! * 0x1000000 + ((bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!);
  }

  protected bad(what: string, offset: number): ElixirScopeError {
    return new ElixirScopeError(
      "TRACER_BAD_BATCH",
      `The agent sent a batch that cannot be read (${what}, at byte ${offset}). Detach and attach again; if it happens again, please report it.`,
      { offset },
    );
  }
}
