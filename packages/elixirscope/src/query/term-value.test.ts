import {
  Atom,
  atom,
  binary,
  ErlangMap,
  Float,
  ImproperList,
  inspect,
  Pid,
  type Term,
  tuple,
} from "@elixirscope/etf";
import fc from "fast-check";
import { expect, it } from "vitest";
import { termValue } from "./term-value.ts";

const value = (term: Term): unknown => termValue(term, (one) => inspect(one));

it("writes terms as JSON that can be asked like them", () => {
  const order = new ErlangMap([
    [atom("__struct__"), new Atom("Elixir.Shop.Order")],
    [atom("id"), 42],
    [binary("note"), binary("grüß")],
    [tuple(1, 2), atom("nil")],
  ]);
  expect(value(order)).toEqual({ __struct__: "Shop.Order", id: 42, note: "grüß", "{1, 2}": null });
  expect(value(tuple(atom("set"), [1, new Float(1.5), atom("true")]))).toEqual({
    tuple: [":set", [1, 1.5, true]],
  });
  expect(value([tuple(atom("a"), 1), tuple(atom("b"), [])])).toEqual({ a: 1, b: [] });
  expect(value(new ImproperList([1, 2], 3))).toEqual({ list: [1, 2], tail: 3 });
  expect(value(Uint8Array.of(255, 0))).toEqual({ base64: "/wA=" });
  expect(value(2n ** 70n)).toBe("1180591620717411303424");
  expect(value(new Pid("shop@127.0.0.1", 12, 0, 1))).toMatch(/^#PID<.*12\.0>$/);
});

it("keeps both of two keys that read alike, and every one of a keyword list", () => {
  const alike = new ErlangMap([
    [atom("a"), 1],
    [binary("a"), 2],
  ]);
  expect(value(alike)).toEqual({
    map: [
      [":a", 1],
      ["a", 2],
    ],
  });
  expect(value([tuple(atom("a"), 1), tuple(atom("a"), 2)])).toEqual({
    map: [
      [":a", 1],
      [":a", 2],
    ],
  });
});

it("bears any key and any depth", () => {
  const keys = fc.oneof(fc.string(), fc.constantFrom("__proto__", "constructor", "toString"));
  fc.assert(
    fc.property(fc.uniqueArray(keys), (names) => {
      const json = value(new ErlangMap(names.map((name, i) => [binary(name), i])));
      expect(JSON.parse(JSON.stringify(json))).toEqual(
        JSON.parse(`{${names.map((name, i) => `${JSON.stringify(name)}:${i}`).join()}}`),
      );
    }),
  );
  let deep: Term = 1;
  for (let i = 0; i < 200; i++) deep = [deep];
  expect(JSON.stringify(value(deep))).toContain("[1]");
});
