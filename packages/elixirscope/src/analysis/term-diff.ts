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
  /**
   * Where: `.count`, `["key"]`, `[:key]` of a keyword list, `[3]` in a list, `{0}` in a tuple, `<:x>` a member of a MapSet; ""
   * is the whole term.
   */
  readonly path: string;
  /**
   * The same as an expression for IEx, with the whole term in `state`: `elem(state.items, 0)`, `MapSet.member?(state.tags, :x)`;
   * `undefined` where a key on the way cannot be written (a pid, a function, one that is too long).
   */
  readonly iex: string | undefined;
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
  diff.compare(before, after, WHOLE);
  return { changes: diff.changes, more: diff.more, unknown: diff.unknown };
}

/** A way into a term, for people and for IEx. */
type Place = Pick<TermChange, "path" | "iex">;

const WHOLE: Place = { path: "", iex: "state" };

class Diff {
  readonly changes: TermChange[] = [];
  readonly unknown: string[] = [];
  more = false;
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  compare(before: Term, after: Term, place: Place): void {
    if (before === after) return;
    // An outline stands for a term that is longer than itself: even equal outlines say nothing of the rest.
    if (isCut(before) || isCut(after)) this.#cut(before, after, place);
    else if (before instanceof ErlangMap && after instanceof ErlangMap && sameStruct(before, after)) {
      if (equalAtoms(before.get("__struct__"), MAP_SET)) this.#sets(before, after, place);
      else this.#maps(before, after, place);
    } else if (before instanceof Tuple && after instanceof Tuple && sameShape(before, after))
      for (const [i, element] of before.elements.entries())
        this.compare(element, after.elements[i]!, elementOf(place, i));
    else if (isList(before) && isList(after)) {
      const keys = keywords(before, after);
      if (keys) this.#keywords(before, after, keys, place);
      else this.#lists(before, after, place);
    } else if (!equalTerms(before, after)) this.#add({ ...place, before, after });
  }

  #cut(before: Term, after: Term, place: Place): void {
    if (isCut(before) && isCut(after)) {
      this.unknown.push(place.path);
      return;
    }
    // One is known and was small enough, the other was too large: they differ.
    this.#add({ ...place, before, after });
  }

  #maps(before: ErlangMap, after: ErlangMap, place: Place): void {
    const old = new Map(before.entries.map((entry) => [keyOf(entry[0]), entry]));
    const isStruct = after.get("__struct__") !== undefined;
    for (const [key, value] of after.entries) {
      const known = keyOf(key);
      const entry = old.get(known);
      old.delete(known);
      if (isMark(key)) this.unknown.push(place.path);
      else if (entry) this.compare(entry[1], value, keyOfMap(place, key, isStruct));
      else if (before.get(CUT) === undefined) this.#add({ ...keyOfMap(place, key, isStruct), after: value });
    }
    for (const [key, value] of old.values()) {
      if (isMark(key)) this.unknown.push(place.path);
      else if (after.get(CUT) === undefined) this.#add({ ...keyOfMap(place, key, isStruct), before: value });
    }
  }

  /** Of a MapSet its members, in place of what it is made of. */
  #sets(before: ErlangMap, after: ErlangMap, place: Place): void {
    const [was, is] = [before.get("map"), after.get("map")];
    if (!(was instanceof ErlangMap && is instanceof ErlangMap) || holdsCut(was) || holdsCut(is)) {
      this.#maps(before, after, place);
      return;
    }
    const old = new Map(was.entries.map(([member]) => [keyOf(member), member]));
    for (const [member] of is.entries)
      if (!old.delete(keyOf(member))) this.#add({ ...memberOf(place, member), after: member });
    for (const member of old.values()) this.#add({ ...memberOf(place, member), before: member });
  }

  #keywords(before: readonly Term[], after: readonly Term[], keys: readonly string[], place: Place): void {
    for (const key of keys) {
      const [was, is] = [valueOfKey(before, key), valueOfKey(after, key)];
      const at = keyOfKeywords(place, key);
      if (was === undefined) this.#add({ ...at, after: is! });
      else if (is === undefined) this.#add({ ...at, before: was });
      else this.compare(was, is, at);
    }
  }

  /** What the ends have in common is left out; what remains is compared by place, or came, or went. */
  #lists(before: readonly Term[], after: readonly Term[], place: Place): void {
    const shorter = Math.min(before.length, after.length);
    let start = 0;
    while (start < shorter && sameOutside(before[start]!, after[start]!)) start++;
    let end = 0;
    while (end < shorter - start && sameOutside(before.at(-1 - end)!, after.at(-1 - end)!)) end++;
    const [gone, come] = [before.slice(start, before.length - end), after.slice(start, after.length - end)];
    const both = Math.min(gone.length, come.length);
    for (let i = 0; i < both; i++) this.compare(gone[i]!, come[i]!, itemOf(place, start + i));
    for (let i = both; i < gone.length; i++) this.#add({ ...itemOf(place, start + i), before: gone[i]! });
    for (let i = both; i < come.length; i++) this.#add({ ...itemOf(place, start + i), after: come[i]! });
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

