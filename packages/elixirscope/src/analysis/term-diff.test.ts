import { atom, binary, decode, ErlangMap, encode, inspect, Pid, type Term, tuple } from "@elixirscope/etf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diffTerms, holdsCut } from "./term-diff.ts";

const map = (pairs: Readonly<Record<string, Term>>): ErlangMap =>
  new ErlangMap(Object.entries(pairs).map(([key, value]) => [atom(key), value]));
const cut = (size: number, outline: Term = atom("not_copied")): Term =>
  tuple(atom("$elixirscope_cut"), size, outline);

/** Changes as `path: before → after`. */
const changes = (before: Term, after: Term): readonly string[] =>
  diffTerms(before, after).changes.map(
    (change) =>
      `${change.path}: ${change.before === undefined ? "–" : inspect(change.before)} → ${change.after === undefined ? "–" : inspect(change.after)}`,
  );

describe("diffTerms", () => {
  it("names the parts that differ as Elixir reaches them", () => {
    const before = map({ n: 1, name: binary("a"), user: map({ age: 7, pets: [1, 2] }), gone: atom("x") });
    const after = map({ n: 2, name: binary("a"), user: map({ age: 8, pets: [1, 2, 3] }), come: 1.5 });
    expect(changes(before, after)).toEqual([
      ".n: 1 → 2",
      ".user.age: 7 → 8",
      ".user.pets[2]: – → 3",
      ".come: – → 1.5",
      ".gone: :x → –",
    ]);
    const odd = new ErlangMap([[binary("a key"), 1]]);
    expect(changes(odd, new ErlangMap([[binary("a key"), 2]]))).toEqual(['["a key"]: 1 → 2']);
  });

  it("compares tuples of one sort by place, and others as a whole", () => {
    expect(changes(tuple(atom("locked"), 1), tuple(atom("open"), 1))).toEqual(["{0}: :locked → :open"]);
    expect(changes(tuple(atom("user"), 1, 2), tuple(atom("user"), 1, 3))).toEqual(["{2}: 2 → 3"]);
    expect(changes(tuple(atom("user"), 1, 2), tuple(atom("cart"), 1, 3))).toHaveLength(1);
    expect(changes(map({ __struct__: atom("A"), n: 1 }), map({ __struct__: atom("B"), n: 2 }))).toHaveLength(
      1,
    );
  });

  it("compares keyword lists by key, while order tells nothing", () => {
    const list = (...pairs: readonly (readonly [string, Term])[]): Term =>
      pairs.map(([key, value]) => tuple(atom(key), value));
    expect(changes(list(["a", 1], ["b", 2]), list(["x", 0], ["a", 1], ["b", 3]))).toEqual([
      "[:x]: – → 0",
      "[:b]: 2 → 3",
    ]);
    expect(changes(list(["a", 1]), [])).toEqual(["[:a]: 1 → –"]);
    expect(changes(list(["a", 1], ["b", 2]), list(["b", 2], ["a", 1]))).not.toEqual([]);
    expect(changes(list(["a", 1], ["a", 2]), list(["a", 1], ["a", 3]))).toEqual(["[1]{1}: 2 → 3"]);
  });

  it("tells members of a MapSet, not what it is made of", () => {
    const set = (...members: readonly Term[]): ErlangMap =>
      map({ __struct__: atom("Elixir.MapSet"), map: new ErlangMap(members.map((member) => [member, []])) });
    expect(changes(map({ tags: set(1, atom("x")) }), map({ tags: set(1, 2) }))).toEqual([
      ".tags<2>: – → 2",
      ".tags<:x>: :x → –",
    ]);
  });

  it("says each place as IEx reaches it, where its keys can be written", () => {
    const before = map({ items: [tuple(atom("a"), 1)], opts: [tuple(atom("k"), map({ n: 1 }))] });
    const after = map({ items: [tuple(atom("a"), 2), 7], opts: [tuple(atom("k"), map({ n: 2 }))] });
    const places = (a: Term, b: Term): readonly (string | undefined)[] =>
      diffTerms(a, b).changes.map(({ iex }) => iex);
    expect(places(before, after)).toEqual([
      "elem(Enum.at(state.items, 0), 1)",
      "Enum.at(state.items, 1)",
      "state.opts[:k].n",
    ]);
    const keyed = (key: Term, value: Term): Term => new ErlangMap([[key, value]]);
    expect(places(keyed(binary("a key"), 1), keyed(binary("a key"), 2))).toEqual(['state["a key"]']);
    const pid = decode(encode(new Pid("a@b", 1, 0, 1)));
    expect(places(keyed(pid, 1), keyed(pid, 2))).toEqual([undefined]);
  });

  it("finds what came to a list at its head, within, and at its end", () => {
    expect(changes([1, 2, 3], [0, 1, 2, 3])).toEqual(["[0]: – → 0"]);
    expect(changes([1, 2, 3], [1, 3])).toEqual(["[1]: 2 → –"]);
    expect(changes([map({ a: 1 }), 2], [map({ a: 2 }), 2])).toEqual(["[0].a: 1 → 2"]);
  });

  it("knows nothing of what was cut, not even that it is the same", () => {
    expect(diffTerms(cut(70_000), cut(70_000))).toEqual({ changes: [], more: false, unknown: [""] });
    const before = map({ n: 1, blob: cut(70_000) });
    expect(diffTerms(before, map({ n: 1, blob: cut(70_000) })).unknown).toEqual([".blob"]);
    expect(changes(before, map({ n: 1, blob: [1] }))).toHaveLength(1);
    // A map of which not all pairs were kept: what is missing there is not gone.
    const outline = map({ a: 1, $elixirscope_cut: 500 });
    expect(diffTerms(map({ a: 1, b: 2 }), outline)).toEqual({ changes: [], more: false, unknown: [""] });
    expect(diffTerms([cut(9), 1], [cut(9), 1]).unknown).toEqual(["[0]"]);
  });

  it("lists no more than it was asked for, and says so", () => {
    const numbers = (from: number): Term => Array.from({ length: 100 }, (_, i) => from + i * 1000);
    const { changes: some, more } = diffTerms(numbers(1), numbers(2), 10);
    expect([some.length, more]).toEqual([10, true]);
  });

  it("is empty for equal terms and for no others", () => {
    const term: fc.Arbitrary<Term> = fc.letrec<{ term: Term }>((tie) => ({
      term: fc.oneof(
        { maxDepth: 3 },
        fc.integer({ min: 0, max: 3 }),
        fc.constantFrom<Term>(atom("a"), atom("b"), binary("x"), binary("y")),
        fc.array(tie("term"), { maxLength: 3 }),
        fc.array(tie("term"), { maxLength: 3 }).map((elements) => tuple(...elements)),
        fc
          .uniqueArray(fc.constantFrom("a", "b", "c"), { maxLength: 3 })
          .chain((keys) =>
            fc
              .tuple(...keys.map(() => tie("term")))
              .map((values) => new ErlangMap(keys.map((key, i) => [atom(key), values[i]!]))),
          ),
      ),
    })).term;
    fc.assert(
      fc.property(term, term, (a, b) => {
        expect(diffTerms(a, decode(encode(a)))).toEqual({ changes: [], more: false, unknown: [] });
        const same = Buffer.from(encode(a)).equals(Buffer.from(encode(b)));
        const known = diffTerms(a, b).changes.length === 0;
        // The order of a map's pairs is no difference.
        if (same) expect(known).toBe(true);
        if (known) expect(inspect(a)).toBe(inspect(b));
        expect(holdsCut(a)).toBe(false);
      }),
    );
  });
});
