import { Atom, binary, ErlangMap, Float, ImproperList, type Term, tuple } from "@elixirscope/etf";
import {
  checkKeys,
  isMatchSpecWord,
  type ListSyntax,
  type MapSyntax,
  misplaced,
  misplacedField,
  notAStruct,
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

/** A value itself, where a guard would read a variable or a constructor. */
export const constant = (term: Term): Term => tuple(new Atom("const"), term);

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
        throw misplacedField(syntax.at);
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
    if (struct.type !== "variable") throw notAStruct(struct.at);
    const variable = struct.name === "_" ? this.#variables.fresh() : this.#variables.named(struct.name);
    this.conditions.push(tuple(new Atom("is_atom"), variable));
    return variable;
  }
}

/** Keys of a map pattern as terms: a match spec's map can have a key only once. */
export function distinctKeys(keys: readonly Syntax[], isStruct: boolean): readonly Term[] {
  checkKeys(keys, isStruct);
  return keys.map(literal);
}

function literal(key: Syntax): Term {
  switch (key.type) {
    case "integer":
      return integerTerm(key.value);
    case "string":
      return binary(key.text);
    case "float":
      return new Float(key.value);
    default:
      return new Atom(key.type === "atom" ? key.name : "");
  }
}

/** `[...items | tail]`, one list where the tail is one. */
export function withTail(items: readonly Term[], tail: Term): Term {
  if (items.length === 0) return tail;
  if (Array.isArray(tail)) return [...items, ...(tail as readonly Term[])];
  if (tail instanceof ImproperList) return new ImproperList([...items, ...tail.items], tail.tail);
  return new ImproperList(items, tail);
}
