import { Atom, binary, ErlangMap, Float, ImproperList, type Term, Tuple, tuple } from "@elixirscope/etf";
import { type CallSyntax, type MapSyntax, PatternProblem, type Syntax } from "../model/index.ts";
import { GUARD_FUNCTIONS, NOT_IN_GUARDS } from "./guard-functions.ts";
import { constant, distinctKeys, integerTerm, isMatchSpecWord, withTail } from "./match-head.ts";
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
    if (name === "_") throw new PatternProblem(at, "_ has no value to ask for: give the argument a name.");
    const { names } = this.#variables;
    const known = names.length === 0 ? "They have no names so far" : `Their names are ${names.join(", ")}`;
    throw new PatternProblem(
      at,
      `${name} is not a name among the arguments. ${known}; a function is written with parentheses: ${name}(…).`,
    );
  }

  #map({ struct, entries, at }: MapSyntax): Term {
    if (struct !== undefined) {
      throw new PatternProblem(
        at,
        "A struct cannot be built in a condition: put %Name{…} among the arguments, or use is_struct(x, Name).",
      );
    }
    const keys = distinctKeys(
      entries.map(([key]) => key),
      false,
    );
    return new ErlangMap(entries.map(([, value], i) => [keys[i]!, this.term(value)] as const));
  }

  #call({ name, args, at }: CallSyntax): Term {
    const write = GUARD_FUNCTIONS.get(`${name}/${args.length}`);
    if (write) return write(...this.#terms(args));
    throw new PatternProblem(at, NOT_IN_GUARDS[name] ?? unknownFunction(name, args.length));
  }

  #in({ args, at }: CallSyntax): Term {
    const [left, right] = args as readonly [Syntax, Syntax];
    const value = this.term(left);
    if (right.type === "list" && right.tail === undefined) {
      const options = right.items.map((item) => tuple(new Atom("=:="), value, this.term(item)));
      return anyOf(options);
    }
    if (right.type === "call" && (right.name === ".." || right.name === "..//")) return inRange(value, right);
    throw new PatternProblem(
      right.type === "call" ? at : right.at,
      "Behind in stands a list or a range, written out: q in [1, 2], q in 1..10.",
    );
  }
}

function anyOf(options: readonly Term[]): Term {
  if (options.length < 2) return options[0] ?? new Atom("false");
  return tuple(new Atom("orelse"), ...options);
}

function inRange(value: Term, { args, at, name }: CallSyntax): Term {
  const [first = 0n, last = 0n, step = 1n] = args.map((arg) => {
    if (arg.type === "integer") return arg.value;
    throw new PatternProblem(
      arg.at,
      "A range is written with integers: 1..10. For others, compare: q >= a and q <= b.",
    );
  });
  if (step === 0n) throw new PatternProblem(at, "A range's step is not 0.");
  if (first > last && name === "..") {
    throw new PatternProblem(at, `This range goes down: write ${last}..${first}, or ${first}..${last}//-1.`);
  }
  return rangeTerm(value, first, last, step);
}

function rangeTerm(value: Term, first: bigint, last: bigint, step: bigint): Term {
  const [low, high] = step > 0n ? [first, last] : [last, first];
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

function unknownFunction(name: string, arity: number): string {
  const known = [...GUARD_FUNCTIONS.keys()].filter((one) => /^[a-z]/.test(one));
  const sameName = known.filter((one) => one.startsWith(`${name}/`));
  const list = (sameName.length > 0 ? sameName : known.filter((one) => !/^(?:and|or|not)\//.test(one))).join(
    ", ",
  );
  return `${name}/${arity} cannot be used in a condition. There is: ${list}.`;
}
