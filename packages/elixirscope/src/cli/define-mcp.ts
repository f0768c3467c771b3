import type { Command } from "commander";
import type { McpOptions } from "./commands/mcp.ts";
import type { Context } from "./terminal.ts";

/** How `program.ts` makes a command that attaches and records. */
export interface McpDefinition {
  readonly define: (usage: string, summary: string) => Command;
  /** Adds what there is to say about attaching and keeping. */
  readonly recording: (command: Command) => Command;
  readonly done: (running: Promise<number>) => Promise<void>;
}

/** For programs: coding assistants and editors start it and speak to it. */
export function defineMcp({ define, recording, done }: McpDefinition, context: Context): void {
  const mcp = define("mcp", "speak the Model Context Protocol over standard input and output (docs/mcp.md)")
    .argument(
      "[node]",
      "attach to it now; without: the ElixirScope that runs, or whichever node start_tracing names",
    )
    .option("--recording <file>", "answer from a recording");
  recording(mcp)
    .option("-o, --out <file>", "record into this file, which is not there yet, or clickhouse:NAME")
    .action(async (node: string | undefined, options: McpOptions) => {
      const { mcp: speak } = await import("./commands/mcp.ts");
      await done(speak(context, node, options));
    });
}
