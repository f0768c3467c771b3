import tab from "@bomb.sh/tab/commander";
import type { Command } from "commander";
import { httpClient, launch } from "./client.ts";
import { readRuntimeFiles } from "./runtime-file.ts";
import { KIND_NAMES, KIND_WORDS, LEVEL_NAMES, LEVEL_WORDS, SORT_NAMES, SORT_WORDS } from "./vocabulary.ts";

/** Commands whose first argument is a node. */
const NODE_COMMANDS = ["attach", "record", "ps", "tree", "events", "detach"] as const;

/** Adds `completion <shell>` and the hidden `complete --` that the shells call, with what only we know: the nodes. */
export function addCompletion(program: Command, nodes: readonly string[]): void {
  const root = tab(program, { completionCommandName: "completion" });
  for (const name of NODE_COMMANDS) {
    const argument = root.commands.get(name)?.arguments.get("node");
    if (argument) {
      argument.handler = (complete) => {
        for (const node of nodes) complete(node, "");
      };
    }
  }
  for (const command of root.commands.values()) {
    const words = (
      option: string,
      names: readonly string[],
      meaning: Readonly<Record<string, string>>,
    ): void => {
      const found = command.options.get(option);
      if (!found) return;
      found.handler = (complete) => {
        for (const name of names) complete(name, meaning[name] ?? "");
      };
    };
    words("level", LEVEL_NAMES, LEVEL_WORDS);
    words("kind", KIND_NAMES, KIND_WORDS);
    words("sort", SORT_NAMES, SORT_WORDS);
  }
}

/** Is a node's name what the shell asks for? Only then EPMD is asked, since that takes a moment. */
export const wantsNodes = (args: readonly string[]): boolean =>
  args.length <= 2 && NODE_COMMANDS.some((name) => name === args[0]) && !args[1]?.startsWith("-");

/** The nodes that could be meant; none rather than an error, since nobody reads one in the middle of a line. */
export async function nodesForCompletion(env: NodeJS.ProcessEnv): Promise<readonly string[]> {
  try {
    for (const entry of await readRuntimeFiles(env)) {
      const nodes = await httpClient(entry, 500)
        .call("nodes", {})
        .catch(() => undefined);
      if (nodes) return nodes.map(({ name }) => name);
    }
    const daemon = await launch({});
    try {
      return (await daemon.call("nodes", {})).map(({ name }) => name);
    } finally {
      await daemon.stop();
    }
  } catch {
    return [];
  }
}
