import { type Client, httpClient } from "../client.ts";
import { EXIT, usageError } from "../errors.ts";
import { exitCodeOfSignal, watchInterrupts } from "../interrupt.ts";
import type { KeepOptions } from "../keep-options.ts";
import { attachTo } from "../nodes.ts";
import { existingRecordingPath } from "../out-file.ts";
import { startSession } from "../session.ts";
import { findRunning } from "../target.ts";
import type { Context } from "../terminal.ts";
import { type AttachOptions, attachInput } from "./attach-options.ts";

export interface McpOptions extends AttachOptions, KeepOptions {
  readonly recording?: string | undefined;
  readonly out?: string | undefined;
}

interface Answering {
  readonly client: Client;
  close(): Promise<void>;
}

/** Speaks the Model Context Protocol over standard input and output, until the other side closes its end. */
export async function mcp(context: Context, node: string | undefined, options: McpOptions): Promise<number> {
  const interrupt = watchInterrupts();
  const { serveMcp } = await import("../../daemon.ts");
  const answering = await whoAnswers(context, node, options);
  try {
    const signal = await Promise.race([serveMcp(answering.client), interrupt.promise]);
    return typeof signal === "string" ? exitCodeOfSignal(signal) : EXIT.ok;
  } finally {
    interrupt.dispose();
    await answering.close();
  }
}

/** A recording, the ElixirScope that runs already, else one of our own: it attaches now, or when it is told to. */
async function whoAnswers(
  context: Context,
  node: string | undefined,
  options: McpOptions,
): Promise<Answering> {
  const { recording } = options;
  if (recording !== undefined) {
    if (node !== undefined) throw usageError("Give either a node or --recording, not both.");
    const session = await startSession(context, {
      opened: await existingRecordingPath(recording),
      surface: "mcp",
    });
    // Not announced: who asks without a node means what is being recorded, not what an assistant looks at.
    return { client: session.daemon, close: () => session.close() };
  }
  const running = await findRunning(context.env, node);
  if (running) return { client: httpClient(running, undefined, "mcp"), close: async () => undefined };
  const session = await startSession(context, { ...options, surface: "mcp" });
  try {
    if (node !== undefined || options.profile !== undefined)
      await attachTo(context, session.daemon, await attachInput(context, node ?? "", options));
  } catch (error) {
    await session.close();
    throw error;
  }
  // Other commands, and the UI, find it too.
  await session.announce(node ?? null);
  return { client: session.daemon, close: () => session.close() };
}
