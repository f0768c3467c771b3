import { Atom, atom, ErlangMap, Pid, Reference, type Term, tuple } from "@elixirscope/etf";
import { describe, expect, it } from "vitest";
import { diffTerms } from "./term-diff.ts";
import { identifiersIn, type RunTime, settle } from "./volatile.ts";

const ref = (n: number): Reference => new Reference("a@b", 1, [n, 0, 0]);
const pid = (n: number): Pid => new Pid("a@b", n, 0, 1);
const map = (entries: Readonly<Record<string, Term>>): ErlangMap =>
  new ErlangMap(Object.entries(entries).map(([key, value]) => [atom(key), value]));

// A run of a millisecond.
const AT = 1_790_000_000_123_456_789n;
const TIME: RunTime = {
  system: [AT, AT + 1_000_000n],
  monotonic: [-5_000_000_000_000n, -4_999_999_000_000n],
};

const settled = (before: Term, after: Term, given: Term = atom("nothing")) =>
  settle(before, after, identifiersIn(given), TIME);
const left = (before: Term, after: Term, given?: Term): number =>
  diffTerms(before, settled(before, after, given).term).changes.length;

const moment = (name: string, ms: number): ErlangMap => {
  const date = new Date(ms);
  return map({
    __struct__: atom(`Elixir.${name}`),
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    microsecond: tuple(date.getUTCMilliseconds() * 1_000, 6),
  });
};

describe("what would differ from run to run", () => {
  it("is a fresh reference or process, wherever it stands", () => {
    const before = map({ ref: ref(1), list: [tuple(pid(1), 1)], count: 1 });
    const after = map({ ref: ref(2), list: [tuple(pid(2), 1)], count: 2 });
    const { term, volatile } = settled(before, after);
    expect(volatile).toEqual([
      { path: ".ref", kind: "reference" },
      { path: ".list[0]{0}", kind: "process" },
    ]);
    expect(diffTerms(before, term).changes.map(({ path }) => path)).toEqual([".count"]);
  });

  it("is no reference or process that both runs were given", () => {
    expect(left(pid(1), pid(2), [pid(1), pid(2)])).toBe(1);
    expect(left(pid(1), pid(3), [pid(1)])).toBe(1);
    expect(left(ref(1), ref(2), [ref(2)])).toBe(1);
    expect(left(pid(1), ref(1))).toBe(1);
  });

  it("is a fresh reference as a key, where as many came as went", () => {
    const keyed = (n: number, value: Term): ErlangMap => new ErlangMap([[ref(n), value]]);
    expect(left(keyed(1, 5), keyed(2, 5))).toBe(0);
    expect(left(keyed(1, 5), keyed(2, 6))).toBe(1);
    expect(left(new ErlangMap([]), keyed(2, 5))).toBe(1);
  });

  it("is a clock's reading at the time of the run, in any unit, and no other number", () => {
    const readings = [AT, Number(AT / 1_000_000n), Number(AT / 1_000_000_000n), -4_999_999_500_000n, -5_000];
    for (const reading of readings) expect(left(7, reading)).toBe(0);
    for (const other of [0, 8, Number(AT / 1_000_000n) + 60_000, -5_100]) expect(left(7, other)).toBe(1);
    expect(left(atom("nil"), AT)).toBe(1);
  });

  it("is a moment of Elixir's calendar at the time of the run", () => {
    const now = Number(AT / 1_000_000n);
    for (const name of ["DateTime", "NaiveDateTime"]) {
      expect(settled(moment(name, 1_000), moment(name, now)).volatile).toEqual([{ path: "", kind: "clock" }]);
      expect(left(moment(name, 1_000), moment(name, now - 60_000))).toBeGreaterThan(0);
    }
    expect(left(new Atom("x"), moment("DateTime", now))).toBe(1);
  });
});
