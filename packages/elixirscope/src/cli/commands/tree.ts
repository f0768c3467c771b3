import { EXIT } from "../errors.ts";
import { type OnOption, onNode } from "../filter-options.ts";
import { jsonLine } from "../output.ts";
import { settle } from "../settle.ts";
import { openTarget } from "../target.ts";
import type { Context } from "../terminal.ts";
import { treeLines } from "../tree-text.ts";
import { type AttachOptions, attachInput } from "./attach-options.ts";

export interface TreeOptions extends AttachOptions, OnOption {
  readonly recording?: string | undefined;
  readonly json?: boolean | undefined;
}

/** The supervision tree of a node. */
export async function tree(
  context: Context,
  node: string | undefined,
  options: TreeOptions,
): Promise<number> {
  const { node: named, ...attach } = await attachInput(context, node ?? "", options);
  const target = await openTarget(context, {
    node: named || undefined,
    recording: options.recording,
    attach,
    redact: options.redact,
  });
  try {
    if (target.kind === "brief") await settle(target.client);
    const found = await target.client.call("tree", onNode(options));
    if (options.json) jsonLine(context.out, found);
    else for (const line of treeLines(found, context.out.color)) context.out.line(line);
    await context.out.drained();
    return found.roots.length > 0 ? EXIT.ok : EXIT.notFound;
  } finally {
    await target.close();
  }
}
