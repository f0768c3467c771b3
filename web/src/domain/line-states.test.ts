import type { LineList, LineRow } from "elixirscope/protocol";
import { expect, it } from "vitest";
import { lineLooks } from "./line-states.ts";

const row = (line: number, count: number): LineRow => ({
  line,
  count,
  functions: [],
  values: [],
  lastT: null,
  lastId: null,
  lastProcess: null,
});
const list = (...rows: readonly LineRow[]): LineList => ({
  module: "A",
  file: null,
  rows,
  scanned: 1,
  complete: true,
});

it("lines that ran, that can, and that cannot are told apart", () => {
  const looks = lineLooks(5, [2, 3, 4], list(row(1, 0), row(2, 1), row(3, 1_000)), true);
  expect(looks.map(({ state }) => state)).toEqual(["none", "ran", "ran", "not_run", "none"]);
  expect(looks.map(({ heat }) => heat)).toEqual([0, 1, 4, 0, 0]);
  expect(lineLooks(2, [2], undefined, false).map(({ state }) => state)).toEqual(["none", "not_recorded"]);
  expect(lineLooks(2, null, list(row(2, 3)), true).map(({ state }) => state)).toEqual(["unknown", "ran"]);
});
