import { atom, binary, ErlangMap, type Term, tuple } from "@elixirscope/etf";
import { expect, it } from "vitest";
import { logPartsOf } from "./log-text.ts";

const chars = (text: string): Term => Array.from(text, (character) => character.codePointAt(0)!);
const meta = new ErlangMap([
  [atom("mfa"), tuple(atom("Elixir.Shop.Cart"), atom("add"), 2)],
  [atom("file"), chars("lib/cart.ex")],
  [atom("line"), 12],
  [atom("domain"), [atom("elixir"), atom("shop")]],
]);
const textOf = (message: Term, maxLength = 1_000): string => logPartsOf(tuple(message, meta), maxLength).text;
const format = (text: string, ...args: readonly Term[]): string => textOf(tuple(chars(text), args));

it("reads metadata", () => {
  expect(logPartsOf(tuple(tuple(atom("string"), binary("x")), meta), 100)).toMatchObject({
    text: "x",
    mfa: "Shop.Cart.add/2",
    file: "lib/cart.ex",
    line: 12,
    domain: ["elixir", "shop"],
  });
  expect(logPartsOf(tuple(tuple(atom("string"), binary("x")), new ErlangMap([])), 100)).toMatchObject({
    mfa: null,
    file: null,
    line: null,
    domain: [],
  });
});

it("puts iodata together", () => {
  expect(textOf(tuple(atom("string"), [binary("a"), [98, [binary("ü")], 99]]))).toBe("abüc");
  expect(textOf(tuple(atom("string"), binary("long text")), 4)).toBe("long…");
});

it("formats as io_lib does, with terms as Elixir prints them", () => {
  expect(format("~p and ~tp~n~s~~ ~c", atom("ok"), tuple(1, 2), binary("text"), 65)).toBe(
    ":ok and {1, 2}\ntext~ A",
  );
  expect(format("~*.*p|~10.3s|~P|~i.", 4, 5, atom("a"), chars("s"), [1], 9, atom("left_out"))).toBe(
    ":a|s|[1]|.",
  );
  expect(format("too few ~p ~p", 1)).toBe("too few 1 ~p");
});

it("shows reports by their keys, and what the emulator says as it says it", () => {
  const report = new ErlangMap([
    [atom("label"), tuple(atom("gen_server"), atom("terminate"))],
    [atom("reason"), atom("boom")],
  ]);
  expect(textOf(tuple(atom("report"), report))).toBe("gen_server terminate\nreason: :boom");
  expect(textOf(tuple(atom("report"), [tuple(atom("what"), 1), tuple(atom("n"), 2)]))).toBe("what: 1\nn: 2");
  expect(textOf(tuple(atom("report"), [1]))).toBe("[1]");
  const emulator = new ErlangMap([
    [atom("label"), tuple(atom("error_logger"), atom("error_msg"))],
    [atom("format"), chars("Error in ~p")],
    [atom("args"), [atom("x")]],
  ]);
  expect(textOf(tuple(atom("report"), emulator))).toBe("Error in :x");
});

it("does not fail on anything else", () => {
  for (const term of [atom("x"), tuple(), tuple(1), [1], tuple(tuple(1, 2, 3), 4), tuple(tuple(1, 2), 3)])
    expect(typeof logPartsOf(term, 100).text).toBe("string");
});
