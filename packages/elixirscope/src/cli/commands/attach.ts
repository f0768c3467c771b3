import { usageError } from "../errors.ts";
import { withHowTo } from "../nodes.ts";
import type { Context } from "../terminal.ts";
import { type LiveCommandOptions, runLive } from "./live.ts";

export interface AttachCommandOptions extends LiveCommandOptions {
  readonly tidewave?: string | undefined;
  readonly yes?: boolean | undefined;
}

/** Attaches to the node that is named, or to the one behind a Tidewave. */
export async function attach(
  context: Context,
  node: string | undefined,
  options: AttachCommandOptions,
): Promise<number> {
  const { tidewave, yes, ...live } = options;
  if (tidewave === undefined) {
    return runLive(context, node, live).catch(async (error: unknown) => {
      // Of another machine nothing is known that could help.
      const isHere = live.ssh === undefined && live.host === undefined && live.profile === undefined;
      throw isHere ? await withHowTo(context.env, error) : error;
    });
  }
  if (node !== undefined) throw usageError("Give either a node or --tidewave, not both.");
  const { attachTidewave } = await import("./attach-tidewave.ts");
  return attachTidewave(context, { ...live, tidewave, yes });
}
