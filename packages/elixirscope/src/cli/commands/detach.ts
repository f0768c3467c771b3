import { httpClient } from "../client.ts";
import { EXIT } from "../errors.ts";
import { counted } from "../format.ts";
import { jsonLine } from "../output.ts";
import { findRunning, notRunning } from "../target.ts";
import type { Context } from "../terminal.ts";

/** Takes a running ElixirScope off its node; its recording stays open for looking at. */
export async function detach(
  context: Context,
  node: string | undefined,
  options: { readonly json?: boolean | undefined },
): Promise<number> {
  const running = await findRunning(context.env, node);
  if (!running) throw notRunning(node);
  const client = httpClient(running);
  const { nodes } = await client.call("status", {});
  // One that shows a recording, or was detached before, has nothing to let go of.
  if (!nodes.some(({ state }) => state === "connected" || state === "disconnected")) throw notRunning(node);
  const status = await client.call("detach", {});
  if (options.json) {
    jsonLine(context.out, {
      node: running.node,
      events: status.events,
      dropped: status.dropped,
      gaps: status.gaps,
    });
  } else {
    const name = status.nodes[0]?.name ?? running.node ?? "the node";
    context.err.line(`Detached from ${name}; its recording (${counted(status.events, "event")}) stays open.`);
  }
  return EXIT.ok;
}
