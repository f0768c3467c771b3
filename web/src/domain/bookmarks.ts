import type { BookmarkOn, BookmarkRow } from "elixirscope/protocol";
import type { Place } from "../place/place.ts";

/** What `b` is about: the state that is shown, else the selected event, the range, or the instant of the cursor. */
export function bookmarkable(place: Place, now: number): BookmarkOn {
  const { view, tab, details, selection, filters, cursor } = place;
  if (view === "process" && tab === "state" && details.version !== undefined)
    return { type: "state", id: details.version };
  if (selection?.type === "event") return { type: "event", id: selection.id };
  const { from, to } = filters;
  if (from !== undefined || to !== undefined) return { type: "range", from: from ?? 0, to: to ?? now };
  const t = cursor === "live" ? now : cursor;
  return { type: "range", from: t, to: t };
}

/** Where a bookmark leads: its event is selected, its state shown, its range marked; the cursor is at its instant. */
export function placeOfBookmark({ on, from, to, process }: BookmarkRow): Partial<Place> {
  if (on.type === "state" && process) {
    return {
      view: "process",
      process: process.handle,
      tab: "state",
      details: { version: on.id },
      selection: undefined,
      cursor: from,
    };
  }
  if (on.type !== "range")
    return { view: "events", process: undefined, selection: { type: "event", id: on.id }, cursor: from };
  const range = from === to ? {} : { from, to };
  return { view: "timeline", process: undefined, selection: undefined, filters: range, cursor: from };
}
