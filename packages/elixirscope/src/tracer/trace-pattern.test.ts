import { encode, inspect } from "@elixirscope/etf";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ElixirScopeError } from "../model/index.ts";
import { RandomPatterns } from "./testing/random-patterns.ts";
import { agentPatterns, compilePattern, prefixesOf } from "./trace-pattern.ts";

/** Heads and guards of the match spec, as Elixir prints them. */
const clausesOf = (text: string): readonly string[] =>
  compilePattern(text).clauses.map((clause) =>
    inspect(clause)
      .replace(/, \[\{:exception_trace\}\]\}$/, "")
      .replace(/^\{/, "")
      .replaceAll(/:"(\$\d+|=<|=:=|=?\/=)"/g, "$1"),
  );

function failureOf(text: string): ElixirScopeError {
  try {
    compilePattern(text);
  } catch (error) {
    if (error instanceof ElixirScopeError) return error;
    throw error;
  }
  throw new Error(`${text} was not refused`);
}

describe("compilePattern", () => {
  it.each([
    ["MyApp.Cart.add/2", [":_, []"]],
    ["M.f()", ["[], []"]],
    ["MyApp.Cart.add(_, %{qty: q}) when q > 10", ["[:_, %{qty: $1}], [{:>, $1, 10}]"]],
    [
      "Enum.map(list, _) when length(list) > 3 and is_list(list)",
      ["[$1, :_], [{:andalso, {:>, {:length, $1}, 3}, {:is_list, $1}}]"],
    ],
    [
      ":lists.nth(n, [first | _]) when n == first or n in [1, 2]",
      ["[$1, [$2 | :_]], [{:orelse, {:==, $1, $2}, {:orelse, {=:=, $1, 1}, {=:=, $1, 2}}}]"],
    ],
    ["M.f(a, b, _c)", ["[:_, :_, :_], []"]],
    ["M.f(x, {x, y}, y)", ["[$1, {$1, $2}, $2], []"]],
    ['M.f(nil, true, :a, "é", ~c"ab", \'c\', -1, 1.5)', ['[nil, true, :a, "é", ~c"ab", ~c"c", -1, 1.5], []']],
    ["M.f(0.0)", ["[$1], [{=:=, $1, 0.0}]"]],
    ['M.f(:_, :"$1")', ["[$1, $2], [{=:=, $1, {:const, :_}}, {=:=, $2, {:const, $1}}]"]],
    ["M.f(123456789012345678901)", ["[123456789012345678901], []"]],
    ["M.f([a, b | [c | a]])", ["[[$1, :_, :_ | $1]], []"]],
    ["M.f([1 | [2, 3]], a: 1)", ["[[1, 2, 3], [a: 1]], []"]],
    ['M.f(%{"a" => 1, 2 => %{b: {x, x}}})', ['[%{"a" => 1, 2 => %{b: {$1, $1}}}], []']],
    ["M.f(%MyApp.Item{qty: q}) when q == 1", ["[%MyApp.Item{qty: $1}], [{:==, $1, 1}]"]],
    ["M.f(%_{})", ["[%{__struct__: $1}], [is_atom: $1]"]],
    ["M.f(%s{}, s)", ["[%{__struct__: $1}, $1], [is_atom: $1]"]],
    ["M.f(a) when a == 1 when a == 2", ["[$1], [{:==, $1, 1}]", "[$1], [{:==, $1, 2}]"]],
    [
      "M.f(a) when a !== 1 and a != 2 and a <= 3",
      ["[$1], [{:andalso, {:andalso, {=/=, $1, 1}, {/=, $1, 2}}, {=<, $1, 3}}]"],
    ],
    ["M.f(a) when a in 1..3", ["[$1], [{:andalso, {:is_integer, $1}, {:>=, $1, 1}, {=<, $1, 3}}]"]],
    ["M.f(a) when a in []", ["[$1], [false]"]],
    ["M.f(a) when a not in [:x]", ["[$1], [not: {=:=, $1, :x}]"]],
    ["M.f(a) when a == {1, [a], %{k: a}}", ["[$1], [{:==, $1, {{1, [$1], %{k: $1}}}}]"]],
    ["M.f(a) when elem(a, 0) == a.qty", ["[$1], [{:==, {:element, 1, $1}, {:map_get, {:const, :qty}, $1}}]"]],
    [
      "M.f(a) when is_nil(a) or is_map_key(a, :k)",
      ["[$1], [{:orelse, {=:=, $1, nil}, {:is_map_key, :k, $1}}]"],
    ],
    [
      "M.f(a) when tuple_size(a) == 2",
      ["[$1], [{:==, {:map_get, {:is_tuple, $1}, %{true: {:size, $1}}}, 2}]"],
    ],
    [
      "M.f(a) when node(a) == node() and a != self()",
      ["[$1], [{:andalso, {:==, {:node, $1}, {:node}}, {/=, $1, {:self}}}]"],
    ],
    [
      "M.f(a) when rem(a, 2) == -1 and a / 2 > 1",
      ["[$1], [{:andalso, {:==, {:rem, $1, 2}, -1}, {:>, {:/, $1, 2}, 1}}]"],
    ],
  ])("compiles %s", (text, clauses) => {
    expect(clausesOf(text)).toEqual(clauses);
  });

  it.each([
    ["M.f(a) when q > 1", 13, "q is not a name among the arguments. Their names are a;"],
    ["M.f(a) when _ > 1", 13, "give the argument a name"],
    ["M.f(a = 1)", 7, "A name for a whole argument"],
    ["M.f(^a)", 5, "nothing to pin"],
    ['M.f("a" <> b)', 9, "Strings cannot be taken apart"],
    ["M.f(a + 1)", 7, "behind when"],
    ["M.f(x.y)", 7, "%{key: value}"],
    ["M.f(%{a => 1})", 7, "is an atom, a string or a number"],
    ["M.f(%{a: 1, a: 2})", 13, "twice"],
    ["M.f(%M{__struct__: 1})", 8, "twice"],
    ["M.f(a) when a && a", 15, "joined by and"],
    ["M.f(a) when a || a", 15, "joined by or"],
    ["M.f(a) when !a", 13, "written not"],
    ["M.f(a) when a = 1", 15, "=="],
    ['M.f(a) when a <> "x" == ""', 15, "cannot be joined"],
    ["M.f(a) when a ++ [] == []", 15, "cannot be joined"],
    ["M.f(a) when a in b", 18, "written out"],
    ["M.f(a, b) when a in b", 21, "written out"],
    ["M.f(a) when a in [1 | a]", 18, "written out"],
    ["M.f(a) when a in 3..1", 19, "3..1//-1"],
    ["M.f(a) when a in 1..a", 21, "q >= a"],
    ["M.f(a) when a in 1..2//0", 19, "step"],
    ["M.f(a) when 1..2", 14, "q in 1..10"],
    ["M.f(a) when String.length(a) > 1", 20, "Kernel's guards"],
    ["M.f(a) when foo(a)", 13, "foo/1 cannot be used"],
    ["M.f(a) when length(a, 1)", 13, "There is: length/1."],
    ["M.f(a) when is_function(a, 2)", 13, "OTP 27"],
    ["M.f(a) when a == %M{}", 18, "is_struct"],
  ])("refuses %s at column %i", (text, column, words) => {
    const failure = failureOf(text);
    expect(failure).toMatchObject({ code: "BAD_MFA_PATTERN", details: { pattern: text, column } });
    expect(failure.message).toContain(words);
    expect(failure.message.split("\n").slice(-2)).toEqual([`  ${text}`, `${" ".repeat(column + 1)}^`]);
  });

  it("compiles every pattern that its grammar makes to a term that can be sent", () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const { pattern } = new RandomPatterns(seed).call();
        expect(encode(compilePattern(`M.f${pattern}`).clauses).length).toBeGreaterThan(0);
      }),
      { numRuns: 500 },
    );
  });

  it("compiles any other text, or refuses it by its own error", () => {
    const words =
      '( ) [ ] { } %{ %M{ , | => a: a b _ 1 0.0 :ok :_ "s" ~c"x" when and or not in == = < + - .. // .a <> ^ hd( ceil( is_nil(';
    const pieces = fc.array(fc.constantFrom(...words.split(" ")), { maxLength: 12 });
    fc.assert(
      fc.property(pieces, pieces, (head, guard) => {
        const text = `M.f(a, ${head.join(" ")}, b) when ${guard.join(" ")}`;
        try {
          encode(agentPatterns([compilePattern(text)], []));
        } catch (error) {
          expect(error).toMatchObject({ code: "BAD_MFA_PATTERN", details: { pattern: text } });
          const { column } = (error as ElixirScopeError).details as { readonly column: number };
          expect(column >= 1 && column <= text.length + 1).toBe(true);
        }
      }),
      { numRuns: 5_000 },
    );
  });

  it("compiles the deepest pattern that it reads", () => {
    const deep = `${"abs(".repeat(60)}a${")".repeat(60)}${" + 1".repeat(120)} > 1`;
    expect(encode(compilePattern(`M.f(a) when ${deep}`).clauses).length).toBeGreaterThan(1_000);
  });

  it("refuses what would become too large, since some functions have to repeat their argument", () => {
    const failure = failureOf(`M.f(a) when ${"ceil(".repeat(30)}a${")".repeat(30)} > 1`);
    expect(failure.details.column).toBe(195);
    expect(failure.message).toContain("too large");
  });
});

