import { inspectAtom, inspectFunctionName, inspectKey, isAlias } from "./inspect-atom.ts";
import { inspectFloat } from "./inspect-number.ts";
import { type InspectOptions, type Style, styleOf } from "./inspect-options.ts";
import { inspectKnownStruct } from "./inspect-struct.ts";
import { escapeInto, isCharlist, isPrintable } from "./inspect-text.ts";
import { sortedEntries } from "./order.ts";
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

/** Text of a term, and whether a limit (`limit`, `printableLimit` or `maxLength`) left something out. */
export interface Inspected {
  readonly text: string;
  readonly truncated: boolean;
}

/** Thrown inside to leave a deep recursion when the text is full. */
const FULL = Symbol("full");
/** Levels printed at most, for the sake of the call stack; more than `decode` lets through by default. */
const MAX_LEVELS = 600;
/** Integers up to here print in a millisecond. */
const SHORT = 1n << 40_000n;

type Entry = readonly [Term, Term];

/** Writes text up to a hard length. */
class Output {
  text = "";
  truncated = false;
  readonly #maxLength: number;
  constructor(maxLength: number) {
    this.#maxLength = Math.max(0, maxLength);
  }
  push(part: string): void {
    this.text += part;
    if (this.text.length > this.#maxLength) throw FULL;
  }
  /** Cuts what is too long, with an ellipsis that counts too, and never inside of a surrogate pair. */
  cut(): void {
    let end = Math.max(0, Math.min(this.text.length, this.#maxLength - 1));
    const last = this.text.charCodeAt(end - 1);
    if (last >= 0xd800 && last <= 0xdbff) end--;
    this.text = this.#maxLength === 0 ? "" : `${this.text.slice(0, end)}…`;
    this.truncated = true;
  }
}

/**
 * Prints one term. The methods take the items still allowed (`limit`) and give back what is left of them; only styles with one limit
 * for the whole term make use of the latter.
 */
export class Printer {
  readonly style: Style;
  readonly out: Output;
  #charlists: Style["charlists"];
  #level = 0;

  constructor(style: Style) {
    this.style = style;
    this.out = new Output(style.maxLength);
    this.#charlists = style.charlists;
  }

  term(term: Term, limit: number): number {
    if (this.#level >= MAX_LEVELS) {
      this.#more();
      return limit;
    }
    this.#level++;
    const left = this.#term(term, limit);
    this.#level--;
    return left;
  }

  #term(term: Term, limit: number): number {
    if (term instanceof Uint8Array) return this.#binary(term, limit);
    if (term instanceof Tuple) return this.container("{", term.elements, "}", limit, this.#item);
    if (Array.isArray(term)) return this.list(term as readonly Term[], limit);
    if (term instanceof ErlangMap) return this.#mapOrStruct(term, limit);
    if (term instanceof ImproperList) return this.#improper(term, limit);
    if (term instanceof NativeRecord) return this.#nativeRecord(term, limit);
    if (term instanceof BitString) return this.#bits(term.bytes, term.lastBits, limit);
    this.out.push(this.#scalar(term));
    return limit;
  }

  /** `#module:name{field = value}`: Elixir leaves these to Erlang; the values in it print here as Elixir prints them. */
  #nativeRecord(record: NativeRecord, limit: number): number {
    const bare = (name: string): string => inspectAtom(name, this.style).replace(/^:/, "");
    this.out.push(`#${bare(record.module)}:${bare(record.name)}{`);
    let left = limit;
    for (const [index, [name, value]] of record.fields.entries()) {
      this.out.push(`${index > 0 ? "," : ""}${bare(name)} = `);
      left = this.term(value, left);
    }
    this.out.push("}");
    return left;
  }

  #scalar(term: Term): string {
    if (term instanceof Atom) return inspectAtom(term.name, this.style);
    if (term instanceof Float) return inspectFloat(term.value);
    if (term instanceof Pid) return `#PID<${this.#nodeNumber(term.node)}.${term.id}.${term.serial}>`;
    if (term instanceof Port) return `#Port<${this.#nodeNumber(term.node)}.${term.id}>`;
    if (term instanceof Reference)
      return `#Reference<${[this.#nodeNumber(term.node), ...term.words.toReversed()].join(".")}>`;
    if (term instanceof ExportFun) {
      const name = inspectFunctionName(term.function, this.style);
      return `&${inspectAtom(term.module, this.style)}.${name}/${term.arity}`;
    }
    if (term instanceof Fun) {
      const arity = term.arity < 0 ? "" : `/${term.arity}`;
      return `#Function<${term.index}.${term.uniq}${arity} in ${inspectAtom(term.module, this.style)}>`;
    }
    if (typeof term === "number") return term.toString();
    return typeof term === "bigint" ? this.#bigint(term) : "#LocalTerm<>";
  }

  /** Decimal digits of a long integer take quadratic time: where they would be cut off anyway, hexadecimal ones stand in for them. */
  #bigint(value: bigint): string {
    if (value < SHORT && value > -SHORT) return value.toString();
    const digits = value.toString(16);
    if (digits.length <= this.style.maxLength) return value.toString();
    return value < 0n ? `-0x${digits.slice(1)}` : `0x${digits}`;
  }

  /** 0 for the local node, else a number that is the same for the same name always. */
  #nodeNumber(node: string): number {
    const { localNode } = this.style;
    if (localNode === undefined || localNode === node) return 0;
    let hash = 0x811c9dc5;
    for (let i = 0; i < node.length; i++) hash = Math.imul(hash ^ node.charCodeAt(i), 0x01000193);
    return ((hash >>> 0) % 65535) + 1;
  }

