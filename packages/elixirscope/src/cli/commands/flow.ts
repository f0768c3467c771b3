import { EXIT, usageError } from "../errors.ts";
import { flowMermaid } from "../flow-mermaid.ts";
import { flowLines } from "../flow-text.ts";
import { jsonLine } from "../output.ts";
import { findRunning, notRunning, openTarget } from "../target.ts";
import type { Context } from "../terminal.ts";

export interface FlowOptions {
  readonly recording?: string | undefined;
  readonly json?: boolean | undefined;
  readonly mermaid?: boolean | undefined;
}

/** One flow as a tree: who did what because of it. */
export async function flow(context: Context, id: string, options: FlowOptions): Promise<number> {
  if (options.json && options.mermaid) {
    throw usageError("--json and --mermaid are two forms of the same.", "Give one of them.");
  }
  const { recording } = options;
  // Attaching for the moment would answer nothing: the flow is not in that record.
  if (recording === undefined && !(await findRunning(context.env))) throw notRunning();
  const target = await openTarget(context, { node: undefined, recording, attach: {}, redact: undefined });
  try {
    const found = await target.client.call("flow", { flow: id });
    const { out } = context;
    if (options.json) jsonLine(out, found);
    else
      for (const line of options.mermaid ? flowMermaid(found) : flowLines(found, out.color)) out.line(line);
    await out.drained();
    return EXIT.ok;
  } finally {
    await target.close();
  }
}
