import { atom, binary, ErlangMap, type Term, tuple } from "@elixirscope/etf";
import { describe, expect, test } from "vitest";
import { reasonText, rpcError, stackText } from "./remote-error.ts";
import { outcomeOf } from "./rpc-form.ts";

const chars = (text: string): Term[] => Array.from(text, (char) => char.codePointAt(0) ?? 0);
const frame = (module: string, name: string, arity: Term, ...location: Term[]): Term =>
  tuple(atom(module), atom(name), arity, location);
const file = (path: string): Term => tuple(atom("file"), chars(path));
const line = (number: number): Term => tuple(atom("line"), number);

const exception = (...fields: [Term, Term][]): Term =>
  new ErlangMap([
    [atom("__exception__"), atom("true")],
    [atom("__struct__"), atom("Elixir.Shop.Empty")],
    ...fields,
  ]);

describe("remote failures as text", () => {
  test("a stack, a line for each frame", () => {
    const stack = [
      frame("Elixir.Shop.Cart", "add", 2, file("lib/shop/cart.ex"), line(12)),
      frame("lists", "map", [1, 2], file("lists.erl")),
      frame("erlang", "apply", 2),
      atom("no_frame"),
    ];
    expect(stackText(stack)).toBe(
      "    lib/shop/cart.ex:12: Shop.Cart.add/2\n    lists.erl: :lists.map/2\n    :erlang.apply/2",
    );
    expect(stackText(atom("none"))).toBe("");
    expect(stackText([frame("m", "f", 0, file("gr\u00fc\u00dfe.ex"), line(1))])).toBe(
      "    grüße.ex:1: :m.f/0",
    );
  });

  test("an Elixir exception by its message, without one by its fields", () => {
    expect(reasonText(exception([atom("message"), binary("no items")]))).toBe("(Shop.Empty) no items");
    expect(reasonText(exception([atom("cart"), 7]))).toContain("cart: 7");
    expect(reasonText(tuple(atom("badmatch"), 1))).toBe("{:badmatch, 1}");
    expect(reasonText(binary("x".repeat(100_000))).length).toBeLessThan(5_000);
  });

  test("the error has class, reason, stack in message and details, and the term", () => {
    const error = rpcError({
      node: "shop@host",
      module: "Elixir.Shop",
      function: "go",
      arity: 1,
      class: "exit",
      reason: atom("closed"),
      stack: [frame("Elixir.Shop", "go", 1)],
    });
    expect(error.message).toBe("Shop.go/1 on shop@host failed with exit: :closed\n    Shop.go/1");
    expect(error.details).toEqual({
      node: "shop@host",
      module: "Elixir.Shop",
      function: "go",
      arity: 1,
      class: "exit",
      reason: ":closed",
      remoteStack: "    Shop.go/1",
    });
    expect(error.reason).toEqual(atom("closed"));
  });
});

describe("what an rpc's process ends with", () => {
  test("a value, a failure without our own frames, or something else", () => {
    const tag = atom("$es_rpc");
    expect(outcomeOf(tuple(tag, tuple(atom("ok"), 7)))).toEqual({ ok: true, value: 7 });
    const ours = frame("erl_eval", "expr", 6);
    const theirs = frame("m", "f", 0);
    const stack = [theirs, ours, theirs, ours, ours];
    expect(outcomeOf(tuple(tag, tuple(atom("error"), atom("badarg"), stack)))).toEqual({
      ok: false,
      class: "error",
      reason: atom("badarg"),
      stack: [theirs, ours, theirs],
    });
    expect(outcomeOf(atom("killed"))).toBeUndefined();
    expect(outcomeOf(tuple(tag, atom("what")))).toBeUndefined();
  });
});
