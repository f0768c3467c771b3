import type { NodeStatus, Status } from "../protocol/index.ts";
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
  `costs ${node.cost.schedulerPercent.toFixed(1)}% of a scheduler, ${formatBytes(node.cost.agentMemoryBytes)}`;

/** The one line that a person sees while it runs, at most `width` characters wide. */
export function statusLine(status: Status, width: number, color: Colors): string {
  const node = status.nodes[0];
  const state = node ? STATE_WORDS[node.state] : "starting";
  const live = node?.state === "connected";
  const loss = status.dropped > 0 || status.gaps > 0;
  const parts = [
    counted(status.events, "event"),
    `${formatCount(Math.round(status.eventsPerSecond))}/s`,
    `${formatCount(status.dropped)} dropped`,
    counted(status.gaps, "gap"),
    ...(node && live ? [costOf(node)] : []),
    "Ctrl-C ends",
  ];
  const text = clip(`${node?.name ?? ""} · ${parts.join(" · ")}`, Math.max(10, width - state.length - 4));
  const mark = live ? color.green(`● ${state}`) : color.yellow(`○ ${state}`);
  return `${mark} ${loss ? color.yellow(text) : color.dim(text)}`;
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
