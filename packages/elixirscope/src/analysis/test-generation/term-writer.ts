import {
  Atom,
  BitString,
  ErlangMap,
  ExportFun,
  Float,
  Fun,
  ImproperList,
  inspect,
  Pid,
  Port,
  Reference,
  type Term,
  Tuple,
} from "@elixirscope/etf";
import { isCut } from "../term-diff.ts";
import { clockReading } from "./clock-reading.ts";
import { type Expression, type Hole, type Pair, scalar } from "./source-expression.ts";
import { keyOf, type Variables } from "./variables.ts";
import {
  atomScalar,
  binaryScalar,
  isText,
  keywordOf,
  numberScalar,
  shortStruct,
  textScalar,
} from "./written-scalars.ts";

/** Why a test cannot be written. */
export class Unwritable extends Error {}

/** Characters of one value that a person would still read in a test. */
const LONGEST = 20_000;

/** Writes terms as Elixir source. What is given to the code under test becomes variables, what it made itself holes. */
export class TermWriter {
  readonly #variables: Variables;
  /** Unix nanoseconds at which the code ran. */
  readonly #at: bigint;
  /** Numbers and moments that were given, by their bytes: those are no reading of a clock. */
  readonly #known = new Set<string>();

  constructor(variables: Variables, at: bigint) {
    this.#variables = variables;
    this.#at = at;
  }

  /** @throws Unwritable for what a test cannot make */
  given(term: Term): Expression {
    this.#note(term);
    return this.#checked(new Walk(this.#variables, undefined).write(term, [], ""));
  }

  /**
   * @param others what the same came to when it ran at other times: where they differ nobody can know what comes
   * @throws Unwritable
   */
  expected(term: Term, others: readonly Term[], wanted: string): Expression {
    const isClock = (value: Term): boolean => !this.#known.has(keyOf(value)) && clockReading(value, this.#at);
    return this.#checked(new Walk(this.#variables, isClock).write(term, others, wanted));
  }

  #checked(expression: Expression): Expression {
    if (lengthOf(expression) > LONGEST)
      throw new Unwritable("What it was given or left is too large for a test that somebody reads.");
    return expression;
  }

  #note(term: Term): void {
    this.#known.add(keyOf(term));
    for (const part of partsOf(term)) this.#note(part);
  }
}

const lengthOf = (expression: Expression): number => {
  if (expression.type === "hole") return 10;
  if (expression.type === "scalar") return expression.text.length;
  if (expression.type === "mapping")
    return expression.pairs.reduce(
      (sum, { key, value }) => sum + (typeof key === "string" ? key.length : lengthOf(key)) + lengthOf(value),
      2,
    );
  return expression.items.reduce((sum, item) => sum + lengthOf(item), 2);
};

export function partsOf(term: Term): readonly Term[] {
  if (term instanceof Tuple) return term.elements;
  if (term instanceof ErlangMap) return term.entries.flat();
  if (term instanceof ImproperList) return [...term.items, term.tail];
  return Array.isArray(term) ? (term as readonly Term[]) : [];
}

class Walk {
  readonly #variables: Variables;
  /** Of what is expected: is this a reading of a clock? */
  readonly #isClock: ((term: Term) => boolean) | undefined;

  constructor(variables: Variables, isClock: ((term: Term) => boolean) | undefined) {
    this.#variables = variables;
    this.#isClock = isClock;
  }

  write(term: Term, others: readonly Term[], wanted: string): Expression {
    if (isCut(term)) throw new Unwritable("A part of it was too large to be recorded.");
    if (this.#isClock?.(term)) return this.#hole(wanted || "now", clockChecks(term));
    if (term instanceof Pid || term instanceof Reference || term instanceof Fun)
      return this.#identifier(term, wanted);
    if (term instanceof Port) return this.#port(wanted);
    const alike = others.every((other) => sameForm(term, other));
    if (!alike) return this.#hole(wanted || "value", kindChecks(term, others));
    return this.#compound(term, others, wanted) ?? this.#scalar(term);
  }

  #identifier(term: Pid | Reference | Fun, wanted: string): Expression {
    const known = this.#variables.known(term);
    if (known) return scalar(known.name, `^${known.name}`);
    if (this.#isClock === undefined) {
      const { name } = this.#variables.given(term);
      return scalar(name, `^${name}`);
    }
    if (term instanceof Pid) return this.#hole(wanted || "pid", (name) => [`is_pid(${name})`]);
    if (term instanceof Reference) return this.#hole(wanted || "ref", (name) => [`is_reference(${name})`]);
    return this.#hole(wanted || "fun", (name) => [`is_function(${name}, ${term.arity})`]);
  }

