import type { StateRow } from "elixirscope/protocol";

/** A callback on the line of a process's life, in shares of the line. */
export interface LifeMark {
  readonly row: StateRow;
  readonly from: number;
  readonly width: number;
  /** How long its message had waited before it began. */
  readonly waited: number;
}

export interface Lifeline {
  /** Instants at its ends. */
  readonly from: number;
  readonly to: number;
  readonly marks: readonly LifeMark[];
}

/** The time from the first of what is known to `end`, with every callback where it was; rows in any order. */
export function lifeline(rows: readonly StateRow[], begin: number | null, end: number): Lifeline {
  const firsts = rows.map(({ t, durationNs, waitedNs }) => t - (durationNs ?? 0) - (waitedNs ?? 0));
  const from = Math.min(...firsts, begin ?? Infinity, end);
  const length = Math.max(1, end - from);
  return {
    from,
    to: from + length,
    marks: rows
      .filter(({ t }) => t <= end)
      .map((row) => ({
        row,
        from: (row.t - (row.durationNs ?? 0) - from) / length,
        width: (row.durationNs ?? 0) / length,
        waited: (row.waitedNs ?? 0) / length,
      })),
  };
}
