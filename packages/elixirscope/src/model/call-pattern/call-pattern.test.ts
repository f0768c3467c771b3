import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ElixirScopeError } from "../error.ts";
import { namesModule, parseCallPattern, parseMfaPattern } from "./call-pattern.ts";
import type { Syntax } from "./syntax.ts";

function failureOf(work: () => unknown): ElixirScopeError | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof ElixirScopeError) return error;
    throw error;
  }
}

describe("parseMfaPattern", () => {
  it.each([
    ["MyApp.Cart.add/2", { module: "Elixir.MyApp.Cart", function: "add", arity: 2 }],
    ["MyApp.Cart.add", { module: "Elixir.MyApp.Cart", function: "add" }],
    ["MyApp.Cart.*", { module: "Elixir.MyApp.Cart", submodules: true }],
    ["MyApp.*", { module: "Elixir.MyApp", submodules: true }],
    ["MyApp.Cart", { module: "Elixir.MyApp.Cart" }],
    ["Elixir.MyApp.Cart", { module: "Elixir.MyApp.Cart" }],
    [' :"Elixir.MyApp".run/0 ', { module: "Elixir.MyApp", function: "run", arity: 0 }],
    ["Enum.empty?/1", { module: "Elixir.Enum", function: "empty?", arity: 1 }],
    ["Kernel.and/2", { module: "Elixir.Kernel", function: "and", arity: 2 }],
    [":erlang.++/2", { module: "erlang", function: "++", arity: 2 }],
    ["Kernel.-/1", { module: "Elixir.Kernel", function: "-", arity: 1 }],
    [':erlang."*"/2', { module: "erlang", function: "*", arity: 2 }],
    [":lists.map/2", { module: "lists", function: "map", arity: 2 }],
    [":lists.*", { module: "lists" }],
    ["gen_server.call/3", { module: "gen_server", function: "call", arity: 3 }],
    [':"my-mod"."odd name"/0', { module: "my-mod", function: "odd name", arity: 0 }],
  ])("reads %s", (text, expected) => {
    expect(parseMfaPattern(text)).toEqual(expected);
  });

  it.each([
    ["", 1],
    ["MyApp.", 7],
    ["MyApp.Cart.add/", 16],
    ["MyApp.Cart.add/300", 16],
    ["My App.x/1", 4],
    ["add/2/3", 4],
    ["MyApp..x", 6],
    ["MyApp.*/2", 8],
    ["MyApp.Cart.add/2 oops", 18],
    ["add!.x/1", 1],
  ])("refuses %j at column %i and says how to write one", (text, column) => {
    const failure = failureOf(() => parseMfaPattern(text));
    expect(failure).toMatchObject({ code: "BAD_MFA_PATTERN", details: { pattern: text, column } });
    expect(failure?.message).toContain("MyApp.Cart.add/2");
  });

  it("takes no arguments, since a filter asks for functions", () => {
    expect(failureOf(() => parseMfaPattern("MyApp.Cart.add(_, 1)"))?.message).toBe(
      [
        "Here functions are named and no arguments: write MyApp.Cart.add/2 in place of MyApp.Cart.add(_, _).",
        "",
        "  MyApp.Cart.add(_, 1)",
        "                ^",
      ].join("\n"),
    );
  });
});

describe("namesModule", () => {
  it("takes a module's own name and, of MyApp.*, all below it", () => {
    const all = ["Elixir.MyApp", "Elixir.MyApp.Cart", "Elixir.MyApp.Cart.Item", "Elixir.MyAppWeb", "my_app"];
    const named = (text: string): readonly string[] =>
      all.filter((module) => namesModule(parseMfaPattern(text), module));
    expect(named("MyApp.*")).toEqual(["Elixir.MyApp", "Elixir.MyApp.Cart", "Elixir.MyApp.Cart.Item"]);
    expect(named("MyApp.Cart.*")).toEqual(["Elixir.MyApp.Cart", "Elixir.MyApp.Cart.Item"]);
    expect(named("MyApp")).toEqual(["Elixir.MyApp"]);
    expect(named("MyAppWeb.*")).toEqual(["Elixir.MyAppWeb"]);
  });
});

/** What was read, as text with every bracket written: shows how operators group. */
function shapeOf(syntax: Syntax): string {
  switch (syntax.type) {
    case "call":
      return `(${[syntax.name, ...syntax.args.map(shapeOf)].join(" ")})`;
    case "integer":
    case "float":
      return String(syntax.value);
    case "list":
      return `[${syntax.items.map(shapeOf).join(" ")}]${syntax.tail ? `|${shapeOf(syntax.tail)}` : ""}`;
    case "field":
      return `${shapeOf(syntax.of)}.${syntax.name}`;
    case "atom":
      return `:${syntax.name}`;
    case "variable":
      return syntax.name;
    case "string":
      return syntax.text;
    default:
      return syntax.type;
  }
}

