import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  atom,
  BitString,
  binary,
  decode,
  ErlangMap,
  ExportFun,
  encode,
  Float,
  Fun,
  ImproperList,
  type InspectOptions,
  inspect,
  inspectWithInfo,
  LocalTerm,
  Pid,
  Port,
  Reference,
  type Term,
  tuple,
} from "./index.ts";
import { anyTerm } from "./testing/random-terms.ts";

const charlist = (text: string): number[] => Array.from(new TextEncoder().encode(text));
const struct = (module: string, fields: Readonly<Record<string, Term>>): ErlangMap =>
  new ErlangMap([
    [atom("__struct__"), atom(`Elixir.${module}`)],
    ...Object.entries(fields).map(([name, value]) => [atom(name), value] as const),
  ]);

test.each<[string, Term]>([
  ["#PID<0.1.2>", new Pid("a@b", 1, 2, 3)],
  ["#Port<0.6>", new Port("a@b", 6n, 1)],
  ["#Reference<0.3.2.1>", new Reference("a@b", 1, [1, 2, 3])],
  ["&Enum.map/2", new ExportFun("Elixir.Enum", "map", 2)],
  [
    "#Function<3.4/1 in Hello>",
    new Fun("Elixir.Hello", 1, 3, 4, new Pid("a", 0, 0, 0), [], new Uint8Array()),
  ],
  ["#Function<3.4 in :old>", new Fun("old", -1, 3, 4, new Pid("a", 0, 0, 0), [], new Uint8Array())],
  ["#LocalTerm<>", new LocalTerm(new Uint8Array())],
  ["[1, 2 | 3]", new ImproperList([1, 2], 3)],
  ["<<1, 5::size(3)>>", new BitString(Uint8Array.of(1, 0xa0), 3)],
  ['%Hello.User{name: "a"}', struct("Hello.User", { name: binary("a") })],
  ["%Date{year: 2024}", struct("Date", { year: 2024 })],
  ["%MapSet{map: 1}", struct("MapSet", { map: 1 })],
  [
    "%{1 => 2, __struct__: Odd}".replace("__struct__: Odd", ":__struct__ => Odd"),
    new ErlangMap([
      [1, 2],
      [atom("__struct__"), atom("Elixir.Odd")],
    ]),
  ],
])("%s", (expected, term) => {
  expect(inspect(term)).toBe(expected);
});

