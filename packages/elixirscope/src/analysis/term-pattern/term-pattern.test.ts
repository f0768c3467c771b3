import { atom, binary, ErlangMap, Float, ImproperList, type Term, tuple } from "@elixirscope/etf";
import { describe, expect, it } from "vitest";
import { ElixirScopeError } from "../../model/index.ts";
import { compileTermPattern } from "./term-pattern.ts";

const map = (fields: Readonly<Record<string, Term>>): ErlangMap =>
  new ErlangMap(Object.entries(fields).map(([key, value]) => [atom(key), value] as const));
const user = map({ __struct__: atom("Elixir.User"), user_id: 42, name: binary("zoe") });
const call = tuple(atom("$gen_call"), tuple(atom("from"), atom("tag")), tuple(atom("get"), user));

const matches = (pattern: string, term: Term): boolean => compileTermPattern(pattern).matches(term);
const occurs = (pattern: string, term: Term): boolean => compileTermPattern(pattern).occursIn(term);

describe("a pattern on a term", () => {
  it("matches the whole term, and occurs in its parts", () => {
    expect(matches("%{user_id: 42}", user)).toBe(true);
    expect(matches("%{user_id: 42}", call)).toBe(false);
    expect(occurs("%{user_id: 42}", call)).toBe(true);
    expect(occurs("%{user_id: 43}", call)).toBe(false);
    expect(occurs('%User{name: "zoe"}', call)).toBe(true);
    expect(occurs("%Other{}", call)).toBe(false);
    expect(occurs(":user_id", call)).toBe(true);
    expect(occurs("{:b, 1}", new ImproperList([atom("a")], tuple(atom("b"), 1)))).toBe(true);
  });

  it("asks conditions of the names in it", () => {
    expect(matches("{:count, n} when n > 5", tuple(atom("count"), 6))).toBe(true);
    expect(matches("{:count, n} when n > 5", tuple(atom("count"), 5))).toBe(false);
    expect(matches("u when u.user_id in 40..44 and is_struct(u, User)", user)).toBe(true);
    expect(matches("n when n < 0 when n > 10", 11)).toBe(true);
    expect(matches("{a, a}", tuple(1, new Float(1)))).toBe(false);
    expect(matches("{a, b} when a == b", tuple(1, new Float(1)))).toBe(true);
  });

  it("takes a condition that would raise for false", () => {
    expect(matches("x when hd(x) == 1", 5)).toBe(false);
    expect(matches("x when x.name == 1", map({}))).toBe(false);
    expect(matches("x when 1 / x > 0", 0)).toBe(false);
    expect(matches("x when x * 1.0e308 > 0", 100)).toBe(false);
    expect(matches("x when x", 1)).toBe(false);
    expect(matches("x when is_integer(x) or hd(x) == 1", 5)).toBe(true);
  });

  it("knows bytes that a matching term must hold", () => {
    const { needles } = compileTermPattern('{:count, %User{name: "zoe", x: y}} when y == :later');
    const words = needles.map((needle) => new TextDecoder().decode(needle));
    // `x` is too short to tell anything, and what stands in a condition need not be in the term.
    expect(words).toEqual(["count", "Elixir.User", "name", "zoe"]);
  });

  it("knows what small numbers in tuples and maps look like; those in a list may be a string", () => {
    const { needles } = compileTermPattern("{7, [8, {300}], %{9 => -1, 8 => 5_000_000_000}}");
    expect(needles.map((needle) => [...needle])).toEqual([
      [97, 7],
      [98, 0, 0, 1, 44],
      [97, 9],
      [98, 255, 255, 255, 255],
      [97, 8],
    ]);
  });

  it.each([
    ["", /what the term looks like/, 1],
    ["%{a: 1", /comma or \} belongs here/, 7],
    ["%{a: 1} foo", /should end, or go on with when/, 9],
    ["{a, b} when c > 1", /c is not a name among the arguments/, 13],
    ["x when self() == x", /self\/0 cannot be used/, 8],
    ["x when String.length(x) > 1", /Functions of modules/, 15],
    ["a + 1", /Nothing is computed/, 3],
    ["%{a: 1, a: 2}", /twice/, 9],
    ["x when x in y", /a list or a range/, 13],
    ["x when %User{} == x", /struct cannot be built/, 8],
  ])("%s is refused with the place", (pattern, message, column) => {
    const problem = (): unknown => {
      try {
        return compileTermPattern(pattern);
      } catch (error) {
        return error;
      }
    };
    const error = problem();
    expect(error).toBeInstanceOf(ElixirScopeError);
    expect(error).toMatchObject({ code: "BAD_TERM_PATTERN", details: { column } });
    expect((error as Error).message).toMatch(message);
  });
});
