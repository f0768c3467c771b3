import { expect, it } from "vitest";
import { clausesIn } from "./diagnose-clauses.ts";

const SOURCE = `defmodule Shop.Lamp do
  use GenServer

  def handle_info({:motion, "a, (b"}, light), do: {:noreply, light}
  def handle_info(message, light) when is_atom(message), do: {:noreply, light}

  def handle_cast(
        {:dim, %{level: level}},
        light
      ),
      do: {:noreply, level + light}

  def handle_cast(_other, light), do: {:noreply, light}
end

defmodule Shop.Other do
  def handle_info(:tick, state), do: {:noreply, state}
end
`;

it("reads the heads of a module's callbacks from its source, with their lines", () => {
  expect(clausesIn(SOURCE, "Shop.Lamp")).toEqual([
    { callback: "handle_info", line: 4, pattern: '{:motion, "a, (b"}', takesAll: false },
    { callback: "handle_info", line: 5, pattern: "message", takesAll: false },
    { callback: "handle_cast", line: 7, pattern: "{:dim, %{level: level}}", takesAll: false },
    { callback: "handle_cast", line: 13, pattern: "_other", takesAll: true },
  ]);
  expect(clausesIn(SOURCE, "Shop.Other").map(({ pattern }) => pattern)).toEqual([":tick"]);
  expect(clausesIn(SOURCE, "Shop.None")).toEqual([]);
});
