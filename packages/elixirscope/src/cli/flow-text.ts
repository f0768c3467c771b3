import type { FlowAnswer, FlowHop, FlowSpan, FlowStep, ProcessRef } from "../protocol/index.ts";
import { clip, counted, formatNs, printable, processText } from "./format.ts";
import { messageGist } from "./message-gist.ts";
import type { Colors } from "./terminal.ts";

/**
 * A flow as indented lines: below each process what it did and sent, below each message who took it and what they did.
 *
 *     f-12  click increment on HelloWeb.CounterLive  657 µs, 4 processes, 7 messages
 *     {Phoenix.Socket, Phoenix.LiveView.Socket, nil}
 *     └─ → HelloWeb.CounterLive.mount/3  %Phoenix.Socket.Message{…}  taken after 102 µs, worked 210 µs
 *        ├─ · handle_event "increment"(value)  144 µs
 *        ├─ → Hello.Counters.Worker  call {:increment, 1}  taken after 15.8 µs, worked 50.6 µs
 *        │  ├─ · broadcast on counter:updates reached 1 process
 *        │  ├─ · .count: 2 → 3
 *        │  └─ ↩ HelloWeb.CounterLive.mount/3  3
 */
export function flowLines(flow: FlowAnswer, color: Colors): readonly string[] {
  const nodes = flow.nodes.length > 1 ? `, ${counted(flow.nodes.length, "node")}` : "";
  const size = `${formatNs(flow.durationNs)}, ${counted(flow.processes, "process", "processes")}, ${counted(flow.messages, "message")}${nodes}`;
  return [
    `${color.bold(flow.id)}  ${printable(flow.title)}  ${color.dim(size)}`,
    ...(flow.complete ? [] : [color.yellow(`incomplete: ${flow.why}`)]),
    `${color.bold(name(flow.root.process))}${remarks(flow.root, color)}`,
    ...spanLines(flow.root, "", color),
    ...(flow.cut ? [color.yellow("There is more of it than fits into an answer.")] : []),
  ];
}

const name = (process: ProcessRef | null): string => processText(process, "unknown");

function remarks(span: FlowSpan, color: Colors): string {
  const entries = span.entries.map((entry) => color.dim(`, then ${printable(entry.summary)}`)).join("");
  return span.failure ? `${entries}  ${color.red(`failed: ${printable(span.failure.text)}`)}` : entries;
}

/** One line below a process: what it did, or a message with what came of it. */
type Line = { readonly t: number } & ({ readonly step: FlowStep } | { readonly hop: FlowHop });

function spanLines(span: FlowSpan, indent: string, color: Colors): readonly string[] {
  const lines = linesOf(span);
  return lines.flatMap((line, i) => {
    const last = i === lines.length - 1;
    const mark = color.dim(`${indent}${last ? "└─ " : "├─ "}`);
    if ("step" in line) return [`${mark}${stepText(line.step, color)}`];
    const { span: next } = line.hop;
    return [
      `${mark}${hopText(line.hop, color)}`,
      ...(next ? spanLines(next, `${indent}${last ? "   " : "│  "}`, color) : []),
    ];
  });
}

/** A step stands where it began. */
function linesOf(span: FlowSpan): readonly Line[] {
  const steps = span.steps.map((step) => ({ t: step.t, step }));
  const hops = span.hops.map((hop) => ({ t: (hop.sent ?? hop.received)?.t ?? 0, hop }));
  return [...steps, ...hops].sort((a, b) => a.t - b.t);
}

const STEP_LENGTH = 160;

function stepText({ text, durationNs, failed, broadcast }: FlowStep, color: Colors): string {
  const paint = failed ? color.red : broadcast?.reached === 0 ? color.yellow : color.cyan;
  const took = durationNs === null ? "" : color.dim(`  ${formatNs(durationNs)}`);
  return `· ${paint(clip(printable(text), STEP_LENGTH))}${took}`;
}

const MARKS = { spawn: "+", reply: "↩", message: "→" } as const;

function hopText(hop: FlowHop, color: Colors): string {
  const mark = hop.type === "spawn" ? MARKS.spawn : hop.reply ? MARKS.reply : MARKS.message;
  const worked = hop.span && hop.span.durationNs > 0 ? [`worked ${formatNs(hop.span.durationNs)}`] : [];
  const waited = hop.mailboxNs === null || hop.reply ? [] : [`taken after ${formatNs(hop.mailboxNs)}`];
  const parts = [
    `${mark} ${hop.reply ? name(hop.to) : color.bold(name(hop.to))}`,
    ...(hop.type === "spawn" ? [] : [printable(messageGist(hop.summary))]),
    ...(hop.why === "" ? [color.dim([...waited, ...worked].join(", "))] : [color.yellow(hop.why)]),
  ];
  return parts.filter((part) => part !== "").join("  ") + (hop.span ? remarks(hop.span, color) : "");
}
