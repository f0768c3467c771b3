import type { EventRow } from "elixirscope/protocol";
import { describe, expect, it } from "vitest";
import { addNewer, addOlder, catchUp, fromNewest, rowAt, rowsBefore } from "./stream-buffer.ts";

const row = (id: number): EventRow => ({
  id,
  t: id * 10,
  at: "",
  node: 0,
  kind: "send",
  process: null,
  peer: null,
  mfa: null,
  tag: null,
  summary: "",
});
const rows = (...ids: number[]): EventRow[] => ids.map(row);
const ids = (buffer: { rows: readonly EventRow[] }): number[] => buffer.rows.map((entry) => entry.id);

describe("the stretch of events on screen", () => {
  const start = fromNewest({ rows: rows(12, 11, 10), more: true }, false);

  it("stands oldest first", () => {
    expect(ids(start)).toEqual([10, 11, 12]);
  });

  it("grows at the new end and stays within its cap", () => {
    const next = catchUp(start, { rows: rows(14, 13), more: false }, 4);
    expect(ids(next)).toEqual([11, 12, 13, 14]);
    expect(next.moreOlder).toBe(true);
  });

  it("starts anew rather than hiding a hole", () => {
    const next = catchUp(start, { rows: rows(90, 89), more: true }, 100);
    expect(ids(next)).toEqual([89, 90]);
    expect(next).toMatchObject({ moreOlder: true, moreNewer: false });
  });

  it("stays the same object when nothing came", () => {
    expect(catchUp(start, { rows: [], more: false }, 10)).toBe(start);
  });

  it("drops from the new end what does not fit when older rows come", () => {
    const next = addOlder(start, { rows: rows(9, 8), more: false }, 4);
    expect(ids(next)).toEqual([8, 9, 10, 11]);
    expect(next).toMatchObject({ moreOlder: false, moreNewer: true });
  });

  it("reads on towards now", () => {
    const next = addNewer({ ...start, moreNewer: true }, { rows: rows(13, 14), more: true }, 4);
    expect(ids(next)).toEqual([11, 12, 13, 14]);
    expect(next).toMatchObject({ moreOlder: true, moreNewer: true });
  });

  it.each([
    [95, -1],
    [100, 0],
    [119, 1],
    [1_000, 2],
  ])("finds the row at instant %d", (t, index) => {
    expect(rowAt(start.rows, t)).toBe(index);
  });

  it("says by how many rows the view moved", () => {
    expect(rowsBefore(rows(10, 11), rows(8, 9, 10, 11))).toBe(2);
    expect(rowsBefore(rows(10, 11, 12), rows(12, 13))).toBe(-2);
    expect(rowsBefore([], rows(1))).toBe(0);
  });
});
