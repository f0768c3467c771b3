/** Erlang's term order, as maps sort their keys: integers before floats, whatever their value. */
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
function compareKeys(a: Term, b: Term): number {
  const byRank = rank(a) - rank(b);
  if (byRank !== 0) return byRank;
  if (isInteger(a) && isInteger(b)) return a < b ? -1 : a > b ? 1 : 0;
  if (a instanceof Float && b instanceof Float) return sign(a.value, b.value);
  if (a instanceof Atom && b instanceof Atom) return compareText(a.name, b.name);
  if (a instanceof Tuple && b instanceof Tuple) return compareTuples(a.elements, b.elements);
  if (a instanceof NativeRecord || b instanceof NativeRecord) return compareRecords(a, b);
  if (a instanceof ErlangMap && b instanceof ErlangMap) return compareMaps(a, b);
  if (a instanceof Pid && b instanceof Pid)
    return sign(a.serial, b.serial) || sign(a.id, b.id) || compareText(a.node, b.node);
  if (a instanceof Port && b instanceof Port) return sign(a.id, b.id) || compareText(a.node, b.node);
  if (a instanceof Reference && b instanceof Reference) return compareReferences(a, b);
  if (a instanceof ExportFun && b instanceof ExportFun)
    return compareText(a.module, b.module) || compareText(a.function, b.function) || sign(a.arity, b.arity);
  if (a instanceof Fun && b instanceof Fun)
    return compareText(a.module, b.module) || sign(a.index, b.index) || sign(a.uniq, b.uniq);
  return compareSequences(a, b);
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
function compareRecords(a: Term, b: Term): number {
  if (!(a instanceof NativeRecord)) return -1;
  if (!(b instanceof NativeRecord)) return 1;
  return (
    compareText(a.module, b.module) || compareText(a.name, b.name) || compareItems(valuesOf(a), valuesOf(b))
  );
}

const valuesOf = (record: NativeRecord): readonly Term[] => record.fields.map(([, value]) => value);

function compareTuples(a: readonly Term[], b: readonly Term[]): number {
  return sign(a.length, b.length) || compareItems(a, b);
}

function compareItems(a: readonly Term[], b: readonly Term[]): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const order = compareKeys(a[i]!, b[i]!);
    if (order !== 0) return order;
  }
  return 0;
}

function compareMaps(a: ErlangMap, b: ErlangMap): number {
  const left = sortedEntries(a);
  const right = sortedEntries(b);
  return (
    sign(left.length, right.length) ||
    compareItems(
      left.map(([key]) => key),
      right.map(([key]) => key),
    ) ||
    compareItems(
      left.map(([, value]) => value),
      right.map(([, value]) => value),
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
function compareSequences(a: Term, b: Term): number {
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
  const order = compareItems(left, right);
  if (order !== 0) return order;
  if (left.length === right.length) return leftTail && rightTail ? compareKeys(leftTail, rightTail) : 0;
  return left.length - right.length;
}

function listOf(term: Term): readonly [readonly Term[], Term | undefined] {
  if (term instanceof ImproperList) return [term.items, term.tail];
  return Array.isArray(term) ? [term as readonly Term[], []] : [[], undefined];
}

/** The entries of a map in term order of their keys. */
export function sortedEntries(map: ErlangMap): readonly (readonly [Term, Term])[] {
  return [...map.entries].sort(([a], [b]) => compareKeys(a, b));
}
