import { describe, expect, it } from "vitest";
import { parseMfaPattern } from "./call-pattern.ts";

describe("parseMfaPattern", () => {
  it.each([
    ["MyApp.Cart.add/2", { module: "Elixir.MyApp.Cart", function: "add", arity: 2 }],
    ["MyApp.Cart.add", { module: "Elixir.MyApp.Cart", function: "add" }],
    ["MyApp.Cart.*", { module: "Elixir.MyApp.Cart", submodules: true }],
    ["MyApp.Cart", { module: "Elixir.MyApp.Cart" }],
    ["Enum.empty?/1", { module: "Elixir.Enum", function: "empty?", arity: 1 }],
    [":lists.map/2", { module: "lists", function: "map", arity: 2 }],
    ["gen_server.call/3", { module: "gen_server", function: "call", arity: 3 }],
    [':"my-mod"."odd name"/0', { module: "my-mod", function: "odd name", arity: 0 }],
  ])("reads %s", (text, expected) => {
    expect(parseMfaPattern(text)).toEqual(expected);
  });

  it.each(["", "MyApp.", "MyApp.Cart.add/", "MyApp.Cart.add/300", "My App.x/1", "add/2/3", "MyApp..x"])(
    "refuses %j and says how to write one",
    (text) => {
      expect(() => parseMfaPattern(text)).toThrow(expect.objectContaining({ code: "BAD_MFA_PATTERN" }));
      expect(() => parseMfaPattern(text)).toThrow(/MyApp\.Cart\.add\/2/);
    },
  );
});
