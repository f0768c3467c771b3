import { describe, expect, it } from "vitest";
import { glob, parseFunctionGlob } from "./function-glob.ts";

const NAMES = [
  "Elixir.MyApp add 2",
  "Elixir.MyApp.Cart add 2",
  "Elixir.MyApp.Cart add_all 3",
  "Elixir.MyApp.Cart.Item add 2",
  "Elixir.MyApp.Cart.Item empty? 1",
  "Elixir.MyAppWeb.CartServer handle_call 3",
  "gen_server call 3",
  "gen_statem call 2",
  "lists map 2",
] as const;

function found(text: string): string[] {
  const test = parseFunctionGlob(text);
  return NAMES.filter((name) => {
    const [module = "", fun = "", arity] = name.split(" ");
    return test({ module, function: fun, arity: Number(arity) });
  });
}

describe("which functions are meant", () => {
  it.each([
    ["MyApp.Cart.add/2", [1]],
    ["MyApp.*", [0, 1, 2, 3, 4]],
    ["MyApp.*.add/2", [1, 3]],
    ["MyApp.*.add", [1, 3]],
    ["MyApp.*.*", [1, 2, 3, 4]],
    ["MyApp*.*/2", [0, 1, 3]],
    ["MyApp.Cart.add*", [1, 2]],
    ["MyApp.Cart.*_all/*", [2]],
    ["MyApp.Ca*", [1, 2, 3, 4]],
    ["*Server", [5]],
    ["*.handle_call/3", [5]],
    ["*.call/*", [6, 7]],
    ["gen_*.call/3", [6]],
    [":gen_*", [6, 7]],
    ["*.*.empty?/1", [4]],
    [":lists.*", [8]],
    ["*", [0, 1, 2, 3, 4, 5, 6, 7, 8]],
  ])("%s", (text, at) => {
    expect(found(text)).toEqual(at.map((i) => NAMES[i]));
  });

  it.each([
    ["MyApp.*.add/x", 13, "An arity, 0 to 255, or * belongs here."],
    ["My App.*.add", 3, '" " is in no name.'],
    ["MyApp.*..add", 8, "A name is missing beside the dot."],
    ["MyApp.Ca*/2", 10, "An arity belongs to a function."],
    ["MyApp.*.add(_)", 8, "The pattern should end"],
  ])("refuses %s at its column", (text, column, message) => {
    expect(() => parseFunctionGlob(text)).toThrow(
      expect.objectContaining({ code: "BAD_MFA_PATTERN", details: { pattern: text, column } }),
    );
    expect(() => parseFunctionGlob(text)).toThrow(message);
  });
});

it("takes every other character as it is", () => {
  expect(glob("a.b?*")("a.b?c")).toBe(true);
  expect(glob("a.b?*")("axb")).toBe(false);
  expect(glob("*")("")).toBe(true);
  expect(glob("*{via, Reg}*")("{via, Reg}\n")).toBe(true);
});
