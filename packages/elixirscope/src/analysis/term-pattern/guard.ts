import { Atom, binary, ErlangMap, Float, ImproperList, type Term, Tuple } from "@elixirscope/etf";
import {
  type CallSyntax,
  checkKeys,
  optionsOf,
  type Syntax,
  structInCondition,
  unknownFunction,
  unknownName,
} from "../../model/index.ts";
import { same } from "./equality.ts";
import { fail } from "./guard-error.ts";
import { boolean, GUARD_FUNCTIONS, truth } from "./guard-functions.ts";
import { integer, isInteger } from "./numbers.ts";

/** Names of the pattern and what they stand for. */
export type Bindings = ReadonlyMap<string, Term>;

/** A piece of a condition, ready to be computed; throws `GuardError` where the BEAM would raise. */
export type Computation = (bindings: Bindings) => Term;

const AND = "and";
const OR = "or";

/**
 * A condition as a function, checked before anything is computed.
 * @throws PatternProblem
 */
export function compileGuard(syntax: Syntax, names: readonly string[]): Computation {
  const compile = (inner: Syntax): Computation => compileGuard(inner, names);
  switch (syntax.type) {
    case "integer":
      return constant(integer(syntax.value));
    case "float":
      return constant(new Float(syntax.value));
    case "atom":
      return constant(new Atom(syntax.name));
    case "string":
      return constant(binary(syntax.text));
    case "variable":
      if (!names.includes(syntax.name)) throw unknownName(syntax.name, syntax.at, names);
      return (bindings) => bindings.get(syntax.name) ?? fail();
    case "tuple": {
      const items = syntax.items.map(compile);
      return (bindings) => new Tuple(items.map((item) => item(bindings)));
    }
    case "list":
      return list(syntax.items.map(compile), syntax.tail && compile(syntax.tail));
    case "map":
      return map(syntax, compile);
    case "field": {
      const of = compile(syntax.of);
      return (bindings) => {
        const value = of(bindings);
        return (value instanceof ErlangMap ? value.get(syntax.name) : undefined) ?? fail();
      };
    }
    case "call":
      return call(syntax, compile);
  }
}

type Compile = (syntax: Syntax) => Computation;

const constant =
  (term: Term): Computation =>
  () =>
    term;

function list(items: readonly Computation[], tail: Computation | undefined): Computation {
  return (bindings) => {
    const terms = items.map((item) => item(bindings));
    return tail === undefined || terms.length === 0 ? terms : joined(terms, tail(bindings));
  };
}

function joined(items: readonly Term[], tail: Term): Term {
  if (Array.isArray(tail)) return [...items, ...(tail as readonly Term[])];
  if (tail instanceof ImproperList) return new ImproperList([...items, ...tail.items], tail.tail);
  return new ImproperList(items, tail);
}

function map(syntax: Extract<Syntax, { type: "map" }>, compile: Compile): Computation {
  if (syntax.struct !== undefined) throw structInCondition(syntax.at);
  checkKeys(
    syntax.entries.map(([key]) => key),
    false,
  );
  const entries = syntax.entries.map(([key, value]) => [compile(key), compile(value)] as const);
  return (bindings) =>
    new ErlangMap(entries.map(([key, value]) => [key(bindings), value(bindings)] as const));
}

function call(syntax: CallSyntax, compile: Compile): Computation {
  const { name, args } = syntax;
  if (args.length === 2) {
    if (name === "in") return inside(syntax, compile);
    // The second half is not computed where the first decides, and may be anything.
    if (name === AND || name === OR) {
      const [left, right] = args.map(compile) as [Computation, Computation];
      return (bindings) =>
        truth(left(bindings)) === (name === AND) ? right(bindings) : boolean(name === OR);
    }
  }
  const apply = GUARD_FUNCTIONS.get(`${name}/${args.length}`);
  if (!apply) throw unknownFunction(syntax, [...GUARD_FUNCTIONS.keys(), "and/2", "or/2"]);
  const computed = args.map(compile);
  return (bindings) => apply(...computed.map((arg) => arg(bindings)));
}

function inside(syntax: CallSyntax, compile: Compile): Computation {
  const left = compile(syntax.args[0]!);
  const options = optionsOf(syntax);
  if (options.type === "list") {
    const items = options.items.map(compile);
    return (bindings) => {
      const value = items.length === 0 ? 0 : left(bindings);
      return boolean(items.some((item) => same(value, item(bindings))));
    };
  }
  const { first, low, high, step } = options;
  return (bindings) => {
    const value = left(bindings);
    if (!isInteger(value)) return boolean(false);
    const number = BigInt(value);
    return boolean(number >= low && number <= high && (number - first) % step === 0n);
  };
}
