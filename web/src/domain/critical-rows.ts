import type { Output } from "elixirscope/protocol";
import type { Sequence } from "./sequence.ts";

type Critical = Output<"criticalPath">;

/** A stretch of the critical path where it lies in the diagram: at a lifeline, from row to row. */
export interface CriticalStretch {
  readonly type: Critical["rows"][number]["type"];
  readonly lifeline: number;
  readonly from: number;
  readonly to: number;
  readonly durationNs: number;
  /** Of the flow's duration, 0 to 1. */
  readonly share: number;
}

/** Where in a diagram each stretch lies; those of processes that are not in it are left out. */
export function criticalStretches(
  sequence: Sequence,
  { rows, totalNs }: Critical,
): readonly CriticalStretch[] {
  const places = new Map(sequence.lifelines.map(({ key }, index) => [key, index]));
  const last = sequence.rows.length - 1;
  return rows.flatMap(({ type, process, from, to, durationNs }) => {
    const lifeline = places.get(process?.handle ?? "unknown");
    if (lifeline === undefined || last < 0) return [];
    const first = sequence.rows.findIndex(({ t }) => t >= from);
    const end = sequence.rows.findLastIndex(({ t }) => t <= to);
    const begin = first < 0 ? last : first;
    const share = totalNs === 0 ? 0 : durationNs / totalNs;
    return [{ type, lifeline, from: begin, to: Math.max(begin, end), durationNs, share }];
  });
}
