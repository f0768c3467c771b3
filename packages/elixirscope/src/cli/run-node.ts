import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { givenName } from "./run-plan.ts";

/** A node as the arguments of its process tell it. */
export interface StartedNode {
  readonly node: string;
  /** As it was given in so many words; absent: the user's own. */
  readonly cookie?: string;
}

/**
 * The Erlang that a command has started, whichever scripts are in between: they may give it another name and cookie than ours
 * (a release does), and its arguments say what came of all of it.
 * @param mark among its arguments, and of no other process
 */
export async function startedNode(mark: string): Promise<StartedNode | undefined> {
  const found = (await processArguments()).findLast(
    (words) => words.some((word) => word.includes(mark)) && isEmulator(words),
  );
  return found && nodeIn(found);
}

/** @returns `undefined` where they give it no name */
export function nodeIn(words: readonly string[]): StartedNode | undefined {
  const end = words.indexOf("-extra");
  const flags = words.slice(0, end < 0 ? undefined : end);
  const node = givenName(flags);
  if (node === undefined) return undefined;
  const cookies = flags.flatMap((word, i) => (word === "-setcookie" ? [flags[i + 1] ?? ""] : []));
  // A cookie that is given twice is not given.
  const [cookie] = cookies;
  return cookies.length === 1 && cookie ? { node, cookie } : { node };
}

/** The shells in between have our words in their environment at most. */
const isEmulator = ([program = ""]: readonly string[]): boolean => /(^|\/)beam(\.[\w.]+)?$/.test(program);

async function processArguments(): Promise<readonly (readonly string[])[]> {
  const pids = (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name));
  if (pids.length === 0) return listed();
  const texts = await Promise.all(
    // A process that has ended meanwhile, or is somebody else's.
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")),
  );
  return texts.map((text) => text.split("\0"));
}

/** Where there is no /proc: arguments with blanks in them come in pieces, which names and cookies have not. */
async function listed(): Promise<readonly (readonly string[])[]> {
  const { stdout } = await promisify(execFile)("ps", ["-axww", "-o", "command="]).catch(() => ({
    stdout: "",
  }));
  return stdout.split("\n").map((line) => line.trim().split(/\s+/));
}