  #port(wanted: string): Expression {
    if (this.#isClock) return this.#hole(wanted || "port", (name) => [`is_port(${name})`]);
    throw new Unwritable("It was given a port, which a test cannot make.");
  }

  #hole(wanted: string, checks: (name: string) => readonly string[]): Hole {
    const name = this.#variables.names.fresh(wanted);
    return { type: "hole", name, checks: checks(name) };
  }

  #compound(term: Term, others: readonly Term[], wanted: string): Expression | undefined {
    if (term instanceof Tuple) {
      const items = this.#items(term.elements, others.map(elementsOf), wanted);
      return { type: "sequence", open: "{", close: "}", items };
    }
    if (term instanceof ErlangMap) return this.#map(term, others as readonly ErlangMap[], wanted);
    if (term instanceof ImproperList) return this.#improper(term, wanted);
    if (!Array.isArray(term)) return undefined;
    const list = term as readonly Term[];
    if (isText(list)) return textScalar(list);
    return this.#list(list, others as readonly (readonly Term[])[], wanted);
  }

  #items(
    items: readonly Term[],
    others: readonly (readonly Term[])[],
    wanted: string,
  ): readonly Expression[] {
    return items.map((item, i) =>
      this.write(
        item,
        others.map((other) => other[i]!),
        wanted,
      ),
    );
  }

  #list(list: readonly Term[], others: readonly (readonly Term[])[], wanted: string): Expression {
    const keys = list.map((item) =>
      item instanceof Tuple && item.elements.length === 2 ? keywordOf(item.elements[0]!) : undefined,
    );
    if (list.length === 0 || keys.includes(undefined))
      return { type: "sequence", open: "[", close: "]", items: this.#items(list, others, wanted) };
    const pairs = list.map((item, i): Pair => {
      const key = keys[i]!;
      const values = others.map((other) => elementsOf(other[i]!)[1]!);
      return { key, value: this.write(elementsOf(item)[1]!, values, key) };
    });
    return { type: "mapping", open: "[", close: "]", pairs };
  }

  /** `[alias | Reference]` is what an answer goes to: in a test a reference does as well. */
  #improper({ items, tail }: ImproperList, wanted: string): Expression {
    const [first] = items;
    if (items.length === 1 && first instanceof Atom && first.name === "alias")
      return this.write(tail, [], wanted);
    return {
      type: "sequence",
      open: "[",
      close: "]",
      items: this.#items(items, [], wanted),
      tail: this.write(tail, [], wanted),
    };
  }

  #map(map: ErlangMap, others: readonly ErlangMap[], wanted: string): Expression {
    const struct = map.get("__struct__");
    const module = struct instanceof Atom && struct.name.startsWith("Elixir.") ? struct.name : undefined;
    const short = module === undefined ? undefined : shortStruct(module, map);
    if (short) return short;
    if (module === "Elixir.MapSet") return this.#set(map, wanted);
    if (map.entries.some(([key]) => this.#isFresh(key))) return this.#ofFreshKeys(map, wanted);
    const isStruct = module !== undefined && map.entries.every(([key]) => key instanceof Atom);
    const entries = map.entries.filter(([key]) => !(isStruct && STRUCT_KEYS.has((key as Atom).name)));
    const keys = entries.map(([key]) => keywordOf(key));
    const plain = keys.every((key) => key !== undefined);
    const values = entries.map(([key, value], i) =>
      this.write(
        value,
        others.map((other) => valueIn(other, key)),
        keys[i] ?? wanted,
      ),
    );
    const pairs = entries
      .map(([key], i): Pair => ({ key: plain ? keys[i]! : this.write(key, [], ""), value: values[i]! }))
      .sort(byKey);
    return { type: "mapping", open: isStruct ? `%${inspect(struct!)}{` : "%{", close: "}", pairs };
  }

  #isFresh(key: Term): boolean {
    return (
      this.#isClock !== undefined &&
      (key instanceof Pid || key instanceof Reference || key instanceof Fun) &&
      this.#variables.known(key) === undefined
    );
  }

  /** Keys that nobody can know: a map with so many of them. */
  #ofFreshKeys(map: ErlangMap, wanted: string): Expression {
    const { length } = map.entries;
    return this.#hole(wanted || "map", (name) => [`map_size(${name}) == ${length}`]);
  }

  #set(map: ErlangMap, wanted: string): Expression {
    const members = map.get("map");
    if (!(members instanceof ErlangMap)) throw new Unwritable("It has a MapSet of an unknown form.");
    const keys = members.entries.map(([key]) => key);
    if (keys.some((key) => this.#isFresh(key)))
      return this.#hole(wanted || "set", (name) => [`MapSet.size(${name}) == ${keys.length}`]);
    if (keys.length === 0) return scalar("MapSet.new()", null);
    const items = this.#items(keys, [], wanted);
    return { type: "sequence", open: "MapSet.new([", close: "])", items };
  }

  #scalar(term: Term): Expression {
    if (term instanceof Atom) return atomScalar(term);
    if (typeof term === "number" || typeof term === "bigint" || term instanceof Float)
      return numberScalar(term);
    if (term instanceof Uint8Array) return binaryScalar(term);
    if (term instanceof BitString) return scalar(inspect(term, { limit: Number.POSITIVE_INFINITY }));
    if (term instanceof ExportFun) return scalar(inspect(term), null);
    throw new Unwritable("It has a value that cannot be written in Elixir.");
  }
}

