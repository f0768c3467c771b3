import {
  Atom,
  atom,
  binary,
  ErlangMap,
  Float,
  inspect,
  isAtom,
  Pid,
  type Term,
  Tuple,
} from "@elixirscope/etf";

// The protocol's JSON as Elixir terms and back, for those who ask from IEx.

/** JSON as Elixir would write it: maps with atom keys in snake_case, strings as binaries, null as nil. */
export function termOf(value: unknown): Term {
  if (value === null || value === undefined) return atom("nil");
  if (typeof value === "boolean") return atom(String(value));
  if (typeof value === "string") return binary(value);
  if (typeof value === "number") return Number.isSafeInteger(value) ? value : new Float(value);
  if (Array.isArray(value)) return value.map(termOf);
  return new ErlangMap(
    Object.entries(value).map(([key, item]) => [atom(snakeCase(key)), termOf(item)] as const),
  );
}

/**
 * A term as JSON: maps and keyword lists as objects (their keys in camelCase), atoms and binaries as strings, pids as they
 * print.
 */
export function jsonOf(term: Term): unknown {
  if (typeof term === "number") return term;
  if (typeof term === "bigint") return Number(term);
  if (term instanceof Float) return term.value;
  if (term instanceof Atom) return jsonOfAtom(term);
  if (term instanceof Uint8Array) return new TextDecoder().decode(term);
  if (term instanceof Pid) return `#PID<0.${term.id}.${term.serial}>`;
  if (term instanceof ErlangMap) return objectOf(term.entries);
  if (Array.isArray(term)) {
    const items = term as readonly Term[];
    return isKeywordList(items)
      ? objectOf(items.map(({ elements: [key, value] }) => [key!, value!]))
      : items.map(jsonOf);
  }
  return inspect(term);
}

function jsonOfAtom(term: Atom): unknown {
  if (isAtom(term, "nil")) return null;
  if (isAtom(term, "true")) return true;
  if (isAtom(term, "false")) return false;
  // Modules are written as people write them: `Hello.Counter`.
  return term.name.replace(/^Elixir\./, "");
}

const isKeywordList = (items: readonly Term[]): items is readonly Tuple[] =>
  items.length > 0 &&
  items.every(
    (item) => item instanceof Tuple && item.elements.length === 2 && item.elements[0] instanceof Atom,
  );

const objectOf = (entries: readonly (readonly [Term, Term])[]): Record<string, unknown> =>
  Object.fromEntries(entries.map(([key, value]) => [camelCase(String(jsonOf(key))), jsonOf(value)]));

/** `durationNs` as `duration_ns`. */
const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** `duration_ns` as `durationNs`: also for the names of methods. */
export const camelCase = (name: string): string =>
  name.replace(/(?<=[a-z0-9])_([a-z])/g, (_, letter: string) => letter.toUpperCase());
