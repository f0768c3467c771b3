import { Atom, binary, ErlangMap, Float, ImproperList, type Term, tuple } from "@elixirscope/etf";
import {
  type CallSyntax,
  type ListSyntax,
  type MapSyntax,
  PatternProblem,
  type Syntax,
} from "../model/index.ts";
import type { MatchVariables } from "./match-variables.ts";

/** What a pattern on arguments becomes: the head of a match spec, and conditions that a head cannot express. */
export interface MatchHead {
  readonly head: readonly Term[];
  readonly conditions: readonly Term[];
}

/** @throws PatternProblem */
export function matchHead(args: readonly Syntax[], variables: MatchVariables): MatchHead {
  const writer = new HeadWriter(variables);
  return { head: args.map((arg) => writer.term(arg)), conditions: writer.conditions };
}

export const integerTerm = (value: bigint): Term => {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
};

/** Atoms that mean something else inside a match spec: `'_'`, `'$1'`, `'$_'`. */
export const isMatchSpecWord = (name: string): boolean => name === "_" || name.startsWith("$");

/** A value itself, where a guard would read a variable or a constructor. */
export const constant = (term: Term): Term => tuple(new Atom("const"), term);

const IN_PLACE_OF: Readonly<Record<string, string>> = {
  "=": "A name for a whole argument is not possible here: give either the name (item, with item.qty in the condition) or its shape.",
  "^": "There is nothing to pin in a call pattern: write the value itself.",
  "<>": "Strings cannot be taken apart in a call pattern: compare whole ones, or use byte_size/1.",
  "++": "Write a list with a tail as [a, b | tail].",
  "|": "Write a list with a tail as [a, b | tail].",
  "::": "Binaries cannot be taken apart in a call pattern.",
};

class HeadWriter {
  readonly conditions: Term[] = [];
  readonly #variables: MatchVariables;

  constructor(variables: MatchVariables) {
    this.#variables = variables;
  }

  term(syntax: Syntax): Term {
    switch (syntax.type) {
      case "integer":
        return integerTerm(syntax.value);
      case "float":
        return this.#float(syntax.value);
      case "atom":
        return isMatchSpecWord(syntax.name)
          ? this.#equal(constant(new Atom(syntax.name)))
          : new Atom(syntax.name);
      case "string":
        return binary(syntax.text);
      case "variable":
        return this.#variables.inHead(syntax.name);
      case "tuple":
        return tuple(...syntax.items.map((item) => this.term(item)));
      case "list":
        return this.#list(syntax);
      case "map":
        return this.#map(syntax);
      case "field":
        throw new PatternProblem(
          syntax.at,
          "A field cannot be asked for among the arguments: write %{key: value}, or ask in the condition.",
        );
      case "call":
        throw misplaced(syntax);
    }
  }

  /** Zeros are compared by the node's own `=:=`: whether 0.0 is -0.0 changed with OTP 27, and a head compares bits. */
  #float(value: number): Term {
    return value === 0 ? this.#equal(new Float(value)) : new Float(value);
  }

  #equal(term: Term): Term {
    const variable = this.#variables.fresh();
    this.conditions.push(tuple(new Atom("=:="), variable, term));
    return variable;
  }

  #list({ items, tail }: ListSyntax): Term {
    const terms = items.map((item) => this.term(item));
    return tail === undefined ? terms : withTail(terms, this.term(tail));
  }

  /** A map in a head means: these keys, with values like this, and any others. As in Elixir. */
  #map({ entries, struct }: MapSyntax): Term {
    const written: [Term, Term][] =
      struct === undefined ? [] : [[new Atom("__struct__"), this.#struct(struct)]];
    const keys = distinctKeys(
      entries.map(([key]) => key),
      struct !== undefined,
    );
    for (const [i, [, value]] of entries.entries()) written.push([keys[i]!, this.term(value)]);
    return new ErlangMap(written);
  }

  /** Of `%MyApp.Item{}` the atom; of `%name{}` and `%_{}` any atom. */
  #struct(struct: Syntax): Term {
    if (struct.type === "atom") return this.term(struct);
    if (struct.type !== "variable")
      throw new PatternProblem(struct.at, "A struct's name belongs here: %MyApp.Item{}.");
    const variable = struct.name === "_" ? this.#variables.fresh() : this.#variables.named(struct.name);
    this.conditions.push(tuple(new Atom("is_atom"), variable));
    return variable;
  }
}

function misplaced(call: CallSyntax): PatternProblem {
  const advice =
    IN_PLACE_OF[call.name] ??
    `Nothing is computed among the arguments: give it a name (q) and ask behind when (${call.name === "in" ? "q in [1, 2]" : "q > 10"}).`;
  return new PatternProblem(call.at, advice);
}

/** Keys of a map pattern: literals of one piece, each once (a match spec's map can have a key only once). */
export function distinctKeys(keys: readonly Syntax[], isStruct: boolean): readonly Term[] {
  const seen = new Set<string>(isStruct ? ["atom __struct__"] : []);
  return keys.map((key) => {
    const [name, term] = keyTerm(key);
    if (seen.has(name)) throw new PatternProblem(key.at, "This key stands twice in the map: write it once.");
    seen.add(name);
    return term;
  });
}

function keyTerm(key: Syntax): readonly [name: string, term: Term] {
  switch (key.type) {
    case "integer":
      return [`integer ${key.value}`, integerTerm(key.value)];
    case "string":
      return [`string ${key.text}`, binary(key.text)];
    case "float":
      if (key.value !== 0) return [`float ${key.value}`, new Float(key.value)];
      break;
    case "atom":
      if (!isMatchSpecWord(key.name)) return [`atom ${key.name}`, new Atom(key.name)];
      break;
    default:
  }
  throw new PatternProblem(
    key.at,
    'A key in a map pattern is an atom, a string or a number: %{qty: q}, %{"a" => 1}. Ask for others behind when: is_map_key(map, key).',
  );
}

/** `[...items | tail]`, one list where the tail is one. */
export function withTail(items: readonly Term[], tail: Term): Term {
  if (items.length === 0) return tail;
  if (Array.isArray(tail)) return [...items, ...(tail as readonly Term[])];
  if (tail instanceof ImproperList) return new ImproperList([...items, ...tail.items], tail.tail);
  return new ImproperList(items, tail);
}
