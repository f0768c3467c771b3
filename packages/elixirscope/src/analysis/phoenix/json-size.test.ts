import { atom, ErlangMap, type Term, tuple } from "@elixirscope/etf";
import { expect, it } from "vitest";
import { jsonBytes } from "./json-size.ts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const map = (...entries: readonly (readonly [Term, Term])[]): ErlangMap => new ErlangMap(entries);

it.each([
  [text('"é"\n'), '"\\"é\\"\\n"'],
  [[1, -20, atom("true"), atom("nil"), atom("ok")], '[1,-20,true,null,"ok"]'],
  [[], "[]"],
  [map([0, text("3")], [atom("c"), map([5, map([2, text("★")])])]), '{"0":"3","c":{"5":{"2":"★"}}}'],
])("counts the bytes of JSON: %#", (term: Term, json) => {
  expect(jsonBytes(term)).toBe(new TextEncoder().encode(json).length);
});

it.each([
  [undefined],
  [tuple(atom("safe"), text("x"))],
  [map([0, tuple(atom("$elixirscope_cut"), 100_000, text("begin"))])],
])("says nothing of what is no JSON, or was cut: %#", (term) => {
  expect(jsonBytes(term)).toBeUndefined();
});
