/**
 * Erlang terms as JavaScript values.
 *
 * | Erlang            | here                                                            |
 * |-------------------|-----------------------------------------------------------------|
 * | integer           | `number` while it is a safe integer, `bigint` beyond             |
 * | float             | {@link Float} (so that `1.0` and `1` stay two terms)             |
 * | atom              | {@link Atom}                                                     |
 * | tuple             | {@link Tuple}                                                    |
 * | proper list       | array (`[]` is nil)                                              |
 * | improper list     | {@link ImproperList}                                             |
 * | map               | {@link ErlangMap}                                                |
 * | binary            | `Uint8Array`                                                     |
 * | bitstring         | {@link BitString} when its length is no multiple of 8            |
 * | pid, port, ref    | {@link Pid}, {@link Port}, {@link Reference}                     |
 * | fun               | {@link Fun} (closure), {@link ExportFun} (`&Mod.fun/arity`)      |
 * | native record     | {@link NativeRecord} (OTP 29+)                                   |
 * | node-local term   | {@link LocalTerm} (`LOCAL_EXT`: opaque bytes)                    |
 */
export type Term =
  | number
  | bigint
  | Float
  | Atom
  | Tuple
  | readonly Term[]
  | ImproperList
  | ErlangMap
  | Uint8Array
  | BitString
  | Pid
  | Port
  | Reference
  | Fun
  | ExportFun
  | NativeRecord
  | LocalTerm;

/** An IEEE 754 double. `value` is never NaN or infinite: the BEAM has neither. */
export class Float {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/** An atom, at most 255 characters. Compare by `name`: instances are not interned, so a flood cannot leak. */
export class Atom {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

export class Tuple {
  readonly elements: readonly Term[];
  constructor(elements: readonly Term[]) {
    this.elements = elements;
  }
}

/** A list whose last tail is not nil: `[a, b | tail]`. `items` is never empty. */
export class ImproperList {
  readonly items: readonly Term[];
  readonly tail: Term;
  constructor(items: readonly Term[], tail: Term) {
    this.items = items;
    this.tail = tail;
  }
}

/** A map in wire order. Keys are unique by term equality on the wire; we do not check again. */
export class ErlangMap {
  readonly entries: readonly (readonly [Term, Term])[];
  constructor(entries: readonly (readonly [Term, Term])[]) {
    this.entries = entries;
  }
  /** The value of the atom key `name`, or `undefined`. Linear: maps on the wire are small. */
  get(name: string): Term | undefined {
    return this.entries.find(([key]) => key instanceof Atom && key.name === name)?.[1];
  }
}

/** A bitstring whose last byte has only `lastBits` (1–7) valid bits, the most significant ones. */
export class BitString {
  readonly bytes: Uint8Array;
  readonly lastBits: number;
  constructor(bytes: Uint8Array, lastBits: number) {
    this.bytes = bytes;
    this.lastBits = lastBits;
  }
}

/** A process identifier. `id` and `serial` are 32-bit unsigned, `creation` 32-bit unsigned (0 = any). */
export class Pid {
  readonly node: string;
  readonly id: number;
  readonly serial: number;
  readonly creation: number;
  constructor(node: string, id: number, serial: number, creation: number) {
    this.node = node;
    this.id = id;
    this.serial = serial;
    this.creation = creation;
  }
}

/** A port identifier; `id` is 64-bit since `V4_PORT_EXT`. */
export class Port {
  readonly node: string;
  readonly id: bigint;
  readonly creation: number;
  constructor(node: string, id: bigint, creation: number) {
    this.node = node;
    this.id = id;
    this.creation = creation;
  }
}

/** A reference: 1–5 words of 32 bits, in wire order. Process aliases are references too. */
export class Reference {
  readonly node: string;
  readonly creation: number;
  readonly words: readonly number[];
  constructor(node: string, creation: number, words: readonly number[]) {
    this.node = node;
    this.creation = creation;
    this.words = words;
  }
}

/**
 * A closure (`NEW_FUN_EXT`). `bytes` is the whole term as it came (tag included), so that it can be sent back unchanged. `index` and `uniq` are those that
 * `fun_info/2` calls `new_index` and `uniq`. `arity` is -1 in the form of before OTP 23 (`FUN_EXT`), which does not tell.
 */
export class Fun {
  readonly module: string;
  readonly arity: number;
  readonly index: number;
  readonly uniq: number;
  readonly pid: Pid;
  readonly free: readonly Term[];
  readonly bytes: Uint8Array;
  constructor(
    module: string,
    arity: number,
    index: number,
    uniq: number,
    pid: Pid,
    free: readonly Term[],
    bytes: Uint8Array,
  ) {
    this.module = module;
    this.arity = arity;
    this.index = index;
    this.uniq = uniq;
    this.pid = pid;
    this.free = free;
    this.bytes = bytes;
  }
}

/** `fun Module:Function/Arity`. */
export class ExportFun {
  readonly module: string;
  readonly function: string;
  readonly arity: number;
  constructor(module: string, functionName: string, arity: number) {
    this.module = module;
    this.function = functionName;
    this.arity = arity;
  }
}

/**
 * A native record (OTP 29+, tag 67, found on the wire since it is not in the External Term Format's description yet):
 * `#module:name{field = value}`, fields in the order of their definition. `flags` is kept as it came; 1 = exported.
 */
export class NativeRecord {
  readonly module: string;
  readonly name: string;
  readonly flags: number;
  readonly fields: readonly (readonly [string, Term])[];
  constructor(module: string, name: string, flags: number, fields: readonly (readonly [string, Term])[]) {
    this.module = module;
    this.name = name;
    this.flags = flags;
    this.fields = fields;
  }
}

/** A term only its own node can read (`LOCAL_EXT`, OTP 26+). `bytes` is everything after the tag. */
export class LocalTerm {
  readonly bytes: Uint8Array;
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

/** Shorthand constructors, as they read at call sites: `tuple(atom("ok"), 1)`. */
export const atom = (name: string): Atom => new Atom(name);
export const tuple = (...elements: readonly Term[]): Tuple => new Tuple(elements);
/** A UTF-8 binary: what Elixir calls a string. */
export const binary = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Is `term` the atom `name`? */
export const isAtom = (term: Term | undefined, name: string): boolean =>
  term instanceof Atom && term.name === name;

/** Is `term` a tuple of `arity` whose first element is the atom `tag`? */
export const isTagged = (term: Term | undefined, tag: string, arity: number): term is Tuple =>
  term instanceof Tuple && term.elements.length === arity && isAtom(term.elements[0], tag);
