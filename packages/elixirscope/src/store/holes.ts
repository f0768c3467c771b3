import type { Pin } from "./keep.ts";

/** A row of `batches`, as far as retention looks at it. */
export interface BatchRow {
  readonly batch: number;
  readonly node: number;
  readonly firstId: number;
  /** Of its events, how many are still there. */
  readonly count: number;
  readonly firstTs: bigint;
  readonly lastTs: bigint;
}

/** Batches one behind the other that no pin spares; bounds inclusive. Between two holes stands what is pinned. */
export interface Hole {
  readonly firstId: number;
  readonly lastId: number;
  readonly firstBatch: number;
  readonly lastBatch: number;
  readonly batches: readonly BatchRow[];
}

export const isPinned = ({ firstTs, lastTs }: BatchRow, pins: readonly Pin[]): boolean =>
  pins.some(({ from, to }) => firstTs <= to && lastTs >= from);

/**
 * The stretches that are to be emptied: all batches up to `lastBatch` but those that a pin touches.
 *
 * @param batches ascending; at least one follows `lastBatch`
 */
export function holesUpTo(
  lastBatch: number,
  batches: readonly BatchRow[],
  pins: readonly Pin[],
): readonly Hole[] {
  const holes: Hole[] = [];
  let rows: BatchRow[] = [];
  const end = (next: BatchRow | undefined): void => {
    const first = rows[0];
    const last = rows.at(-1);
    if (first && last && next) {
      // Ids up to the next batch are its own, even where some of its events are gone.
      holes.push({
        firstId: first.firstId,
        lastId: next.firstId - 1,
        firstBatch: first.batch,
        lastBatch: last.batch,
        batches: rows,
      });
    }
    rows = [];
  };
  for (const row of batches) {
    const over = row.batch > lastBatch;
    if (over || isPinned(row, pins)) end(row);
    else rows.push(row);
    if (over) break;
  }
  return holes;
}

/** Limits of what is kept, in terms of batches: counts, and the oldest instant. */
export interface Bounds {
  readonly events?: number | undefined;
  readonly since?: bigint | undefined;
}

/**
 * The newest batch that is to go, -1 for none. The newest batch of all stays.
 *
 * @param batches ascending
 * @param counts whether a batch counts: neither pinned nor what is left of one that was emptied
 */
export function lastToGo(
  batches: readonly BatchRow[],
  counts: (row: BatchRow) => boolean,
  { events, since }: Bounds,
): number {
  let kept = 0;
  for (let i = batches.length - 1; i >= 0; i--) {
    const row = batches[i]!;
    if (!counts(row)) continue;
    kept += row.count;
    if (i === batches.length - 1) continue;
    if ((events !== undefined && kept > events) || (since !== undefined && row.lastTs < since)) {
      return row.batch;
    }
  }
  return -1;
}
