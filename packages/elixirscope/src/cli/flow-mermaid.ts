import type { FlowAnswer, FlowHop, FlowSpan, ProcessRef } from "../protocol/index.ts";
import { clip, printable } from "./format.ts";
import { messageGist } from "./message-gist.ts";

interface Signal {
  readonly t: number;
  readonly line: string;
}

/** A flow as a Mermaid sequence diagram: processes in the order in which the flow reached them, arrows by time. */
export function flowMermaid(flow: FlowAnswer): readonly string[] {
  const actors = new Map<string, string>();
  const signals: Signal[] = [];
  const actor = (process: ProcessRef | null): string => {
    const key = process?.handle ?? "unknown";
    const known = actors.get(key);
    if (known) return known;
    const id = `P${actors.size + 1}`;
    actors.set(key, id);
    names.push(`    participant ${id} as ${word(process?.label ?? "unknown")}`);
    return id;
  };
  const names: string[] = [];
  const visit = (span: FlowSpan): void => {
    const from = actor(span.process);
    for (const hop of span.hops) {
      signals.push({ t: (hop.sent ?? hop.received)?.t ?? 0, line: arrow(from, actor(hop.to), hop) });
      if (hop.span) visit(hop.span);
    }
    for (const { t, text } of span.steps)
      signals.push({ t, line: `    Note over ${from}: ${word(clip(text, 80))}` });
    if (!span.failure) return;
    const text = word(clip(span.failure.text, 60));
    signals.push({ t: span.opened.t + span.durationNs, line: `    Note over ${from}: failed: ${text}` });
  };
  const first = `    Note over ${actor(flow.root.process)}: ${word(clip(flow.title, 60))}`;
  visit(flow.root);
  signals.sort((a, b) => a.t - b.t);
  return ["sequenceDiagram", ...names, first, ...signals.map(({ line }) => line)];
}

function arrow(from: string, to: string, hop: FlowHop): string {
  const head = hop.received === null ? "-x" : hop.reply ? "-->>" : "->>";
  return `    ${from}${head}${to}: ${hop.type === "spawn" ? "spawn" : word(clip(messageGist(hop.summary), 60))}`;
}

/** What would end a line or start something else in Mermaid is written as an entity. */
const word = (text: string): string =>
  printable(text).replace(/[#;<>]/g, (char) => `#${char.charCodeAt(0)};`);
