import type { StateChange, StateRow } from "../protocol/index.ts";
import { clockOf } from "./event-text.ts";
import { clip, formatNs, printable } from "./format.ts";
import type { Colors } from "./terminal.ts";

/** A version of a state: one line of how it came about, then the state, or what changed in it. */
export function stateText(row: StateRow, width: number, diff: boolean, color: Colors): readonly string[] {
  const head = `${color.dim(clockOf(row.at))}  ${color.green(calledText(row))}${color.dim(`${timeText(row)}${row.flow === null ? "" : `  ${row.flow}`}`)}`;
  const cause = causeText(row);
  const lines = cause === "" ? [head] : [head, clip(`  ${color.dim("for")} ${printable(cause)}`, width)];
  if (row.reason) lines.push(clip(`  ${color.red("ends")} ${printable(row.reason.text)}`, width));
  return [...lines, ...(diff && row.diff ? diffLines(row, width, color) : [stateLine(row, width)])];
}

/** `Hello.Counter.handle_call/3`, or what was there in its place. */
function calledText(row: StateRow): string {
  const name = row.callback ?? (row.reason ? "ended" : (row.module ?? "state"));
  return row.postponed ? `${name} (postponed)` : name;
}

function timeText({ durationNs, durationExact, waitedNs }: StateRow): string {
  const took = durationNs === null ? "" : `  ${durationExact ? "" : "≤ "}${formatNs(durationNs)}`;
  return waitedNs === null ? took : `${took}, waited ${formatNs(waitedNs)}`;
}

const causeText = ({ cause, causeCertain, occasion }: StateRow): string =>
  cause ? `${cause.summary}${causeCertain ? "" : "  (probably)"}` : occasion;

const EXTENT: Readonly<Record<StateRow["extent"], string>> = {
  whole: "",
  cut: "  (cut: parts of it were too large to be recorded)",
  not_copied: "  (too large to be recorded each time)",
};

const stateLine = (row: StateRow, width: number): string =>
  clip(`  ${printable(row.state.text)}`, Math.max(20, width - EXTENT[row.extent].length)) +
  EXTENT[row.extent];

function diffLines(row: StateRow, width: number, color: Colors): readonly string[] {
  const { changes, unknown, more } = row.diff!;
  const lines = changes.flatMap((change) => changeLines(change, width, color));
  for (const path of unknown)
    lines.push(color.yellow(`  ? ${path || "all of it"}: not known, too large to be recorded`));
  if (more) lines.push(color.dim("  … and more"));
  return lines.length > 0 ? lines : [color.dim("  unchanged")];
}

function changeLines({ path, before, after }: StateChange, width: number, color: Colors): readonly string[] {
  const line = (sign: string, text: string): string =>
    clip(`  ${sign} ${path || "state"}: ${printable(text)}`, width);
  return [
    ...(before === null ? [] : [color.red(line("-", before))]),
    ...(after === null ? [] : [color.green(line("+", after))]),
  ];
}
