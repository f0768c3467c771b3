import {
  Atom,
  atom,
  ErlangMap,
  Fun,
  ImproperList,
  Pid,
  Port,
  Reference,
  type Term,
  tuple,
} from "@elixirscope/etf";
import { describe, expect, it } from "vitest";
import { flat, holesIn } from "./source-expression.ts";
import { TermWriter } from "./term-writer.ts";
import { Names, Variables } from "./variables.ts";

const AT = 1_760_000_000_000_000_000n;
const PID = new Pid("a@b", 12, 0, 3);
const REF = new Reference("a@b", 3, [1, 2, 3]);
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const map = (fields: Readonly<Record<string, Term>>): ErlangMap =>
  new ErlangMap(Object.entries(fields).map(([key, value]) => [atom(key), value]));

function writer(): TermWriter {
  return new TermWriter(new Variables(new Names(), () => undefined), AT);
}

const given = (term: Term): string => flat(writer().given(term));

/** As it is expected, with the variables that stand for what nobody knows. */
function expected(
  term: Term,
  ...others: readonly Term[]
): { readonly text: string; readonly checks: readonly string[] } {
  const expression = writer().expected(term, others, "");
  return { text: flat(expression), checks: holesIn(expression).flatMap(({ checks }) => checks) };
}

describe("terms in tests", () => {
  it.each([
    [1_234_567, "1_234_567"],
    [-123_456, "-123_456"],
    [12_345, "12345"],
    [tuple(new Atom("Elixir.Hello.Counter"), [tuple(atom("a"), 1)]), "{Hello.Counter, [a: 1]}"],
    [map({ b: text('say "hi"'), a: [] }), '%{a: [], b: "say \\"hi\\""}'],
    [new ErlangMap([[text("key"), atom("nil")]]), '%{"key" => nil}'],
    [map({ __struct__: new Atom("Elixir.Hello.User"), name: text("ada") }), '%Hello.User{name: "ada"}'],
    [map({ __struct__: new Atom("Elixir.MapSet"), map: new ErlangMap([[1, []]]) }), "MapSet.new([1])"],
    [Uint8Array.from([255, 0]), "<<255, 0>>"],
    [new Uint8Array(20).fill(255), 'Base.decode64!("//////////////////////////8=")'],
    [[104, 105, 33], '~c"hi!"'],
    [[PID, tuple(PID, REF)], "[pid, {pid, ref}]"],
    [tuple(PID, new ImproperList([atom("alias")], REF)), "{pid, ref}"],
  ] as const)("%#: as Elixir writes them, as the formatter leaves them", (term, source) => {
    expect(given(term as Term)).toBe(source);
  });

  it("binds what the code made itself, and what says the time", () => {
    expect(expected(map({ timer: REF, at: 1_760_000_000 }))).toEqual({
      text: "%{at: at, timer: timer}",
      checks: ["is_integer(at)", "is_reference(timer)"],
    });
    expect(expected(map({ since: -576_460_751_000_000_000n })).checks).toEqual(["is_integer(since)"]);
  });

  it("binds what differed between runs of the same, part by part", () => {
    expect(expected(map({ n: 1, word: text("some") }), map({ n: 1, word: text("text") }))).toEqual({
      text: "%{n: 1, word: word}",
      checks: ["is_binary(word)"],
    });
    expect(expected([1, 2], [1])).toEqual({ text: "value", checks: ["is_list(value)"] });
  });

  it("knows of keys that are made each time only how many there are", () => {
    expect(expected(map({ running: new ErlangMap([[REF, 1]]) }))).toEqual({
      text: "%{running: running}",
      checks: ["map_size(running) == 1"],
    });
  });

  it("refuses what a test cannot make", () => {
    expect(() => given(new Port("a@b", 5n, 1))).toThrow("a port");
    expect(() => given(tuple(atom("$elixirscope_cut"), 5, atom("x")))).toThrow("too large to be recorded");
    expect(() => given(text("x".repeat(20_001)))).toThrow("too large for a test");
    expect(given(new Fun("hello", 1, 0, 0, PID, [], new Uint8Array(0)))).toBe("fun");
  });
});
