import type { FoundNode } from "../../protocol/index.ts";
import { launch } from "../client.ts";
import { EXIT } from "../errors.ts";
import { findNodes, noNodes } from "../nodes.ts";
import { jsonLine } from "../output.ts";
import { type Context, canAsk } from "../terminal.ts";
import { type WayOptions, wayInput } from "../way-options.ts";
import { type LiveCommandOptions, runLive } from "./live.ts";

const USAGE = `Attach to one of them:   elixirscope attach NODE
All commands:            elixirscope --help`;

/** No command at all: what could be attached to? A person chooses; a program gets the list. */
export async function choose(context: Context, options: LiveCommandOptions): Promise<number> {
  const nodes = await knownNodes(context, options);
  if (options.json) {
    jsonLine(context.out, nodes);
    return nodes.length > 0 ? EXIT.ok : EXIT.notFound;
  }
  if (nodes.length === 0) throw await noNodes(context.env);
  if (!canAsk(context)) {
    for (const node of nodes) context.out.line(node.name);
    context.err.line(USAGE);
    return EXIT.ok;
  }
  const chosen = await ask(nodes);
  if (chosen === undefined) return EXIT.interrupted;
  return runLive(context, chosen, options);
}

/** Of this machine, or of where the way leads. */
export async function knownNodes(context: Context, options: WayOptions): Promise<readonly FoundNode[]> {
  const way = await wayInput(context, options);
  const daemon = await launch({});
  try {
    return await findNodes(context, daemon, way);
  } finally {
    await daemon.stop();
  }
}

async function ask(nodes: readonly FoundNode[]): Promise<string | undefined> {
  const { isCancel, select } = await import("@clack/prompts");
  const answer = await select({
    message: nodes.length === 1 ? "Attach to this node?" : "Attach to which node?",
    options: nodes.map((node) => ({ value: node.name, label: node.name, hint: hintOf(node) })),
  });
  return isCancel(answer) ? undefined : answer;
}

const hintOf = (node: FoundNode): string =>
  node.attached ? "already attached" : `distribution port ${node.port}`;
