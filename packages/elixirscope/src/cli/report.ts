import type { NodeStatus, Status } from "../protocol/index.ts";
import { loweredText } from "./control-text.ts";
import { formatSeconds } from "./duration.ts";
import { clip, counted, formatBytes, formatCount } from "./format.ts";
import type { Colors } from "./terminal.ts";

/** What a session amounted to: the last line of `--json`. */
export interface Summary {
  readonly events: number;
  readonly dropped: number;
  readonly gaps: number;
  /** Processes seen, living and dead. */
  readonly processes: number;
  readonly seconds: number;
  /** The file, or null where it was not kept. */
  readonly recording: string | null;
}

export const summaryOf = (status: Status, processes: number, recording: string | null): Summary => ({
  events: status.events,
  dropped: status.dropped,
  gaps: status.gaps,
  processes,
  seconds: Math.round(status.seconds * 1000) / 1000,
  recording,
});

const STATE_WORDS: Readonly<Record<NodeStatus["state"], string>> = {
  connecting: "connecting",
  connected: "live",
  disconnected: "lost",
  ended: "ended",
  recording: "recording",
};

/** What the node pays for being watched, in words. */
const costOf = (node: NodeStatus): string =>
  `cost ${node.cost.schedulerPercent.toFixed(1)}% CPU, ${formatBytes(node.cost.agentMemoryBytes)}`;

/** Room for the `^C` that a terminal echoes: without it the line would wrap and could not be cleared. */
const ECHO = 3;

/** The one line that a person sees while it runs. In a narrow terminal the least important parts are left away. */
export function statusLine(status: Status, columns: number, color: Colors, fileBytes?: number): string {
  const node = status.nodes.find((one) => one.state === "connected") ?? status.nodes.at(-1);
  const name = namesOf(status);
  const state = node ? STATE_WORDS[node.state] : "starting";
  const isLive = node?.state === "connected";
  const counts = `${counted(status.events, "event")}, ${formatCount(Math.round(status.eventsPerSecond))}/s`;
  const losses = `${formatCount(status.dropped)} dropped, ${counted(status.gaps, "gap")}`;
  const lowered = node && isLive ? loweredText(node) : undefined;
  const force = lowered === undefined ? [] : [lowered];
  const size = fileBytes === undefined ? [] : [`${formatBytes(fileBytes)} on disk`];
  const cost = [...size, ...(node && isLive ? [costOf(node)] : [])];
  const width = columns - ECHO - state.length - 3;
  const text =
    [
      [name, counts, losses, ...force, ...cost, "Ctrl-C ends"],
      [name, counts, losses, ...force, ...cost],
      [counts, losses, ...force, ...cost],
      [counts, losses, ...force],
      [counts, losses],
    ]
      .map((parts) => parts.join(" · "))
      .find((line) => line.length <= width) ?? clip(counts, Math.max(0, width));
  const mark = isLive ? color.green(`● ${state}`) : color.yellow(`○ ${state}`);
  return `${mark} ${status.dropped + status.gaps > 0 || lowered !== undefined ? color.yellow(text) : color.dim(text)}`;
}

/** `shop@127.0.0.1`, `2 of 3 nodes` */
function namesOf({ nodes }: Status): string {
  const held = nodes.filter(({ state }) => state !== "ended");
  if (held.length < 2) return (held[0] ?? nodes.at(-1))?.name ?? "";
  const live = held.filter(({ state }) => state === "connected").length;
  return live === held.length ? `${live} nodes` : `${live} of ${held.length} nodes`;
}

/** The closing words for a person. */
export function summaryText(summary: Summary, color: Colors): string {
  const loss =
    summary.dropped === 0 && summary.gaps === 0
      ? color.green("nothing dropped")
      : color.yellow(`${formatCount(summary.dropped)} dropped in ${counted(summary.gaps, "gap")}`);
  const size = `${counted(summary.events, "event")} of ${counted(summary.processes, "process", "processes")}`;
  return `${color.bold(size)} in ${formatSeconds(summary.seconds)}, ${loss}`;
}

/** Where the recording is, or that it is gone. */
export const recordingText = (summary: Summary, color: Colors): string =>
  summary.recording === null
    ? color.dim("The recording was temporary and is discarded; --out FILE keeps it.")
    : `Recording: ${summary.recording}\n${color.dim(`Look at it:  elixirscope open ${summary.recording}`)}`;
