import type { FlowAnswer, FlowHop, FlowSpan, ProcessRef } from "../protocol/index.ts";
import { counted, formatNs, printable } from "./format.ts";
import { messageGist } from "./message-gist.ts";
import type { Colors } from "./terminal.ts";

/**
 * A flow as indented lines: below each process what it sent, below each message who took it and what they did.
 *
 *     f-12  Hello.Users.click("ada")  133 µs, 4 processes, 4 messages
 *     Hello.Load
 *     └─ → Hello.Worker  call :increment  taken after 4.65 µs, worked 42.5 µs
 *        ├─ → Hello.CounterView  {:count, 176}  taken after 12.2 µs, worked 4.92 µs
 *        └─ ↩ Hello.Load  176
 */
export function flowLines(flow: FlowAnswer, color: Colors): readonly string[] {
  const size = `${formatNs(flow.durationNs)}, ${counted(flow.processes, "process", "processes")}, ${counted(flow.messages, "message")}`;
  return [
    `${color.bold(flow.id)}  ${printable(flow.summary)}  ${color.dim(size)}`,
    ...(flow.complete ? [] : [color.yellow(`incomplete: ${flow.why}`)]),
    `${color.bold(name(flow.root.process))}${remarks(flow.root, color)}`,
    ...spanLines(flow.root, "", color),
    ...(flow.cut ? [color.yellow("There is more of it than fits into an answer.")] : []),
  ];
}

const name = (process: ProcessRef | null): string => printable(process?.label ?? "unknown");

function remarks(span: FlowSpan, color: Colors): string {
  const entries = span.entries.map((entry) => color.dim(`, then ${printable(entry.summary)}`)).join("");
  return span.failure ? `${entries}  ${color.red(`failed: ${printable(span.failure.text)}`)}` : entries;
}

function spanLines(span: FlowSpan, indent: string, color: Colors): readonly string[] {
  return span.hops.flatMap((hop, i) => {
    const last = i === span.hops.length - 1;
    return [
      `${color.dim(`${indent}${last ? "└─ " : "├─ "}`)}${hopText(hop, color)}`,
      ...(hop.span ? spanLines(hop.span, `${indent}${last ? "   " : "│  "}`, color) : []),
    ];
  });
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
