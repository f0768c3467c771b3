import type { EventRow } from "../protocol/index.ts";
import { clip, printable, processText } from "./format.ts";
import type { Colors } from "./terminal.ts";

const KIND_WIDTH = 16;
const WHO_WIDTH = 36;

/** `12:00:01.123456  send    Hello.Worker → Hello.Counter    {:set, 3}`, at most `width` characters. */
export function eventText(row: EventRow, width: number, color: Colors): string {
  const time = clockOf(row.at);
  const kind = row.kind.padEnd(KIND_WIDTH);
  const who = clip(whoText(row), WHO_WIDTH).padEnd(WHO_WIDTH);
  const rest = clip(printable(row.summary), Math.max(12, width - time.length - KIND_WIDTH - WHO_WIDTH - 6));
  return `${color.dim(time)}  ${kindColor(row, color)(kind)}  ${who}  ${rest}`.trimEnd();
}

const two = (n: number): string => String(n).padStart(2, "0");

/** The time of day, in the zone of the reader, with microseconds. */
export function clockOf(at: string): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return at;
  const micros = /\.(\d+)/.exec(at)?.[1]?.padEnd(6, "0").slice(0, 6) ?? "000000";
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${micros}`;
}

function whoText(row: EventRow): string {
  const who = processText(row.process, "");
  return row.peer ? `${who} ${arrowOf(row)} ${processText(row.peer)}` : who;
}

const arrowOf = (row: EventRow): string => (row.kind === "spawned" || row.kind === "receive" ? "←" : "→");

function kindColor(row: EventRow, color: Colors): (text: string) => string {
  if (row.kind === "exit" || row.kind === "exception" || row.kind === "send_to_dead") return color.red;
  if (row.kind === "gap") return color.yellow;
  if (row.kind === "send" || row.kind === "receive") return color.cyan;
  if (row.kind === "call" || row.kind === "return") return color.magenta;
  return color.green;
}
