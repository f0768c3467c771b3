import type { LineList, LineRow, SourceAnswer } from "elixirscope/protocol";

/**
 * What is known of a line: it ran; it can, and was not seen to; it cannot (a comment, a head, an `end`); its module's lines
 * are not recorded; nobody knows which lines can run.
 */
export type LineState = "ran" | "not_run" | "not_recorded" | "none" | "unknown";

export const STATE_WORDS: Readonly<Record<LineState, string>> = {
  ran: "ran",
  not_run: "did not run while it was recorded",
  not_recorded: "can run; not recorded",
  none: "nothing runs here",
  unknown: "not known whether it runs",
};

export interface LineLook {
  readonly state: LineState;
  readonly row: LineRow | undefined;
  /** 0 to 4: how often beside the other lines. */
  readonly heat: number;
}

/** Of each line of a source, what is known. @param isRecorded the lines of the module are, or were, recorded */
export function lineLooks(
  count: number,
  executable: SourceAnswer["executable"],
  list: LineList | undefined,
  isRecorded: boolean,
): readonly LineLook[] {
  const can = executable && new Set(executable);
  const rows = new Map(list?.rows.map((row) => [row.line, row]));
  const most = Math.max(1, ...(list?.rows.map((row) => row.count) ?? []));
  return Array.from({ length: count }, (_, index): LineLook => {
    const row = rows.get(index + 1);
    if (row && row.count > 0) return { state: "ran", row, heat: heatOf(row.count, most) };
    const may = can ? (can.has(index + 1) ? (isRecorded ? "not_run" : "not_recorded") : "none") : "unknown";
    return { state: may, row, heat: 0 };
  });
}

/** By orders of magnitude: a loop runs a thousand times as often as what is around it. */
const heatOf = (count: number, most: number): number =>
  most === 1 ? 1 : 1 + Math.round((3 * Math.log(count)) / Math.log(most));