const STRUCT_KEYS: ReadonlySet<string> = new Set(["__struct__", "__exception__"]);

const elementsOf = (term: Term): readonly Term[] => (term as Tuple).elements;

const valueIn = (map: ErlangMap, key: Term): Term =>
  map.entries.find(([other]) => keyOf(other) === keyOf(key))![1];

const byKey = (a: Pair, b: Pair): number =>
  typeof a.key === "string" && typeof b.key === "string" && a.key !== b.key ? (a.key < b.key ? -1 : 1) : 0;

/** Can they be compared part by part, or are they equal? */
function sameForm(a: Term, b: Term): boolean {
  if (a instanceof Tuple && b instanceof Tuple) return a.elements.length === b.elements.length;
  if (a instanceof ErlangMap && b instanceof ErlangMap)
    return (
      a.entries.length === b.entries.length &&
      a.entries.every(([key]) => b.entries.some(([other]) => keyOf(other) === keyOf(key)))
    );
  if (Array.isArray(a) && Array.isArray(b))
    return (
      a.length === b.length &&
      (isText(a as Term[])
        ? keyOf(a as Term) === keyOf(b as Term)
        : keysOf(a as Term[]) === keysOf(b as Term[]))
    );
  if (a instanceof ImproperList && b instanceof ImproperList) return a.items.length === b.items.length;
  return keyOf(a) === keyOf(b);
}

/** Keyword lists have to have the same keys. */
const keysOf = (list: readonly Term[]): string =>
  list
    .map((item) =>
      item instanceof Tuple && item.elements.length === 2 ? (keywordOf(item.elements[0]!) ?? "") : "",
    )
    .join();

function clockChecks(term: Term): (name: string) => readonly string[] {
  if (!(term instanceof ErlangMap)) return (name) => [`is_integer(${name})`];
  const struct = inspect(term.get("__struct__")!);
  return (name) => [`is_struct(${name}, ${struct})`];
}

/** What all of them are. */
function kindChecks(term: Term, others: readonly Term[]): (name: string) => readonly string[] {
  const kinds = new Set([term, ...others].map(guardOf));
  const [guard] = kinds;
  return (name) => (kinds.size === 1 && guard ? [`${guard}(${name})`] : []);
}

function guardOf(term: Term): string {
  if (typeof term === "number" || typeof term === "bigint") return "is_integer";
  if (term instanceof Float) return "is_float";
  if (term instanceof Uint8Array) return "is_binary";
  if (term instanceof Atom) return "is_atom";
  if (term instanceof ErlangMap) return "is_map";
  if (term instanceof Tuple) return "is_tuple";
  return Array.isArray(term) ? "is_list" : "";
}
