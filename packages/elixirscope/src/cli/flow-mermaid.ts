import type { FlowAnswer, FlowHop, FlowSpan, ProcessRef } from "../protocol/index.ts";
import { clip, counted, printable, processText } from "./format.ts";
import { messageGist } from "./message-gist.ts";

/** A line of the diagram: a note at a process, or an arrow from it to another one. */
interface Signal {
  readonly t: number;
  readonly from: ProcessRef | null;
  /** None: a note. */
  readonly arrow?: { readonly head: string; readonly to: ProcessRef | null };
  readonly text: string;
}

/**
 * A flow as a Mermaid sequence diagram: processes in the order in which the flow reached them, arrows and notes by time.
 *
 * @param most so many arrows and notes; of the others their number
 */
export function flowMermaid(flow: FlowAnswer, most: number = Infinity): readonly string[] {
  const actors = new Map<string, string>();
  const names: string[] = [];
  const actor = (process: ProcessRef | null): string => {
    const key = process?.handle ?? "unknown";
    const known = actors.get(key);
    if (known) return known;
    const id = `P${actors.size + 1}`;
    actors.set(key, id);
    names.push(`    participant ${id} as ${word(clip(processText(process, "unknown"), 80))}`);
    return id;
  };
  const signals = signalsOf(flow);
  const lines = signals.slice(0, most).map(({ from, arrow, text }) => {
    const at = actor(from);
    return arrow ? `    ${at}${arrow.head}${actor(arrow.to)}: ${text}` : `    Note over ${at}: ${text}`;
  });
  const left = signals.length - lines.length;
  if (left > 0) lines.push(`    Note over ${actor(flow.root.process)}: … ${counted(left, "line")} more`);
  if (flow.cut) lines.push(`    Note over ${actor(flow.root.process)}: … more than fits into an answer`);
  return ["sequenceDiagram", ...names, ...lines];
}

function signalsOf(flow: FlowAnswer): readonly Signal[] {
  const signals: Signal[] = [];
  const visit = (span: FlowSpan): void => {
    const from = span.process;
    for (const hop of span.hops) {
      signals.push({
        t: (hop.sent ?? hop.received)?.t ?? 0,
        from,
        arrow: { head: headOf(hop), to: hop.to },
        text: textOf(hop),
      });
      if (hop.span) visit(hop.span);
    }
    for (const { t, text } of span.steps) signals.push({ t, from, text: word(clip(text, 80)) });
    if (!span.failure) return;
    const text = `failed: ${word(clip(span.failure.text, 60))}`;
    signals.push({ t: span.opened.t + span.durationNs, from, text });
  };
  visit(flow.root);
  signals.sort((a, b) => a.t - b.t);
  return [{ t: flow.t, from: flow.root.process, text: word(clip(flow.title, 60)) }, ...signals];
}

function headOf(hop: FlowHop): string {
  if (hop.received === null) return "-x";
  return hop.reply ? "-->>" : "->>";
}

const textOf = (hop: FlowHop): string =>
  hop.type === "spawn" ? "spawn" : word(clip(messageGist(hop.summary), 60));

/**
 * What would end a line, start something else in Mermaid or in HTML, or be read as an entity is written as an entity; a text
 * is never empty.
 */
const word = (text: string): string =>
  printable(text)
    .replace(/[#;<>&%]/g, (char) => `#${char.charCodeAt(0)};`)
    .trim() || "#8203;";