  /** Items between `open` and `close`, as far as the limit goes. */
  container<T>(
    open: string,
    items: readonly T[],
    close: string,
    limit: number,
    print: (item: T, limit: number) => number,
  ): number {
    this.out.push(open);
    const left = this.#items(items, limit, print);
    this.out.push(close);
    return left;
  }

  #items<T>(items: readonly T[], limit: number, print: (item: T, limit: number) => number): number {
    let left = limit;
    for (let i = 0; i < items.length; i++) {
      if (i > 0) this.out.push(", ");
      if (left <= 0) {
        this.#more();
        return left;
      }
      const rest = print(items[i]!, left - 1);
      left = this.style.globalLimit ? rest : left - 1;
    }
    return left;
  }

  readonly #item = (item: Term, limit: number): number => this.term(item, limit);

  readonly #pair = ([key, value]: Entry, limit: number): number => {
    this.out.push(`${inspectKey((key as Atom).name, this.style)} `);
    return this.term(value, limit);
  };

  readonly #association = ([key, value]: Entry, limit: number): number => {
    const left = this.term(key, limit);
    this.out.push(" => ");
    return this.term(value, this.style.globalLimit ? left : limit);
  };

  #more(): void {
    this.out.truncated = true;
    this.out.push("...");
  }

  /** A list, where `asCharlist` does not forbid it a charlist or a keyword list. */
  list(items: readonly Term[], limit: number): number {
    if (items.length === 0) {
      this.out.push("[]");
      return limit;
    }
    if (this.#charlists !== "lists" && isCharlist(items, this.style.printableLimit)) {
      this.#charlist(items);
      return limit;
    }
    if (!items.every(isKeywordPair)) return this.container("[", items, "]", limit, this.#item);
    return this.container("[", items.map(entryOf), "]", limit, this.#pair);
  }

  /** Prints `items` with charlists as lists, all the way down. */
  listWithoutCharlists(items: readonly Term[], limit: number): number {
    const before = this.#charlists;
    this.#charlists = "lists";
    const left = this.list(items, limit);
    this.#charlists = before;
    return left;
  }

  #charlist(items: readonly number[]): void {
    const quotes = this.#charlists === "quotes";
    const quote = quotes ? "'" : '"';
    this.out.push(quotes ? "'" : '~c"');
    const { printableLimit, cutCharlistsFirst } = this.style;
    // Two items make one character where they are `#{`. Behind the limit anything may follow; none of it is printed.
    const shown = items.slice(0, cutCharlistsFirst ? printableLimit : 2 * printableLimit);
    const more = escapeInto(this.out, Uint8Array.from(shown, byteOrZero), this.#escape(quote));
    this.out.push(quote);
    if (more || shown.length < items.length) this.#rest(" ++ ...");
  }

  #rest(text: string): void {
    this.out.truncated = true;
    this.out.push(text);
  }

  #escape(quote: string): { quote: number; limit: number; escapeInvisible: boolean } {
    return {
      quote: quote.charCodeAt(0),
      limit: this.style.printableLimit,
      escapeInvisible: this.style.escapeInvisible,
    };
  }

  #improper(term: ImproperList, limit: number): number {
    const last = term.items.length - 1;
    this.out.push("[");
    let left = limit;
    for (let i = 0; i <= last; i++) {
      if (i > 0) this.out.push(", ");
      if (left <= 0) {
        this.#more();
        break;
      }
      const rest =
        i < last ? this.term(term.items[i]!, left - 1) : this.#lastPair(term.items[i]!, term.tail, left);
      left = this.style.globalLimit ? rest : left - 1;
    }
    this.out.push("]");
    return left;
  }

  #lastPair(item: Term, tail: Term, limit: number): number {
    const left = this.term(item, limit - 1);
    this.out.push(" | ");
    // Elixir does not count what the tail uses up.
    if (this.style.globalLimit) this.term(tail, left > 0 ? left - 1 : left);
    else this.term(tail, limit - 1);
    return left;
  }

  #binary(bytes: Uint8Array, limit: number): number {
    const { printableLimit } = this.style;
    if (!isPrintable(bytes, printableLimit)) return this.#bits(bytes, 8, limit);
    this.out.push('"');
    const more = escapeInto(this.out, bytes, this.#escape('"'));
    this.out.push('"');
    if (more) this.#rest(" <> ...");
    return limit;
  }

  #bits(bytes: Uint8Array, lastBits: number, limit: number): number {
    const whole = lastBits === 8 ? bytes.length : bytes.length - 1;
    this.out.push("<<");
    const shown = Math.min(bytes.length, limit);
    for (let i = 0; i < shown; i++) {
      if (i > 0) this.out.push(", ");
      this.out.push(i < whole ? `${bytes[i]!}` : `${bytes[i]! >> (8 - lastBits)}::size(${lastBits})`);
    }
    if (shown < bytes.length) {
      if (shown > 0) this.out.push(", ");
      this.#more();
    }
    this.out.push(">>");
    return Math.max(0, limit - bytes.length);
  }

  #mapOrStruct(map: ErlangMap, limit: number): number {
    const module = map.get("__struct__");
    if (!(module instanceof Atom && isAlias(module.name))) return this.#map(map, limit);
    return inspectKnownStruct(this, module.name, map, limit) ?? this.#struct(module.name, map, limit);
  }

  #map(map: ErlangMap, limit: number): number {
    const entries = this.style.sortMaps ? sortedEntries(map) : map.entries;
    const keyword = entries.every(([key]) => isKeywordKey(key));
    return this.container("%{", entries, "}", limit, keyword ? this.#pair : this.#association);
  }

  #struct(module: string, map: ErlangMap, limit: number): number {
    return this.fields(module, map, limit, () => true);
  }

  /** `%Module{field: value}` of the fields that `keep` takes. */
  fields(
    module: string,
    map: ErlangMap,
    limit: number,
    keep: (name: string, value: Term) => boolean,
  ): number {
    const entries = this.style.sortMaps ? sortedEntries(map) : map.entries;
    // A struct has atoms as keys only; what has others is a map that calls itself a struct.
    if (!entries.every(([key]) => key instanceof Atom)) return this.#map(map, limit);
    const shown = inOrder(entries, this.style.structFields(module)).filter(([key, value]) => {
      const name = (key as Atom).name;
      return name !== "__struct__" && name !== "__exception__" && keep(name, value);
    });
    return this.container(`%${inspectAtom(module, this.style)}{`, shown, "}", limit, this.#pair);
  }
}

