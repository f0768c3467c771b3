import { createHash } from "node:crypto";
import { chmod, mkdir, open, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

/** Bytes of the digest that stands before the code in a file. */
const DIGEST = 32;

/**
 * `$XDG_CACHE_HOME/elixirscope/agent`, else `~/.cache/elixirscope/agent`: the agent as nodes compiled it, so that only the
 * first attach to an Erlang runtime compiles.
 */
export function cacheDir(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), ".cache"), "elixirscope", "agent");
}

/** Where the code made of these sources by the compiler of a runtime (`erts`, such as 13.1.5) lies. */
export function cachePath(sources: readonly string[], erts: string, env?: NodeJS.ProcessEnv): string {
  const hash = createHash("sha256");
  for (const source of sources) hash.update(source).update("\0");
  const runtime = erts.replace(/[^\w.-]/g, "_");
  return join(cacheDir(env), `${hash.digest("hex").slice(0, 32)}-erts-${runtime}.beam`);
}

/**
 * The code in the file; `undefined` where there is none that can be trusted: it will be loaded into a node, so the file must
 * be the user's own, writable by nobody else, and whole.
 */
export async function readCache(path: string): Promise<Uint8Array | undefined> {
  const file = await open(path, "r").catch(() => undefined);
  if (!file) return undefined;
  try {
    const { uid, mode } = await file.stat();
    if ((process.getuid && uid !== process.getuid()) || (mode & 0o022) !== 0) return undefined;
    const bytes = await file.readFile();
    const code = bytes.subarray(DIGEST);
    return digestOf(code).equals(bytes.subarray(0, DIGEST)) ? code : undefined;
  } catch {
    return undefined;
  } finally {
    await file.close();
  }
}

/** Keeps the code for the next time. Where that cannot be done (a home that is read-only) it is done without. */
export async function writeCache(path: string, code: Uint8Array): Promise<void> {
  const partial = `${path}.${process.pid}`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await chmod(dirname(path), 0o700);
    await writeFile(partial, Buffer.concat([digestOf(code), code]), { mode: 0o600 });
    await rename(partial, path);
  } catch {
    await rm(partial, { force: true }).catch(() => undefined);
  }
}

const digestOf = (code: Uint8Array): Buffer => createHash("sha256").update(code).digest();
