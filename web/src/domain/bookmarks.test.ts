import type { BookmarkRow } from "elixirscope/protocol";
import { expect, it } from "vitest";
import { HOME, type Place } from "../place/place.ts";
import { bookmarkable, placeOfBookmark } from "./bookmarks.ts";

const NOW = 900;
const about = (place: Partial<Place>): object => bookmarkable({ ...HOME, ...place }, NOW);

it("bookmarks the state that is shown, else the selected event, the range, the instant", () => {
  const selection = { type: "event", id: 7 } as const;
  expect(about({ view: "process", tab: "state", details: { version: 5 }, selection })).toEqual({
    type: "state",
    id: 5,
  });
  expect(about({ selection, filters: { from: 1 } })).toEqual({ type: "event", id: 7 });
  expect(about({ filters: { from: 10, to: 20 } })).toEqual({ type: "range", from: 10, to: 20 });
  expect(about({ filters: { from: 10 } })).toEqual({ type: "range", from: 10, to: NOW });
  expect(about({ selection: { type: "process", process: "p-1" }, cursor: 30 })).toEqual({
    type: "range",
    from: 30,
    to: 30,
  });
  expect(about({})).toEqual({ type: "range", from: NOW, to: NOW });
});

it("leads back to what it is on, at its instant", () => {
  const row: BookmarkRow = {
    id: "b-1",
    on: { type: "event", id: 7 },
    from: 40,
    to: 40,
    what: "",
    process: null,
    by: "",
    at: "",
    comments: [],
  };
  expect(placeOfBookmark(row)).toMatchObject({ selection: { type: "event", id: 7 }, cursor: 40 });
  const process = { handle: "p-3", pid: "", label: "x", name: null } as NonNullable<BookmarkRow["process"]>;
  expect(placeOfBookmark({ ...row, on: { type: "state", id: 7 }, process })).toMatchObject({
    view: "process",
    process: "p-3",
    tab: "state",
    details: { version: 7 },
    cursor: 40,
  });
  expect(placeOfBookmark({ ...row, on: { type: "range", from: 40, to: 60 }, to: 60 })).toMatchObject({
    filters: { from: 40, to: 60 },
    cursor: 40,
  });
});
