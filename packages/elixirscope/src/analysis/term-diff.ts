import {
  Atom,
  BitString,
  ErlangMap,
  ExportFun,
  encode,
  Float,
  Fun,
  ImproperList,
  inspect,
  isTagged,
  NativeRecord,
  Pid,
  Port,
  Reference,
  type Term,
  Tuple,
} from "@elixirscope/etf";

/** One place in which two terms differ. */
export interface TermChange {
  /** Where, as Elixir reaches it: `.count`, `["key"]`, `[3]` in a list, `{0}` in a tuple; "" is the whole term. */
  readonly path: string;
  readonly before?: Term;
  readonly after?: Term;
}

export interface TermDiff {
  readonly changes: readonly TermChange[];
  /** There are more differences than were asked for. */
  readonly more: boolean;
  /** Parts that the agent cut on either side: nothing is known of what changed in them. */
  readonly unknown: readonly string[];
}

/** Mark of the agent in the place of what was too large to be recorded. */
const CUT = "$elixirscope_cut";

/** `{'$elixirscope_cut', Size, _}`: it stands for something that was not recorded. */
export const isCut = (term: Term | undefined): boolean => isTagged(term, CUT, 3);

/** Was anything in it cut? */
export function holdsCut(term: Term): boolean {
  if (isCut(term)) return true;
  if (term instanceof Tuple) return term.elements.some(holdsCut);
  if (term instanceof ErlangMap)
    return term.entries.some(([key, value]) => isMark(key) || holdsCut(key) || holdsCut(value));
  if (term instanceof ImproperList) return term.items.some(holdsCut) || holdsCut(term.tail);
  return Array.isArray(term) && (term as readonly Term[]).some(holdsCut);
}

const isMark = (key: Term): boolean => key instanceof Atom && key.name === CUT;

/**
 * What differs between two terms, part by part: maps by key, tuples of the same size by place, lists by what their ends
 * have in common. What both have is walked once; terms that are the same object are not walked at all.
 *
 * @param limit most changes; what is left out sets `more`
 */
export function diffTerms(before: Term, after: Term, limit = 50): TermDiff {
  const diff = new Diff(limit);
  diff.compare(before, after, "");
  return { changes: diff.changes, more: diff.more, unknown: diff.unknown };
}

class Diff {
  readonly changes: TermChange[] = [];
  readonly unknown: string[] = [];
  more = false;
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  compare(before: Term, after: Term, path: string): void {
    if (before === after) return;
    // An outline stands for a term that is longer than itself: even equal outlines say nothing of the rest.
    if (isCut(before) || isCut(after)) this.#cut(before, after, path);
    else if (before instanceof ErlangMap && after instanceof ErlangMap && sameStruct(before, after))
      this.#maps(before, after, path);
    else if (before instanceof Tuple && after instanceof Tuple && sameShape(before, after))
      for (const [i, element] of before.elements.entries())
        this.compare(element, after.elements[i]!, `${path}{${i}}`);
    else if (isList(before) && isList(after)) this.#lists(before, after, path);
    else if (!equalTerms(before, after)) this.#add({ path, before, after });
  }

  #cut(before: Term, after: Term, path: string): void {
    if (isCut(before) && isCut(after)) {
      this.unknown.push(path);
      return;
    }
    // One is known and was small enough, the other was too large: they differ.
    this.#add({ path, before, after });
  }

  #maps(before: ErlangMap, after: ErlangMap, path: string): void {
    const old = new Map(before.entries.map((entry) => [keyOf(entry[0]), entry]));
    for (const [key, value] of after.entries) {
      const known = keyOf(key);
      const entry = old.get(known);
      old.delete(known);
      if (isMark(key)) this.unknown.push(path);
      else if (entry) this.compare(entry[1], value, path + step(key));
      else if (before.get(CUT) === undefined) this.#add({ path: path + step(key), after: value });
    }
    for (const [key, value] of old.values()) {
      if (isMark(key)) this.unknown.push(path);
      else if (after.get(CUT) === undefined) this.#add({ path: path + step(key), before: value });
    }
  }

  /** What the ends have in common is left out; what remains is compared by place, or came, or went. */
  #lists(before: readonly Term[], after: readonly Term[], path: string): void {
    const shorter = Math.min(before.length, after.length);
    let start = 0;
    while (start < shorter && sameOutside(before[start]!, after[start]!)) start++;
    let end = 0;
    while (end < shorter - start && sameOutside(before.at(-1 - end)!, after.at(-1 - end)!)) end++;
    const [gone, come] = [before.slice(start, before.length - end), after.slice(start, after.length - end)];
    const both = Math.min(gone.length, come.length);
    for (let i = 0; i < both; i++) this.compare(gone[i]!, come[i]!, `${path}[${start + i}]`);
    for (let i = both; i < gone.length; i++) this.#add({ path: `${path}[${start + i}]`, before: gone[i]! });
    for (let i = both; i < come.length; i++) this.#add({ path: `${path}[${start + i}]`, after: come[i]! });
  }

  #add(change: TermChange): void {
    if (this.changes.length < this.#limit) this.changes.push(change);
    else this.more = true;
  }
}

