import { describe, expect, it } from "vitest";
import { type TokenType, tokenize } from "./elixir-tokens.ts";

const shape = (text: string): string =>
  tokenize(text)
    .filter((token) => token.type !== "space")
    .map((token) => `${token.type}:${token.text}`)
    .join(" ");

describe("tokenize", () => {
  it.each<[string, TokenType]>([
    [":ok", "atom"],
    [':"two words"', "atom"],
    [":+", "atom"],
    ['"a \\"quoted\\" word"', "string"],
    ['~c"abc"', "string"],
    ["'abc'", "string"],
    ["-12", "number"],
    ["1.5e-10", "number"],
    ["true", "constant"],
    ["nil", "constant"],
    ["Hello.Counter", "module"],
    ["#PID<0.123.0>", "pid"],
    ["#Reference<0.1.2.3>", "ref"],
    ["#Function<1.2/1 in Hello.go/1>", "ref"],
    ["...", "cut"],
  ])("%s is one %s", (text, type) => {
    expect(tokenize(text)).toEqual([{ type, text }]);
  });

  it("tells keys from atoms and structs from maps", () => {
    expect(shape("%Hello.State{count: 3}")).toBe("open:%Hello.State{ key:count: number:3 close:}");
    expect(shape('%{"a b": 1, :c => 2}')).toBe(
      'open:%{ key:"a b": number:1 comma:, atom::c operator:=> number:2 close:}',
    );
  });

  it("opens what inspect prints as #MapSet<[…]>", () => {
    expect(shape("#MapSet<[1]>")).toBe("open:#MapSet< open:[ number:1 close:]>");
  });

  it("does not take truthy for true", () => {
    expect(shape("truthy")).toBe("text:truthy");
  });

  it.each(['{:a, "unfinished', "<<1, 2, ...>>", "é漢字 ☃", "[1 | 2]", "&Hello.run/1", "{:cut, %{a: [1, "])(
    "gives %s back whole",
    (text) => {
      expect(
        tokenize(text)
          .map((token) => token.text)
          .join(""),
      ).toBe(text);
    },
  );
});
