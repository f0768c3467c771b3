import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ElixirScopeError } from "../model/index.ts";

/** Beside the sources in a checkout, beside `dist/` in the installed package. */
const AGENT_DIRS = ["../../../../agent/src/", "../../agent/"];

/** The agent as it comes with ElixirScope. */
export interface AgentFiles {
  readonly folder: string;
  /** Paths, in the order of the texts. */
  readonly files: readonly string[];
  readonly texts: readonly string[];
  /** Of the texts: what was built of others has another one. */
  readonly hash: string;
}

/** @throws ElixirScopeError `TRACER_NO_AGENT` */
export async function agentFiles(): Promise<AgentFiles> {
  for (const dir of AGENT_DIRS) {
    const folder = fileURLToPath(new URL(dir, import.meta.url));
    const names = await readdir(folder).catch(() => []);
    const files = names
      .filter((name) => name.endsWith(".erl"))
      .sort()
      .map((name) => join(folder, name));
    if (files.length === 0) continue;
    const texts = await Promise.all(files.map((file) => readFile(file, "utf8")));
    return { folder, files, texts, hash: hashOf(texts) };
  }
  throw new ElixirScopeError(
    "TRACER_NO_AGENT",
    "The agent's sources are missing from this installation. Install elixirscope again.",
  );
}

export function hashOf(texts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(text).update("\0");
  return hash.digest("hex").slice(0, 32);
}
