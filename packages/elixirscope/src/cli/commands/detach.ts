import { httpClient } from "../client.ts";
import { EXIT } from "../errors.ts";
import { counted } from "../format.ts";
import { isNode } from "../nodes.ts";
import { jsonLine } from "../output.ts";
import { findRunning, notRunning } from "../target.ts";
import type { Context } from "../terminal.ts";

/** Takes a running ElixirScope off its nodes, or off one of them; its recording stays open for looking at. */
export async function detach(
  context: Context,
  node: string | undefined,
  options: { readonly node?: string | undefined; readonly json?: boolean | undefined },
): Promise<number> {
  const running = await findRunning(context.env, node ?? options.node);
  if (!running) throw notRunning(node ?? options.node);
  const client = httpClient(running);
  const { nodes } = await client.call("status", {});
  // One that shows a recording, or was detached before, has nothing to let go of.
  const held = nodes.filter(
    ({ name, state }) =>
      (state === "connected" || state === "disconnected") &&
      (options.node === undefined || isNode(name, options.node)),
  );
  if (held.length === 0) throw notRunning(options.node ?? node);
  const names = held.map(({ name }) => name).join(", ");
  const status = await client.call("detach", options.node === undefined ? {} : { node: names });
  if (options.json) {
    jsonLine(context.out, {
      node: options.node === undefined ? running.node : names,
      events: status.events,
      dropped: status.dropped,
      gaps: status.gaps,
    });
  } else {
    context.err.line(
      `Detached from ${names}; its recording (${counted(status.events, "event")}) stays open.`,
    );
  }
  return EXIT.ok;
}