function inOrder(entries: readonly Entry[], fields: readonly string[] | undefined): readonly Entry[] {
  if (!fields) return entries;
  const place = ([key]: Entry): number => {
    const index = fields.indexOf((key as Atom).name);
    return index < 0 ? fields.length : index;
  };
  return [...entries].sort((a, b) => place(a) - place(b));
}

const byteOrZero = (item: Term): number => (typeof item === "number" && item < 127 ? item : 0);

const isKeywordKey = (key: Term | undefined): key is Atom =>
  key instanceof Atom && !key.name.startsWith("Elixir.");

const isKeywordPair = (term: Term): boolean =>
  term instanceof Tuple && term.elements.length === 2 && isKeywordKey(term.elements[0]);

const entryOf = (pair: Term): Entry => (pair as Tuple).elements as unknown as Entry;

/** `term` as Elixir's `inspect/2` prints it on one line (`width: :infinity`). @throws nothing that a decoded term could cause */
export function inspect(term: Term, options?: InspectOptions): string {
  return inspectWithInfo(term, options).text;
}

/** As {@link inspect}, and whether a limit left something out. */
export function inspectWithInfo(term: Term, options: InspectOptions = {}): Inspected {
  const printer = new Printer(styleOf(options));
  const { out } = printer;
  try {
    printer.term(term, printer.style.limit);
  } catch (cause) {
    // A RangeError is a full call stack: the caller's own calls may have left little of it.
    if (cause !== FULL && !(cause instanceof RangeError)) throw cause;
    out.cut();
  }
  return { text: out.text, truncated: out.truncated };
}