describe("options", () => {
  test.each<[InspectOptions, string]>([
    [{}, '~c"ab"'],
    [{ elixir: "1.14.5" }, "'ab'"],
    [{ elixir: "1.15" }, '~c"ab"'],
    [{ elixir: "what is this" }, '~c"ab"'],
    [{ charlists: "quotes" }, "'ab'"],
    [{ charlists: "lists" }, "[97, 98]"],
  ])("charlists %j", (options, expected) => {
    expect(inspect(charlist("ab"), options)).toBe(expected);
  });

  test("the nodes of pids: 0 for the local one, for each other one a number that stays", () => {
    const options = { localNode: "a@b" };
    expect(inspect(new Pid("a@b", 1, 2, 3), options)).toBe("#PID<0.1.2>");
    const other = inspect(new Pid("c@d", 1, 2, 3), options);
    expect(other).toMatch(/^#PID<[1-9]\d*\.1\.2>$/);
    expect(inspect(new Pid("c@d", 1, 2, 3), options)).toBe(other);
    expect(inspect(new Pid("e@f", 1, 2, 3), options)).not.toBe(other);
  });

  test("maps sort as Erlang sorts their keys", () => {
    const keys: Term[] = [
      binary("a"),
      [1],
      [],
      new ErlangMap([[1, 1]]),
      tuple(2),
      tuple(1, 1),
      new Pid("a", 1, 0, 0),
      new Port("a", 1n, 0),
      new ExportFun("m", "f", 0),
      new Reference("a", 0, [1]),
      atom("b"),
      atom("\u{10000}"),
      atom("\uffee"),
      new Float(1),
      2n ** 70n,
      -1,
    ];
    const text = inspect(new ErlangMap(keys.map((key) => [key, 0])), { sortMaps: true });
    expect(text).toBe(
      '%{-1 => 0, 1180591620717411303424 => 0, 1.0 => 0, :b => 0, :"\uffee" => 0, :"\u{10000}" => 0, #Reference<0.1> => 0, ' +
        '&:m.f/0 => 0, #Port<0.1> => 0, #PID<0.1.0> => 0, {2} => 0, {1, 1} => 0, %{1 => 1} => 0, [] => 0, [1] => 0, "a" => 0}',
    );
  });

  test("fields of structs in the order of their definition, where it is known", () => {
    const user = struct("User", { age: 1, id: 2, name: 3 });
    expect(inspect(user)).toBe("%User{age: 1, id: 2, name: 3}");
    expect(inspect(user, { structFields: () => ["id", "name"] })).toBe("%User{id: 2, name: 3, age: 1}");
    expect(inspect(struct("URI", { host: 1, scheme: 2 }))).toBe("%URI{scheme: 2, host: 1}");
  });

  test("limits count as the release of Elixir counts", () => {
    const nested = [[1, 2], [3, 4], 5];
    expect(inspect(nested, { limit: 3, charlists: "lists" })).toBe("[[1, 2], ...]");
    expect(inspect(nested, { limit: 3, charlists: "lists", elixir: "1.18" })).toBe("[[1, 2], [3, ...], 5]");
    expect(inspect(Array.from({ length: 300 }, () => 0))).toHaveLength("[".length + 200 * 3 + "...]".length);
  });

  test("what is left out is told", () => {
    expect(inspectWithInfo([300, 301, 302], { limit: 3 })).toEqual({
      text: "[300, 301, 302]",
      truncated: false,
    });
    expect(inspectWithInfo([300, 301, 302], { limit: 2 })).toEqual({
      text: "[300, 301, ...]",
      truncated: true,
    });
    expect(inspectWithInfo(binary("abc"), { printableLimit: 2 })).toEqual({
      text: '"ab" <> ...',
      truncated: true,
    });
    expect(inspectWithInfo(charlist("abc"), { printableLimit: 2 })).toEqual({
      text: '~c"ab" ++ ...',
      truncated: true,
    });
    const interpolation = charlist("ab#{c");
    expect(inspect(interpolation, { printableLimit: 4 })).toBe('~c"ab\\#{" ++ ...');
    expect(inspect(interpolation, { printableLimit: 4, elixir: "1.18" })).toBe('~c"ab\\#{c"');
    expect(inspect(interpolation, { printableLimit: 3, elixir: "1.18" })).toBe('~c"ab\\#{" ++ ...');
    expect(inspectWithInfo(Uint8Array.of(0, 1), { limit: 1 })).toEqual({
      text: "<<0, ...>>",
      truncated: true,
    });
  });
});

const nest = (levels: number, around: (term: Term) => Term): Term => {
  let term: Term = 0;
  for (let i = 0; i < levels; i++) term = around(term);
  return term;
};

describe("depth", () => {
  const all = { limit: Number.POSITIVE_INFINITY };

  test.each<[string, number, (term: Term) => Term]>([
    ["maps", 1, (term) => new ErlangMap([[1, term]])],
    ["keys of maps", 1, (term) => new ErlangMap([[term, 1]])],
    ["keyword lists", 2, (term) => [tuple(atom("a"), term)]],
    ["structs", 1, (term) => struct("A", { b: term })],
    ["sets", 2, (term) => struct("MapSet", { map: new ErlangMap([[term, []]]) })],
    ["streams", 1, (term) => struct("Stream", { enum: term, funs: [] })],
    ["improper lists", 2, (term) => new ImproperList([1], tuple(term))],
  ])("%s nested as deep as they decode print whole, sorted or not", (_, levels, around) => {
    const term = decode(encode(nest(Math.floor(256 / levels), around)));
    expect(inspectWithInfo(term, all).truncated).toBe(false);
    expect(inspectWithInfo(nest(512 / levels, around), all).truncated).toBe(false);
    expect(inspectWithInfo(nest(512 / levels, around), { ...all, sortMaps: true }).truncated).toBe(false);
  });

  test("what nests deeper is cut, not fatal", () => {
    const deep = nest(100_000, (term) => new ErlangMap([[1, term]]));
    expect(inspectWithInfo(deep, all).truncated).toBe(true);
    expect(inspectWithInfo(deep, { ...all, sortMaps: true }).truncated).toBe(true);
  });
});

describe("maxLength", () => {
  test.each([
    [0, ""],
    [1, "…"],
    [2, "{…"],
    [8, "{:a, :b}"],
    [7, "{:a, :…"],
  ])("%i", (maxLength, text) => {
    const truncated = maxLength < 8;
    expect(inspectWithInfo(tuple(atom("a"), atom("b")), { maxLength })).toEqual({ text, truncated });
  });

  test("never cuts a character in two", () => {
    expect(inspect(binary("🎉🎉"), { maxLength: 3 })).toBe('"…');
    expect(inspect(binary("🎉🎉"), { maxLength: 4 })).toBe('"🎉…');
  });

  test("bounds the work too", () => {
    const big = new Uint8Array(50_000_000).fill(97);
    const wide = Array.from({ length: 1_000_000 }, () => big);
    const options = {
      limit: Number.POSITIVE_INFINITY,
      printableLimit: Number.POSITIVE_INFINITY,
      maxLength: 100,
    };
    const start = process.cpuUsage();
    expect(inspect(big, options)).toHaveLength(100);
    // The whole list would be 50 TB of text; what is checked before printing (is it all printable?) is linear in the first string.
    expect(inspect(wide, options)).toHaveLength(100);
    expect(process.cpuUsage(start).user / 1000).toBeLessThan(5000);
  });

  test("long integers are whole where they fit, and cost little where they do not", () => {
    const long = 1n << 8_000_000n;
    const start = process.cpuUsage();
    expect(inspect(-long, { maxLength: 8 })).toBe("-0x1000…");
    expect(inspect(long, { maxLength: 8 })).toBe("0x10000…");
    expect(process.cpuUsage(start).user / 1000).toBeLessThan(1000);
    expect(inspect(10n ** 15_000n, { maxLength: 20_000 })).toBe(`1${"0".repeat(15_000)}`);
    expect(inspect(-(10n ** 300n), { maxLength: 8 })).toBe("-100000…");
  });

  test("random terms never exceed it, and are whole where they fit", () => {
    fc.assert(
      fc.property(anyTerm, fc.nat(60), (term, maxLength) => {
        const whole = inspect(term);
        const { text, truncated } = inspectWithInfo(term, { maxLength });
        const fits = whole.length <= maxLength;
        expect(fits ? text === whole : truncated && text.length <= maxLength).toBe(true);
      }),
    );
  });
});
