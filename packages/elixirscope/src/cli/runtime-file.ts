import { chmod, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

/** How other commands find a running ElixirScope: one file per process, readable by its owner only. */
export interface RuntimeEntry {
  readonly pid: number;
  readonly port: number;
  readonly token: string;
  /** The node it is attached to, or null for an opened recording. */
  readonly node: string | null;
  /** The recording: written to, or opened. Null while it is temporary. */
  readonly recording: string | null;
  readonly startedAt: string;
}

/** `$XDG_RUNTIME_DIR/elixirscope`, else `~/.local/state/elixirscope`. */
export function runtimeDir(env: NodeJS.ProcessEnv): string {
  return join(env.XDG_RUNTIME_DIR || join(env.HOME || homedir(), ".local", "state"), "elixirscope");
}

/** Writes the entry (dir 0700, file 0600) and returns the function that removes it. */
export async function writeRuntimeFile(
  env: NodeJS.ProcessEnv,
  entry: RuntimeEntry,
): Promise<() => Promise<void>> {
  const dir = runtimeDir(env);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await chmod(dir, 0o700);
  const path = join(dir, `${entry.pid}.json`);
  // Gone first: the mode of writeFile holds only for a file that it creates.
  await rm(path, { force: true });
  await writeFile(path, JSON.stringify(entry), { mode: 0o600, flag: "wx" });
  return () => rm(path, { force: true });
}

/** The entries of processes that still live, newest first; files of dead ones are removed. */
export async function readRuntimeFiles(env: NodeJS.ProcessEnv): Promise<readonly RuntimeEntry[]> {
  const dir = runtimeDir(env);
  const names = await readdir(dir).catch(() => []);
  const entries = await Promise.all(
    names.filter((name) => /^\d+\.json$/.test(name)).map((name) => readOne(join(dir, name))),
  );
  return entries
    .filter((entry) => entry !== undefined)
    .sort((a, b) => b.startedAt.localeCompare(a.startedAt));
}

async function readOne(path: string): Promise<RuntimeEntry | undefined> {
  const text = await readFile(path, "utf8").catch(() => "");
  const entry = parseEntry(text);
  if (entry && isAlive(entry.pid)) return entry;
  // Half-written files belong to a process that is just starting: only a readable one of a dead process goes.
  if (entry) await rm(path, { force: true });
  return undefined;
}

/** An entry from the text of a file, or `undefined` where it is none. */
export function parseEntry(text: string): RuntimeEntry | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isEntry(value) ? value : undefined;
}

const isTextOrNull = (field: unknown): boolean => field === null || typeof field === "string";

function isEntry(value: unknown): value is RuntimeEntry {
  if (typeof value !== "object" || value === null) return false;
  const { pid, port, token, node, recording, startedAt } = value as Record<string, unknown>;
  return (
    Number.isInteger(pid) &&
    Number.isInteger(port) &&
    typeof token === "string" &&
    isTextOrNull(node) &&
    isTextOrNull(recording) &&
    typeof startedAt === "string"
  );
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    // ESRCH: gone. EPERM: somebody else's, so that it is not the one that wrote our file.
    return false;
  }
}
