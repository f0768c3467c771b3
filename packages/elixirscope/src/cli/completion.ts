import { type Dirent, readdirSync } from "node:fs";
import tab from "@bomb.sh/tab/commander";
import type { Command } from "commander";
import { profilesPath, readProfiles } from "../profiles/index.ts";
import { httpClient, launch } from "./client.ts";
import { readRuntimeFiles } from "./runtime-file.ts";
import { KIND_NAMES, KIND_WORDS, LEVEL_NAMES, LEVEL_WORDS, SORT_NAMES, SORT_WORDS } from "./vocabulary.ts";

/** Options whose value is a file. */
const FILE_OPTIONS = ["out", "recording", "cookie-file", "ssh-key", "tls-ca", "tls-cert", "tls-key"] as const;

/** Commands whose first argument is a node. */
const NODE_COMMANDS = [
  "attach",
  "record",
  "ps",
  "tree",
  "events",
  "calls",
  "flows",
  "crashes",
  "inventory",
  "requests",
  "queries",
  "jobs",
  "liveviews",
  "channels",
  "presence",
  "topics",
  "broadcasts",
  "boundaries",
  "detach",
] as const;

/**
 * Adds `completion <shell>` and the hidden `complete --` that the shells call, with what only we know: the nodes, and the user's
 * profiles, whose names stand for nodes.
 */
export function addCompletion(program: Command, nodes: readonly string[], profiles: readonly string[]): void {
  const root = tab(program, { completionCommandName: "completion" });
  for (const name of NODE_COMMANDS) {
    const argument = root.commands.get(name)?.arguments.get("node");
    if (argument) {
      argument.handler = (complete) => {
        for (const node of nodes) complete(node, "");
        for (const profile of profiles) complete(profile, "profile");
      };
    }
  }
  const files = root.commands.get("open")?.arguments.get("file");
  if (files) files.handler = completeFiles;
  for (const command of root.commands.values()) {
    for (const name of FILE_OPTIONS) {
      const option = command.options.get(name);
      if (option) option.handler = completeFiles;
    }
    const byProfile = command.options.get("profile");
    if (byProfile) {
      byProfile.handler = (complete) => {
        for (const profile of profiles) complete(profile, "");
      };
    }
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

type Complete = (value: string, description: string) => void;

/** The files that the last word of the line may become; folders with a slash, to go on from there. */
function completeFiles(complete: Complete): void {
  const typed = process.argv.at(-1)?.replace(/^--[a-z-]+=/, "") ?? "";
  const folder = typed.slice(0, typed.lastIndexOf("/") + 1);
  for (const entry of listFolder(folder === "" ? "." : folder)) {
    complete(`${folder}${entry.name}${entry.isDirectory() ? "/" : ""}`, "");
  }
}

function listFolder(path: string): readonly Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch {
    return [];
  }
}

/**
 * For a bash without the bash-completion package, on which the library's script relies: the one function of it that is
 * needed. To be printed before that script.
 */
export const BASH_FALLBACK = `declare -F _get_comp_words_by_ref >/dev/null || _get_comp_words_by_ref() {
    words=("\${COMP_WORDS[@]}")
    cword=$COMP_CWORD
    cur=\${COMP_WORDS[COMP_CWORD]}
    prev=\${COMP_WORDS[COMP_CWORD-1]}
}
`;

/** Is a node's name what the shell asks for? Only then EPMD is asked, since that takes a moment. */
export const wantsNodes = (args: readonly string[]): boolean =>
  args.length <= 2 && NODE_COMMANDS.some((name) => name === args[0]) && !args[1]?.startsWith("-");

/** Names of profiles; none rather than an error, as with nodes. */
export async function profilesForCompletion(env: NodeJS.ProcessEnv): Promise<readonly string[]> {
  const rows = await readProfiles(profilesPath(env)).catch(() => []);
  return rows.map(({ name }) => name);
}

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