describe("parseCallPattern", () => {
  it.each([
    ["a or b and c == d", "(or a (and b (== c d)))"],
    ["a and b and c", "(and (and a b) c)"],
    ["a + b * c - d", "(- (+ a (* b c)) d)"],
    ["(a + b) * c", "(* (+ a b) c)"],
    ["not a == b", "(== (not a) b)"],
    ["not (a == b)", "(not (== a b))"],
    ["not a in [1]", "(not (in a [1]))"],
    ["(not a) in [1]", "(in (not a) [1])"],
    ["a not in [1, 2]", "(not (in a [1 2]))"],
    ["a in 1..3 or b in 1..9//2", "(or (in a (.. 1 3)) (in b (..// 1 9 2)))"],
    ["-a < -1", "(< (- a) -1)"],
    ["1 - -1", "(- 1 -1)"],
    ["a.b.c > 1", "(> a.b.c 1)"],
    ["x!=1", "(!= x 1)"],
    ["length(a)>3", "(> (length a) 3)"],
    ["a === nil and b === Foo.Bar", "(and (=== a :nil) (=== b :Elixir.Foo.Bar))"],
    ["a == [1, 2 | t]", "(== a [1 2]|t)"],
    ["a == ?a and b == 1_000 and c == 0xFF", "(and (and (== a 97) (== b 1000)) (== c 255))"],
    ["a == ~c\"hi\" and b == 'x'", "(and (== a [104 105]) (== b [120]))"],
    ['a == "q\\"\\u00e9\\x41\\n"', '(== a q"éA\n)'],
  ])("groups %s as Elixir does", (guard, shape) => {
    const { guards } = parseCallPattern(`M.f(a, b, c, d, x, t) when ${guard}`);
    expect(guards.map(shapeOf)).toEqual([shape]);
  });

  it("reads arguments, keywords at their end, and several conditions", () => {
    const { mfa, args, guards } = parseCallPattern("M.f(1, {a, _}, %{k: v}, as: b, of: 2) when a when b");
    expect(mfa).toEqual({ module: "Elixir.M", function: "f", arity: 4 });
    expect(args?.map(({ type, at }) => [type, at])).toEqual([
      ["integer", 4],
      ["tuple", 7],
      ["map", 15],
      ["list", 24],
    ]);
    expect(guards.map(shapeOf)).toEqual(["a", "b"]);
    expect(parseCallPattern("M.f()")).toMatchObject({ mfa: { arity: 0 }, args: [] });
  });

  it.each([
    ["M.f(a", 6, "the pattern ends"],
    ["M.f(a b)", 7, "here stands b"],
    ["M.f(a) when", 12, "A value is missing"],
    ["M.f(a) when a >", 16, "A value is missing"],
    ["M.f(a) when is_list a", 21, "is_list(a)"],
    ["M.f when a", 5, "needs arguments"],
    ["M.f/1 when a", 7, "needs arguments"],
    ["M.*(a)", 4, "belong to a function"],
    ['M.f("a)', 5, "not closed"],
    ['M.f("a#{b}")', 7, "no interpolation"],
    ["M.f(~r/a/)", 5, "~c"],
    ["M.f(<<1>>)", 5, "byte_size/1"],
    ["M.f(a) when Enum.count(a) == 1", 18, "Kernel's guards"],
    ["M.f(a: 1, b)", 11, "only more keys"],
    ["M.f(%{a})", 8, "=>"],
    ["M.f([a | b, c])", 11, "]"],
    ["M.f(1a)", 6, "A number ends here"],
    ['M.f("\\uD800")', 6, "no such character"],
    ["M.f(§)", 5, "has no meaning"],
    [`M.f(${"[".repeat(100)}`, 69, "64 deep"],
    [`M.f(a) when ${"a + ".repeat(200)}a`, 527, "128 operators"],
  ])("refuses %s at column %i", (text, column, words) => {
    const failure = failureOf(() => parseCallPattern(text));
    expect(failure).toMatchObject({ code: "BAD_MFA_PATTERN", details: { pattern: text, column } });
    expect(failure?.message).toContain(words);
  });

  it("shows the place with a caret, also behind characters that take two units", () => {
    const failure = failureOf(() => parseCallPattern('M.f("🙂\t", )) when'));
    expect(failure?.details).toEqual({ pattern: 'M.f("🙂\t", )) when', column: 13 });
    expect(failure?.message.split("\n").slice(-2)).toEqual(['  M.f("🙂 ", )) when', "             ^"]);
  });

  const pieces = fc.constantFrom(
    ...'M .f ( ) [ ] { } %{ % a b _ 1 1.5 :ok "s" \'c\' ~c"x" ?a , | => a: when and or not in == < + - * / .. // . :: <> ++ ^ & <<'.split(
      " ",
    ),
  );
  it.each([
    ["any text", fc.string({ unit: "binary", maxLength: 60 })],
    ["pieces of patterns", fc.array(pieces, { maxLength: 30 }).map((words) => words.join(" "))],
    [
      "pieces behind a head",
      fc.array(pieces, { maxLength: 20 }).map((words) => `M.f(a, b) when ${words.join("")}`),
    ],
  ])("never fails but with its own error, whose column is in the text: %s", (_what, texts) => {
    fc.assert(
      fc.property(texts, (text) => {
        const failure = failureOf(() => parseCallPattern(text));
        if (!failure) return;
        expect(failure.code).toBe("BAD_MFA_PATTERN");
        expect(failure.details.column).toBeGreaterThanOrEqual(1);
        expect(failure.details.column).toBeLessThanOrEqual(text.length + 1);
        expect(failure.message.split("\n").at(-1)).toMatch(/^ {2,}\^$/);
      }),
      { numRuns: 2_000 },
    );
  });
});
