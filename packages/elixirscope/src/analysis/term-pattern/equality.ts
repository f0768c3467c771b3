import { BitString, compareTerms, ErlangMap, Float, ImproperList, type Term, Tuple } from "@elixirscope/etf";
import { isInteger } from "./numbers.ts";

/** `===`: as {@link compareTerms}, but `1` is not `1.0`, also deep inside. (`0.0` and `-0.0` count as one.) */
export function same(a: Term, b: Term): boolean {
  return compareTerms(a, b) === 0 && sameNumbers(a, b);
}

/** Of two terms that are equal by value: is each number of the same type in both? */
function sameNumbers(a: Term, b: Term): boolean {
  if (isInteger(a) || a instanceof Float) return isInteger(a) === isInteger(b);
  if (a instanceof Tuple && b instanceof Tuple) return all(a.elements, b.elements);
  if (a instanceof ErlangMap && b instanceof ErlangMap) {
    return a.entries.every(([key, value]) => {
      const other = entryOf(b, key);
      return other !== undefined && sameNumbers(value, other);
    });
  }
  if (a instanceof ImproperList && b instanceof ImproperList)
    return all(a.items, b.items) && sameNumbers(a.tail, b.tail);
  if (Array.isArray(a) && Array.isArray(b)) return all(a as readonly Term[], b as readonly Term[]);
  return !(a instanceof BitString) || b instanceof BitString;
}

const all = (a: readonly Term[], b: readonly Term[]): boolean =>
  a.every((item, i) => sameNumbers(item, b[i]!));

/** The value of a key, which has to be the {@link same}. */
export function entryOf(map: ErlangMap, key: Term): Term | undefined {
  return map.entries.find(([one]) => same(one, key))?.[1];
}
