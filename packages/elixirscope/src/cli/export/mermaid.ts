import type { FlowAnswer } from "../../protocol/index.ts";
import type { Client } from "../client.ts";
import { flowMermaid } from "../flow-mermaid.ts";
import { formatNs, printable } from "../format.ts";
import type { Exporting } from "./exporting.ts";
import { exportedFlows } from "./source.ts";

/** Arrows and notes of a diagram where nothing else is asked for: more than that nobody can read. */
const MOST = 200;

/** The one flow as a sequence diagram, or all of them as Markdown with a diagram each. */
export async function exportMermaid(client: Client, exporting: Exporting): Promise<void> {
  const { out, flows, flow: one, progress, limit = MOST } = exporting;
  for await (const flow of exportedFlows(client, flows, one)) {
    const diagram = flowMermaid(flow, limit).join("\n");
    await out.write(
      one === undefined ? `${heading(flow)}\n\n\`\`\`mermaid\n${diagram}\n\`\`\`\n\n` : `${diagram}\n`,
    );
    if (progress.did(flow.t)) return;
  }
}

function heading(flow: FlowAnswer): string {
  const title = printable(flow.title).replace(/([\\`*_[\]<>#])/g, "\\$1");
  const remarks = [
    formatNs(flow.durationNs),
    ...(flow.failed ? ["failed"] : []),
    ...(flow.complete ? [] : ["incomplete"]),
  ];
  return `## ${flow.id} ${title}\n\n${flow.at}, ${remarks.join(", ")}`;
}
