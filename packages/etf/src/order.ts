/** Erlang's two term orders: that of `<` and `==`, and the one by which maps sort their keys. */
import {
  Atom,
  BitString,
  ErlangMap,
  ExportFun,
  Float,
  Fun,
  ImproperList,
  NativeRecord,
  Pid,
  Port,
  Reference,
  type Term,
  Tuple,
} from "./terms.ts";

function rank(term: Term): number {
  if (typeof term === "number" || typeof term === "bigint") return 0;
  if (term instanceof Float) return 1;
  if (term instanceof Atom) return 2;
  if (term instanceof Reference) return 3;
  if (term instanceof Fun) return 4;
  if (term instanceof ExportFun) return 5;
  if (term instanceof Port) return 6;
  if (term instanceof Pid) return 7;
  if (term instanceof Tuple || term instanceof NativeRecord) return 8;
  if (term instanceof ErlangMap) return 9;
  if (Array.isArray(term)) return term.length === 0 ? 10 : 11;
  if (term instanceof ImproperList) return 11;
  return term instanceof Uint8Array || term instanceof BitString ? 12 : 13;
}

const sign = <T extends number | bigint | string>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);

/** Negative, zero or positive, as `a` sorts before, with or after `b`. */
type Compare = (a: Term, b: Term) => number;

/** The order of keys in a map: integers before floats, whatever their value. */
const compareKeys: Compare = (a, b) => {
  const byRank = rank(a) - rank(b);
  if (byRank !== 0) return byRank;
  if (isInteger(a) && isInteger(b)) return a < b ? -1 : a > b ? 1 : 0;
  if (a instanceof Float && b instanceof Float) return sign(a.value, b.value);
  return compareOthers(a, b, compareKeys);
};

/**
 * Erlang's order of terms, that of `<` and `==`: numbers by their value, so `1` and `1.0` are equal (but not as keys of a
 * map). Negative, zero or positive. Equal funs of different nodes or code count as equal by their module and index.
 */
export const compareTerms: Compare = (a, b) => {
  const [left, right] = [numberOf(a), numberOf(b)];
  // JavaScript compares a bigint with a number by their exact values.
  if (left !== undefined && right !== undefined) return left < right ? -1 : left > right ? 1 : 0;
  const byRank = rank(a) - rank(b);
  return byRank === 0 ? compareOthers(a, b, compareTerms) : byRank;
};

const numberOf = (term: Term): number | bigint | undefined =>
  term instanceof Float ? term.value : isInteger(term) ? term : undefined;

/** Terms of one rank that are no numbers; what is in them is compared by `inner`. */
function compareOthers(a: Term, b: Term, inner: Compare): number {
  if (a instanceof Atom && b instanceof Atom) return compareText(a.name, b.name);
  if (a instanceof Tuple && b instanceof Tuple)
    return sign(a.elements.length, b.elements.length) || compareItems(a.elements, b.elements, inner);
  if (a instanceof NativeRecord || b instanceof NativeRecord) return compareRecords(a, b, inner);
  if (a instanceof ErlangMap && b instanceof ErlangMap) return compareMaps(a, b, inner);
  if (a instanceof Pid && b instanceof Pid)
    return sign(a.serial, b.serial) || sign(a.id, b.id) || compareText(a.node, b.node);
  if (a instanceof Port && b instanceof Port) return sign(a.id, b.id) || compareText(a.node, b.node);
  if (a instanceof Reference && b instanceof Reference) return compareReferences(a, b);
  if (a instanceof ExportFun && b instanceof ExportFun)
    return compareText(a.module, b.module) || compareText(a.function, b.function) || sign(a.arity, b.arity);
  if (a instanceof Fun && b instanceof Fun)
    return compareText(a.module, b.module) || sign(a.index, b.index) || sign(a.uniq, b.uniq);
  return compareSequences(a, b, inner);
}

const isInteger = (term: Term): term is number | bigint =>
  typeof term === "number" || typeof term === "bigint";

/** By code points: JavaScript's own comparison, by UTF-16 units, puts surrogates before U+E000. */
function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const right = b[Symbol.iterator]();
  for (const character of a) {
    const other = right.next();
    if (other.done) return 1;
    const difference = character.codePointAt(0)! - other.value.codePointAt(0)!;
    if (difference !== 0) return difference;
  }
  return -1;
}

/** How OTP orders native records is not written down yet; behind the tuples, by module and name, is stable at least. */
function compareRecords(a: Term, b: Term, inner: Compare): number {
  if (!(a instanceof NativeRecord)) return -1;
  if (!(b instanceof NativeRecord)) return 1;
  return (
    compareText(a.module, b.module) ||
    compareText(a.name, b.name) ||
    compareItems(valuesOf(a), valuesOf(b), inner)
  );
}

const valuesOf = (record: NativeRecord): readonly Term[] => record.fields.map(([, value]) => value);

function compareItems(a: readonly Term[], b: readonly Term[], inner: Compare): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const order = inner(a[i]!, b[i]!);
    if (order !== 0) return order;
  }
  return 0;
}

function compareMaps(a: ErlangMap, b: ErlangMap, inner: Compare): number {
  const left = sortedEntries(a);
  const right = sortedEntries(b);
  return (
    sign(left.length, right.length) ||
    compareItems(
      left.map(([key]) => key),
      right.map(([key]) => key),
      compareKeys,
    ) ||
    compareItems(
      left.map(([, value]) => value),
      right.map(([, value]) => value),
      inner,
    )
  );
}

function compareReferences(a: Reference, b: Reference): number {
  for (let i = Math.max(a.words.length, b.words.length) - 1; i >= 0; i--) {
    const order = sign(a.words[i] ?? 0, b.words[i] ?? 0);
    if (order !== 0) return order;
  }
  return compareText(a.node, b.node);
}

/** Lists (item by item, then their tails) and bitstrings (byte by byte, then their lengths). */
function compareSequences(a: Term, b: Term, inner: Compare): number {
  if (a instanceof Uint8Array || a instanceof BitString) {
    const left = a instanceof BitString ? a.bytes : a;
    const right = b instanceof BitString ? b.bytes : (b as Uint8Array);
    for (let i = 0; i < left.length && i < right.length; i++) {
      if (left[i] !== right[i]) return left[i]! - right[i]!;
    }
    return (
      left.length - right.length ||
      (a instanceof BitString ? a.lastBits : 8) - (b instanceof BitString ? b.lastBits : 8)
    );
  }
  const [left, leftTail] = listOf(a);
  const [right, rightTail] = listOf(b);
  const common = Math.min(left.length, right.length);
  const order = compareItems(left, right, inner);
  if (order !== 0 || (left.length === right.length && leftTail === rightTail)) return order;
  // A list that ends goes on with its tail, which may be no list.
  return inner(restOf(left, leftTail, common), restOf(right, rightTail, common));
}

const NIL: Term = [];

function listOf(term: Term): readonly [items: readonly Term[], tail: Term] {
  if (term instanceof ImproperList) return [term.items, term.tail];
  return Array.isArray(term) ? [term as readonly Term[], NIL] : [[], NIL];
}

function restOf(items: readonly Term[], tail: Term, from: number): Term {
  if (items.length === from) return tail;
  const rest = items.slice(from);
  return tail === NIL ? rest : new ImproperList(rest, tail);
}

/** The entries of a map in term order of their keys. */
export function sortedEntries(map: ErlangMap): readonly (readonly [Term, Term])[] {
  return [...map.entries].sort(([a], [b]) => compareKeys(a, b));
}