describe("agentPatterns", () => {
  const sent = (texts: readonly string[], modules: readonly string[] = []): readonly string[] =>
    agentPatterns(texts.map(compilePattern), modules).map((term) =>
      inspect(term)
        .replaceAll(", [{:exception_trace}]", "")
        .replace(/^\{(.*)\}$/, "$1"),
    );

  it("names each function once, since a later pattern replaces an earlier one on the node", () => {
    expect(sent(["A.f(1)", "A.g/1", "A.f(2)"])).toEqual([
      "A, :f, 1, [{[1], []}, {[2], []}]",
      "A, :g, 1, [{:_, []}]",
    ]);
  });

  it("drops what a pattern without conditions means anyway", () => {
    expect(sent(["A.f(1)", "A.f/1", "A.g(2)", "A.g", "A.g/2", "B.h(3)", "B"])).toEqual([
      "A, :f, 1, [{:_, []}]",
      "A, :g, :_, [{:_, []}]",
      "B, :_, :_, [{:_, []}]",
    ]);
    expect(sent(["A.f/1", "A.f/1"])).toEqual(["A, :f, 1, [{:_, []}]"]);
  });

  it("puts the node's modules in the place of MyApp.*", () => {
    const modules = ["Elixir.MyApp", "Elixir.MyApp.Cart", "Elixir.Other.Cart"];
    expect(
      prefixesOf(["MyApp.*", "MyApp.Cart", "MyApp.*", ":lists.*", "Other.*"].map(compilePattern)),
    ).toEqual(["Elixir.MyApp", "Elixir.Other"]);
    expect(sent(["MyApp.*", "MyApp.Cart.add(1)", ":lists.*"], modules)).toEqual([
      "MyApp, :_, :_, [{:_, []}]",
      "MyApp.Cart, :_, :_, [{:_, []}]",
      ":lists, :_, :_, [{:_, []}]",
    ]);
  });
});
