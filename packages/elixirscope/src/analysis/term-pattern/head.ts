import { Atom, binary, ErlangMap, Float, ImproperList, type Term, Tuple } from "@elixirscope/etf";
import {
  checkKeys,
  type MapSyntax,
  misplaced,
  misplacedField,
  notAStruct,
  type Syntax,
} from "../../model/index.ts";
import { entryOf, same } from "./equality.ts";
import { integer } from "./numbers.ts";

/** Does the term have this shape? Names get their values in `bindings`; after `false` those are rubbish. */
export type Match = (term: Term, bindings: Map<string, Term>) => boolean;

/**
 * A shape as a function, checked before anything is matched.
 * @throws PatternProblem
 */
export function compileHead(syntax: Syntax): Match {
  switch (syntax.type) {
    case "integer":
      return equal(integer(syntax.value));
    case "float":
      return equal(new Float(syntax.value));
    case "atom":
      return (term) => term instanceof Atom && term.name === syntax.name;
    case "string":
      return equal(binary(syntax.text));
    case "variable":
      return variable(syntax.name);
    case "tuple": {
      const items = syntax.items.map(compileHead);
      return (term, bindings) =>
        term instanceof Tuple &&
        term.elements.length === items.length &&
        items.every((item, i) => item(term.elements[i]!, bindings));
    }
    case "list":
      return list(syntax.items.map(compileHead), syntax.tail && compileHead(syntax.tail));
    case "map":
      return map(syntax);
    case "field":
      throw misplacedField(syntax.at);
    case "call":
      throw misplaced(syntax);
  }
}

const equal =
  (value: Term): Match =>
  (term) =>
    same(term, value);

/** A name that stands twice means equal values. */
function variable(name: string): Match {
  if (name === "_") return () => true;
  return (term, bindings) => {
    const bound = bindings.get(name);
    if (bound !== undefined) return same(term, bound);
    bindings.set(name, term);
    return true;
  };
}

function list(items: readonly Match[], tail: Match | undefined): Match {
  return (term, bindings) => {
    const [found, end] = term instanceof ImproperList ? [term.items, term.tail] : [term, []];
    if (!Array.isArray(found) || found.length < items.length) return false;
    const terms = found as readonly Term[];
    if (!items.every((item, i) => item(terms[i]!, bindings))) return false;
    const rest = terms.slice(items.length);
    const whole = rest.length === 0 ? end : Array.isArray(end) ? rest : new ImproperList(rest, end);
    return tail === undefined ? Array.isArray(whole) && whole.length === 0 : tail(whole, bindings);
  };
}

/** These keys, with values like this, and any others. Of `%_{}` and `%name{}` the struct is any atom. */
function map({ struct, entries }: MapSyntax): Match {
  checkKeys(
    entries.map(([key]) => key),
    struct !== undefined,
  );
  const ofStruct = struct === undefined ? undefined : compileStruct(struct);
  const values = entries.map(([key, value]) => [literal(key), compileHead(value)] as const);
  return (term, bindings) => {
    if (!(term instanceof ErlangMap)) return false;
    if (ofStruct && !ofStruct(term.get("__struct__") ?? 0, bindings)) return false;
    return values.every(([key, match]) => {
      const value = entryOf(term, key);
      return value !== undefined && match(value, bindings);
    });
  };
}

function compileStruct(struct: Syntax): Match {
  if (struct.type !== "atom" && struct.type !== "variable") throw notAStruct(struct.at);
  const match = compileHead(struct);
  return (term, bindings) => term instanceof Atom && match(term, bindings);
}

function literal(key: Syntax): Term {
  switch (key.type) {
    case "integer":
      return integer(key.value);
    case "float":
      return new Float(key.value);
    case "string":
      return binary(key.text);
    default:
      return new Atom(key.type === "atom" ? key.name : "");
  }
}
