import { open, realpath } from "node:fs/promises";
import { extname, isAbsolute } from "node:path";

/** Longest source that is read, as on the node. */
const LONGEST = 524_288;
const SOURCES: ReadonlySet<string> = new Set([
  ".ex",
  ".exs",
  ".erl",
  ".eex",
  ".heex",
  ".leex",
  ".xrl",
  ".yrl",
]);

/**
 * A source on this machine, where the node was built here. The path comes from a node or a recording: nothing is read that
 * is not named like a source, links followed. Undefined where there is none.
 */
export async function localSource(path: string): Promise<Uint8Array | undefined> {
  if (!isAbsolute(path) || !SOURCES.has(extname(path))) return undefined;
  try {
    const real = await realpath(path);
    if (!SOURCES.has(extname(real))) return undefined;
    const file = await open(real);
    try {
      const stat = await file.stat();
      return stat.isFile() && stat.size <= LONGEST ? await file.readFile() : undefined;
    } finally {
      await file.close();
    }
  } catch {
    return undefined;
  }
}