const MAP_SET = new Atom("Elixir.MapSet");

/** `.name` for an atom that may be written so, else `[key]`. */
function keyOfMap({ path, iex }: Place, key: Term, isStruct: boolean): Place {
  const text = inspect(key, { maxLength: 80 });
  if (/^:[a-z_][a-zA-Z0-9_]*[?!]?$/.test(text))
    return { path: `${path}.${text.slice(1)}`, iex: iex && `${iex}.${text.slice(1)}` };
  const written = iex && writable(key);
  const inside = isStruct ? `Map.fetch!(${iex}, ${written})` : `${iex}[${written}]`;
  return { path: `${path}[${text}]`, iex: written && inside };
}

const elementOf = ({ path, iex }: Place, i: number): Place => ({
  path: `${path}{${i}}`,
  iex: iex && `elem(${iex}, ${i})`,
});

const itemOf = ({ path, iex }: Place, i: number): Place => ({
  path: `${path}[${i}]`,
  iex: iex && `Enum.at(${iex}, ${i})`,
});

function keyOfKeywords({ path, iex }: Place, key: string): Place {
  const text = inspect(new Atom(key));
  return { path: `${path}[${text}]`, iex: iex && `${iex}[${text}]` };
}

function memberOf({ path, iex }: Place, member: Term): Place {
  const written = iex && writable(member);
  return {
    path: `${path}<${inspect(member, { maxLength: 80 })}>`,
    iex: written && `MapSet.member?(${iex}, ${written})`,
  };
}

/** As it may be written in code; `undefined` for what prints otherwise than it is written, or is too long to be of use. */
function writable(term: Term): string | undefined {
  const text = inspect(term, { maxLength: 300 });
  return text.length >= 300 || text.includes("#") ? undefined : text;
}

/** Keys of two keyword lists in their order; `undefined` where they are none, or where order tells something. */
function keywords(before: readonly Term[], after: readonly Term[]): readonly string[] | undefined {
  const [old, now] = [keysOf(before), keysOf(after)];
  if (!old || !now || (old.length === 0 && now.length === 0)) return undefined;
  const [kept, stayed] = [old.filter((key) => now.includes(key)), now.filter((key) => old.includes(key))];
  if (kept.some((key, i) => key !== stayed[i])) return undefined;
  return [...now, ...old.filter((key) => !now.includes(key))];
}

/** Of a list of pairs that begin with atoms, each of them once. */
function keysOf(list: readonly Term[]): readonly string[] | undefined {
  if (list.length > 100) return undefined;
  const keys: string[] = [];
  for (const item of list) {
    const [key] = item instanceof Tuple && item.elements.length === 2 ? item.elements : [];
    if (!(key instanceof Atom) || keys.includes(key.name) || isMark(key)) return undefined;
    keys.push(key.name);
  }
  return keys;
}

const valueOfKey = (list: readonly Term[], key: string): Term | undefined =>
  (list as readonly Tuple[]).find(({ elements }) => (elements[0] as Atom).name === key)?.elements[1];
