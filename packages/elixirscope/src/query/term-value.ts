import { Atom, ErlangMap, Float, ImproperList, type Term, Tuple } from "@elixirscope/etf";

type Inspect = (term: Term) => string;

/** Below this a term is written as its text. */
const DEEPEST = 100;

/**
 * A term as JSON that can be asked like the term: maps are objects, lists are arrays, a tuple is `{"tuple": […]}`, a text
 * is a text, and all that JSON has no word for is written as Elixir prints it (docs/export.md).
 *
 * @param inspect how a term prints
 */
export function termValue(term: Term, inspect: Inspect, depth: number = 0): unknown {
  if (depth > DEEPEST) return inspect(term);
  const inner = (one: Term): unknown => termValue(one, inspect, depth + 1);
  if (typeof term === "number") return term;
  if (term instanceof Float) return term.value;
  if (term instanceof Atom) return atomValue(term, inspect);
  if (term instanceof Uint8Array) return textOf(term) ?? { base64: Buffer.from(term).toString("base64") };
  if (term instanceof Tuple) return { tuple: term.elements.map(inner) };
  if (term instanceof ErlangMap) return mapValue(term.entries, inspect, inner);
  if (term instanceof ImproperList) return { list: term.items.map(inner), tail: inner(term.tail) };
  if (Array.isArray(term)) return listValue(term as readonly Term[], inspect, inner);
  return inspect(term);
}

function atomValue(term: Atom, inspect: Inspect): unknown {
  if (term.name === "nil") return null;
  if (term.name === "true" || term.name === "false") return term.name === "true";
  return inspect(term);
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}

type Inner = (term: Term) => unknown;
type Entries = readonly (readonly [Term, Term])[];

function listValue(items: readonly Term[], inspect: Inspect, inner: Inner): unknown {
  return isKeywordList(items)
    ? mapValue(
        items.map(({ elements: [key, value] }) => [key!, value!]),
        inspect,
        inner,
      )
    : items.map(inner);
}

const isKeywordList = (items: readonly Term[]): items is readonly Tuple[] =>
  items.length > 0 &&
  items.every(
    (item) => item instanceof Tuple && item.elements.length === 2 && item.elements[0] instanceof Atom,
  );

/** Where two keys read alike, as the atom `a` and the text "a" do, pairs. */
function mapValue(entries: Entries, inspect: Inspect, inner: Inner): unknown {
  const pairs = entries.map(([key, value]) => [keyOf(key, inspect), inner(value)] as const);
  if (new Set(pairs.map(([key]) => key)).size === pairs.length) return objectOf(pairs);
  return { map: entries.map(([key, value]) => [inner(key), inner(value)]) };
}

/** Also where a key is `__proto__`. */
const objectOf = (pairs: readonly (readonly [string, unknown])[]): unknown => Object.fromEntries(pairs);

function keyOf(key: Term, inspect: Inspect): string {
  if (key instanceof Atom) return key.name;
  return (key instanceof Uint8Array ? textOf(key) : undefined) ?? inspect(key);
}
