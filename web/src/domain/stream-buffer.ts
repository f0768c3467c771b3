import type { EventList, EventRow } from "elixirscope/protocol";

/** A stretch of the event stream without holes, oldest first: what the list on screen scrolls through. */
export interface StreamBuffer {
  readonly rows: readonly EventRow[];
  /** Are there matching events before the first row, after the last one? */
  readonly moreOlder: boolean;
  readonly moreNewer: boolean;
}

export const EMPTY_BUFFER: StreamBuffer = { rows: [], moreOlder: false, moreNewer: false };

/** The buffer from an answer to "the newest first". */
export const fromNewest = (list: EventList, moreNewer: boolean): StreamBuffer => ({
  rows: list.rows.toReversed(),
  moreOlder: list.more,
  moreNewer,
});

/**
 * Adds what came since, from an answer to "newest first, after my last one". Where more came than the answer
 * holds, what was on screen is too old to join it: the buffer starts anew, and older rows load on scroll.
 */
export function catchUp(buffer: StreamBuffer, list: EventList, cap: number): StreamBuffer {
  if (list.more) return fromNewest(list, false);
  if (list.rows.length === 0) return buffer.moreNewer ? { ...buffer, moreNewer: false } : buffer;
  const rows = [...buffer.rows, ...list.rows.toReversed()];
  const surplus = Math.max(0, rows.length - cap);
  return { rows: rows.slice(surplus), moreOlder: buffer.moreOlder || surplus > 0, moreNewer: false };
}

/** Adds an answer to "newest first, before my first one"; what passes `cap` falls off at the new end. */
export function addOlder(buffer: StreamBuffer, list: EventList, cap: number): StreamBuffer {
  const rows = [...list.rows.toReversed(), ...buffer.rows];
  return {
    rows: rows.slice(0, cap),
    moreOlder: list.more,
    moreNewer: buffer.moreNewer || rows.length > cap,
  };
}

/** Adds an answer to "oldest first, after my last one"; what passes `cap` falls off at the old end. */
export function addNewer(buffer: StreamBuffer, list: EventList, cap: number): StreamBuffer {
  const rows = [...buffer.rows, ...list.rows];
  const surplus = Math.max(0, rows.length - cap);
  return { rows: rows.slice(surplus), moreOlder: buffer.moreOlder || surplus > 0, moreNewer: list.more };
}

/** Index of the last row at or before the instant `t`; -1 where all are later. Rows are in time order. */
export function rowAt(rows: readonly EventRow[], t: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (rows[middle]!.t <= t) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** How many rows now stand before the row that was first: by so much an unmoved view must scroll. */
export function rowsBefore(previous: readonly EventRow[], next: readonly EventRow[]): number {
  const first = previous[0];
  if (!first) return 0;
  const at = next.findIndex((row) => row.id === first.id);
  if (at >= 0) return at;
  const newFirst = next[0];
  return newFirst ? -previous.findIndex((row) => row.id === newFirst.id) : 0;
}
