import type { StateRow } from "elixirscope/protocol";
import { expect, it } from "vitest";
import { lifeline } from "./lifeline.ts";

const state = (t: number, durationNs: number | null, waitedNs: number | null): StateRow =>
  ({ id: t, t, durationNs, waitedNs }) as StateRow;

it("has every callback where it ran, with the wait before it", () => {
  const { from, to, marks } = lifeline(
    [state(600, 100, 50), state(200, null, null), state(900, 1, 1)],
    100,
    600,
  );
  expect([from, to]).toEqual([100, 600]);
  expect(marks.map(({ row: _row, ...mark }) => mark)).toEqual([
    { from: 0.8, width: 0.2, waited: 0.1 },
    { from: 0.2, width: 0, waited: 0 },
  ]);
});

it("begins with the first of what is known where the birth is not", () => {
  expect(lifeline([state(600, 100, 50)], null, 700).from).toBe(450);
  expect(lifeline([], null, 700)).toEqual({ from: 700, to: 701, marks: [] });
});
