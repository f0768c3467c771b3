import { ErlangMap, encode, ImproperList, isAtom, NativeRecord, type Term, Tuple } from "@elixirscope/etf";
import { explained, namesIn, parseTermPattern, type Syntax } from "../../model/index.ts";
import { compileGuard } from "./guard.ts";
import { GuardError } from "./guard-error.ts";
import { compileHead } from "./head.ts";

/** A pattern on terms, ready to be asked. */
export interface TermMatcher {
  /** Does the term as a whole match? */
  matches(term: Term): boolean;
  /** Does the term or any part of it match? Keys of maps are parts, too. */
  occursIn(term: Term): boolean;
  /**
   * Bytes of atoms and strings (UTF-8) and of numbers that stand in every term that matches: where one of them is missing in
   * an encoded term, decoding it is not worth the time.
   */
  readonly needles: readonly Uint8Array[];
}

/**
 * A pattern in Elixir's syntax, such as `%{user_id: 42}` or `{:count, n} when n > 5`.
 * @throws ElixirScopeError `BAD_TERM_PATTERN` with `details: {pattern, column}`
 */
export function compileTermPattern(text: string): TermMatcher {
  const { head, guards } = parseTermPattern(text);
  return explained(
    text,
    () => {
      const match = compileHead(head);
      const names = [...new Set(namesIn(head))];
      const conditions = guards.map((guard) => compileGuard(guard, names));
      const matches = (term: Term): boolean => {
        const bindings = new Map<string, Term>();
        if (!match(term, bindings)) return false;
        return conditions.length === 0 || conditions.some((holds) => isTrue(() => holds(bindings)));
      };
      return { matches, occursIn: (term) => occurs(term, matches), needles: needlesOf(head) };
    },
    "BAD_TERM_PATTERN",
  );
}

function isTrue(compute: () => Term): boolean {
  try {
    return isAtom(compute(), "true");
  } catch (error) {
    if (error instanceof GuardError) return false;
    throw error;
  }
}

/** No recursion: terms nest as deep as the decoder allows. */
function occurs(whole: Term, matches: (term: Term) => boolean): boolean {
  const left: Term[] = [whole];
  for (let term = left.pop(); term !== undefined; term = left.pop()) {
    if (matches(term)) return true;
    left.push(...partsOf(term));
  }
  return false;
}

function partsOf(term: Term): readonly Term[] {
  if (term instanceof Tuple) return term.elements;
  if (term instanceof ErlangMap) return term.entries.flat();
  if (term instanceof ImproperList) return [...term.items, term.tail];
  if (term instanceof NativeRecord) return term.fields.map(([, value]) => value);
  return Array.isArray(term) ? (term as readonly Term[]) : [];
}

function needlesOf(syntax: Syntax): readonly Uint8Array[] {
  switch (syntax.type) {
    case "atom":
      return ascii(syntax.name);
    case "string":
      return ascii(syntax.text);
    case "tuple":
      return syntax.items.flatMap(partNeedles);
    case "list":
      return [...syntax.items, ...(syntax.tail ? [syntax.tail] : [])].flatMap(needlesOf);
    case "map":
      return [...(syntax.struct ? [syntax.struct] : []), ...syntax.entries.flat()].flatMap(partNeedles);
    default:
      return [];
  }
}

/** In a tuple or a map a small number has one look; in a list it may be a byte of a string. */
const partNeedles = (syntax: Syntax): readonly Uint8Array[] =>
  syntax.type === "integer" ? encodedInteger(syntax.value) : needlesOf(syntax);

const encodedInteger = (value: bigint): readonly Uint8Array[] =>
  value >= -(2n ** 31n) && value < 2n ** 31n ? [encode(value).subarray(1)] : [];

/** Atoms travel as Latin-1 or as UTF-8 and look the same in ASCII only; short ones stand everywhere. */
function ascii(text: string): readonly Uint8Array[] {
  return text.length > 1 && /^[ -~]+$/.test(text) ? [new TextEncoder().encode(text)] : [];
}
