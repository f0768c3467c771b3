import { atom, binary, decode, ErlangMap, encode, inspect, type Term, tuple } from "@elixirscope/etf";
import { expect, it } from "vitest";
import { Hider } from "./hiding.ts";

function hidden(term: Term, ...patterns: readonly string[]): string {
  const bytes = encode(term);
  new Hider(patterns).hideInTerm(bytes, 1, bytes.length);
  return inspect(decode(bytes));
}

it("overwrites a text wherever it stands, in any case, with as many bytes", () => {
  const charlist = [...binary("for ada@example.org")];
  const map = new ErlangMap([[binary("k"), binary("x ADA@example.org")]]);
  expect(hidden(tuple(binary("To Ada@Example.org"), charlist, map, 7), "ada@example.org")).toBe(
    `{"To ${"*".repeat(15)}", ~c"for ${"*".repeat(15)}", %{"k" => "x ${"*".repeat(15)}"}, 7}`,
  );
  expect(hidden(binary("Grüße an Zoë"), "zoë")).toBe('"Grüße an ****"');
});

it("overwrites atoms but not names of modules, and whole numbers", () => {
  const term = tuple(atom("acme"), atom("Elixir.Acme.Cart"), 4711, -4711, 47_110, 2n ** 70n);
  expect(hidden(term, "acme", "4711", String(2n ** 70n))).toBe(
    "{:****, Acme.Cart, 0, 0, 47110, 0}".replace(":****", ':"****"'),
  );
});

it("takes regular expressions, and refuses what is none", () => {
  expect(hidden(binary("card 4111111111111111, 12"), "/\\d{16}/")).toBe(`"card ${"*".repeat(16)}, 12"`);
  expect(() => new Hider(["/(/"])).toThrow(SyntaxError);
  expect(new Hider(["a.b"]).hideInText("axb a.b")).toBe("axb ***");
});
