import { atom, binary, type Term, tuple } from "@elixirscope/etf";
import { describe, expect, it } from "vitest";
import { NameTable, nameChangeOf } from "./name-table.ts";

const REGISTRY = atom("Elixir.Registry");
const via = (registry: string, key: Term): Term => tuple(atom("via"), REGISTRY, tuple(atom(registry), key));
const change = (what: string, name: Term) => nameChangeOf(tuple(atom(what), name))!;

describe("names as they are written", () => {
  it.each([
    [tuple(atom("global"), atom("leader")), "{:global, :leader}", "global/leader"],
    [via("Elixir.MyReg", binary("zoe")), '{:via, Registry, {MyReg, "zoe"}}', "MyReg/zoe"],
    [
      via("Elixir.MyReg", tuple(atom("room"), 7)),
      "{:via, Registry, {MyReg, {:room, 7}}}",
      "MyReg/{:room, 7}",
    ],
    [tuple(atom("via"), atom("gproc"), tuple(atom("n"), 1)), "{:via, :gproc, {:n, 1}}", ":gproc/{:n, 1}"],
    [
      via("Elixir.MyReg", binary('say "hi"')),
      '{:via, Registry, {MyReg, "say \\"hi\\""}}',
      'MyReg/"say \\"hi\\""',
    ],
  ])("%o", (name, text, short) => {
    expect(change("register", name)).toEqual({ type: "register", name: { text, short } });
  });

  it("are nothing where the agent says how many it left out, or what it cut", () => {
    for (const term of [
      tuple(atom("not_listed"), 7),
      tuple(atom("register"), 7),
      atom("register"),
      tuple(1, 2),
    ])
      expect(nameChangeOf(term)).toBeUndefined();
  });
});

describe("NameTable", () => {
  const zoe = via("Elixir.MyReg", binary("zoe"));
  const registry = 9;
  const held = (table: NameTable, process: number): readonly string[] =>
    table.namesOf(process).map(({ short }) => short);

  it("gives a name to one process at a time: a second is refused until the first dies or gives it back", () => {
    const table = new NameTable();
    expect(table.apply(1, registry, change("register", zoe))).toBe(true);
    expect(table.apply(2, registry, change("register", zoe))).toBe(false);
    expect(table.apply(2, registry, change("unregister", zoe))).toBe(false);
    table.died(1);
    expect(table.apply(2, registry, change("register", zoe))).toBe(true);
    expect([held(table, 1), held(table, 2)]).toEqual([["MyReg/zoe"], ["MyReg/zoe"]]);
    expect(table.apply(2, registry, change("unregister", zoe))).toBe(true);
    expect(held(table, 2)).toEqual([]);
    expect(table.apply(3, registry, change("register", zoe))).toBe(true);
  });

  it("finds everybody who ever held a name, however it is written, the newest last", () => {
    const table = new NameTable();
    table.apply(1, registry, change("register", zoe));
    table.died(1);
    table.apply(2, registry, change("register", zoe));
    for (const text of ["MyReg/zoe", '{:via, Registry, {MyReg, "zoe"}}', '{:via,Registry,{MyReg,  "zoe"}}'])
      expect(table.holders(text)).toEqual([1, 2]);
    table.forget(1);
    expect(table.holders("MyReg/zoe")).toEqual([2]);
    expect(table.holders("MyReg/tom")).toEqual([]);
  });

  it("takes subscriptions for no names", () => {
    const table = new NameTable();
    table.apply(5, registry, nameChangeOf(tuple(atom("registry"), tuple(atom("duplicate"), atom("pid"))))!);
    expect(table.apply(1, registry, change("register", zoe))).toBe(false);
    table.apply(5, registry, nameChangeOf(tuple(atom("registry"), atom("unique")))!);
    expect(table.apply(1, registry, change("register", zoe))).toBe(true);
  });
});
