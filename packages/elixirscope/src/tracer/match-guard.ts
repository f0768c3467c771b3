import { Atom, binary, ErlangMap, Float, ImproperList, type Term, Tuple, tuple } from "@elixirscope/etf";
import {
  type CallSyntax,
  isMatchSpecWord,
  type MapSyntax,
  type Options,
  optionsOf,
  PatternProblem,
  type Syntax,
  structInCondition,
  unknownFunction,
  unknownName,
} from "../model/index.ts";
import { GUARD_FUNCTIONS } from "./guard-functions.ts";
import { constant, distinctKeys, integerTerm, withTail } from "./match-head.ts";
import type { MatchVariables } from "./match-variables.ts";

/**
 * A condition in Elixir's syntax as a guard of a match spec.
 * @throws PatternProblem
 */
export function matchGuard(guard: Syntax, variables: MatchVariables): Term {
  const term = new GuardWriter(variables).term(guard);
  if (sizeOf(term, new Map()) <= MAX_SIZE) return term;
  throw new PatternProblem(
    guard.at,
    "This condition becomes too large: some functions (ceil, floor, tuple_size, is_struct, in) repeat their argument, so do not put them into each other.",
  );
}

/** Parts of a guard. Enough for any condition of a person. */
const MAX_SIZE = 20_000;

/** A repeated argument is one object here and many on the wire, so sizes are kept: looking twice would never end. */
function sizeOf(term: Term, known: Map<Term, number>): number {
  const parts = partsOf(term);
  if (parts.length === 0) return 1;
  const size = known.get(term) ?? parts.reduce<number>((sum, part) => sum + sizeOf(part, known), 1);
  known.set(term, size);
  return size;
}

function partsOf(term: Term): readonly Term[] {
  if (term instanceof Tuple) return term.elements;
  if (term instanceof ErlangMap) return term.entries.flat();
  if (term instanceof ImproperList) return [...term.items, term.tail];
  return Array.isArray(term) ? (term as readonly Term[]) : [];
}

class GuardWriter {
  readonly #variables: MatchVariables;

  constructor(variables: MatchVariables) {
    this.#variables = variables;
  }

  term(syntax: Syntax): Term {
    switch (syntax.type) {
      case "integer":
        return integerTerm(syntax.value);
      case "float":
        return new Float(syntax.value);
      case "atom":
        return isMatchSpecWord(syntax.name) ? constant(new Atom(syntax.name)) : new Atom(syntax.name);
      case "string":
        return binary(syntax.text);
      case "variable":
        return this.#variable(syntax.name, syntax.at);
      case "tuple":
        // A tuple in a guard is a call; one in another is a tuple.
        return new Tuple([tuple(...this.#terms(syntax.items))]);
      case "list":
        return syntax.tail === undefined
          ? this.#terms(syntax.items)
          : withTail(this.#terms(syntax.items), this.term(syntax.tail));
      case "map":
        return this.#map(syntax);
      case "field":
        return tuple(new Atom("map_get"), constant(new Atom(syntax.name)), this.term(syntax.of));
      case "call":
        return syntax.name === "in" && syntax.args.length === 2 ? this.#in(syntax) : this.#call(syntax);
    }
  }

  #terms(items: readonly Syntax[]): readonly Term[] {
    return items.map((item) => this.term(item));
  }

  #variable(name: string, at: number): Term {
    if (this.#variables.has(name)) return this.#variables.named(name);
    throw unknownName(name, at, this.#variables.names);
  }

  #map({ struct, entries, at }: MapSyntax): Term {
    if (struct !== undefined) throw structInCondition(at);
    const keys = distinctKeys(
      entries.map(([key]) => key),
      false,
    );
    return new ErlangMap(entries.map(([, value], i) => [keys[i]!, this.term(value)] as const));
  }

  #call(call: CallSyntax): Term {
    const write = GUARD_FUNCTIONS.get(`${call.name}/${call.args.length}`);
    if (write) return write(...this.#terms(call.args));
    throw unknownFunction(call, GUARD_FUNCTIONS.keys());
  }

  #in(call: CallSyntax): Term {
    const value = this.term(call.args[0]!);
    const options = optionsOf(call);
    if (options.type === "range") return rangeTerm(value, options);
    return anyOf(options.items.map((item) => tuple(new Atom("=:="), value, this.term(item))));
  }
}

function anyOf(options: readonly Term[]): Term {
  if (options.length < 2) return options[0] ?? new Atom("false");
  return tuple(new Atom("orelse"), ...options);
}

function rangeTerm(value: Term, { first, low, high, step }: Extract<Options, { type: "range" }>): Term {
  const conditions = [
    tuple(new Atom("is_integer"), value),
    tuple(new Atom(">="), value, integerTerm(low)),
    tuple(new Atom("=<"), value, integerTerm(high)),
  ];
  if (step !== 1n && step !== -1n) {
    const distance = tuple(new Atom("-"), value, integerTerm(first));
    conditions.push(tuple(new Atom("=:="), tuple(new Atom("rem"), distance, integerTerm(step)), 0));
  }
  return tuple(new Atom("andalso"), ...conditions);
}