const isList = (term: Term): term is readonly Term[] => Array.isArray(term);

/** Records and tagged tuples are compared place by place only while they are of one sort. */
const sameShape = ({ elements: a }: Tuple, { elements: b }: Tuple): boolean =>
  a.length === b.length &&
  (a.length < 3 || !(a[0] instanceof Atom && b[0] instanceof Atom) || equalAtoms(a[0], b[0]));

const equalAtoms = (a: Term | undefined, b: Term | undefined): boolean =>
  a instanceof Atom && b instanceof Atom && a.name === b.name;

const sameStruct = (a: ErlangMap, b: ErlangMap): boolean => {
  const [left, right] = [a.get("__struct__"), b.get("__struct__")];
  return left === undefined || right === undefined ? left === right : equalAtoms(left, right);
};

const sameOutside = (a: Term, b: Term): boolean => !holdsCut(a) && !holdsCut(b) && equalTerms(a, b);

/** Equal as `=:=` has it. Leaves of one kind are compared by their bytes, containers part by part. */
function equalTerms(a: Term, b: Term): boolean {
  if (a === b) return true;
  if (a instanceof Tuple) return b instanceof Tuple && equalAll(a.elements, b.elements);
  if (isList(a)) return isList(b) && equalAll(a, b);
  if (a instanceof Atom) return b instanceof Atom && a.name === b.name;
  if (a instanceof ErlangMap) return b instanceof ErlangMap && equalMaps(a, b);
  if (a instanceof ImproperList)
    return b instanceof ImproperList && equalAll(a.items, b.items) && equalTerms(a.tail, b.tail);
  if (a instanceof Uint8Array) return b instanceof Uint8Array && equalBytes(a, b);
  if (a instanceof Float) return b instanceof Float && encodesTo(a) === encodesTo(b);
  if (isOpaque(a)) return isOpaque(b) && encodesTo(a) === encodesTo(b);
  return false;
}

const isOpaque = (term: Term): boolean =>
  [BitString, Pid, Port, Reference, Fun, ExportFun, NativeRecord].some((one) => term instanceof one);

const equalAll = (a: readonly Term[], b: readonly Term[]): boolean =>
  a.length === b.length && a.every((element, i) => equalTerms(element, b[i]!));

function equalMaps(a: ErlangMap, b: ErlangMap): boolean {
  if (a.entries.length !== b.entries.length) return false;
  const other = new Map(b.entries.map(([key, value]) => [keyOf(key), value]));
  return a.entries.every(([key, value]) => {
    const found = other.get(keyOf(key));
    return found !== undefined && equalTerms(value, found);
  });
}

const equalBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i]);

const encodesTo = (term: Term): string => LATIN.decode(encode(term));
const LATIN = new TextDecoder("latin1");

/** Keys of maps that are equal have equal bytes. */
const keyOf = (key: Term): string =>
  key instanceof Atom ? `:${key.name}` : typeof key === "number" ? `${key}` : encodesTo(key);

/** `.name` for an atom that may be written so, else `[key]`. */
function step(key: Term): string {
  const text = inspect(key, { maxLength: 80 });
  return /^:[a-z_][a-zA-Z0-9_]*[?!]?$/.test(text) ? `.${text.slice(1)}` : `[${text}]`;
}
