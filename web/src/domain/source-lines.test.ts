import { expect, it } from "vitest";
import { sourceLines } from "./source-lines.ts";

const SOURCE = `defmodule Shop do
  @doc """
  A heredoc with def in it.
  """
  def add(%{n: n}, x) when x > 1 do
    # <script>
    "sum: #{n + x}" <> ~s(a "b") |> String.trim()
  end
end
`;

const looks = (line: number, text: string): readonly string[] => {
  const tokens = sourceLines(SOURCE, "/app/lib/shop.ex")[line - 1]!;
  return tokens.filter((token) => token.text.trim() === text).map(({ look }) => look);
};

it("a source gives its lines back, whatever is in it", () => {
  const back = (text: string, file: string): string =>
    sourceLines(text, file)
      .map((line) => line.map((token) => token.text).join(""))
      .join("\n");
  for (const text of [SOURCE, "", "\n", 'def broken( "', "é = ~w(ü)\n\n\n"]) {
    expect(back(text, "a.ex")).toBe(text);
    expect(back(text, "a.erl")).toBe(text);
  }
});

it("Elixir has its colours, inside of texts as well", () => {
  expect(looks(1, "Shop")).toEqual(["tk-module"]);
  expect(looks(1, "do")).toEqual(["tk-keyword"]);
  expect(looks(3, "A heredoc with def in it.")).toEqual(["tk-comment"]);
  expect(looks(6, "# <script>")).toEqual(["tk-comment"]);
  expect(looks(7, "String")).toEqual(["tk-module"]);
  expect(looks(7, '"sum:')).toEqual(["tk-string"]);
});
