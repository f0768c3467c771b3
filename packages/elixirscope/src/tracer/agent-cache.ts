import { createHash } from "node:crypto";
import { chmod, mkdir, open, readdir, rename, rm, writeFile } from "node:fs/promises";
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

/** Where the code made of these sources (`hash`) by the compiler of a runtime (`erts`, such as 13.1.5) lies. */
export function cachePath(hash: string, erts: string, env?: NodeJS.ProcessEnv): string {
  return join(cacheDir(env), `${hash}-erts-${erts.replace(/[^\w.-]/g, "_")}.beam`);
}

/** The runtimes whose code of these sources is kept. */
export async function cachedRuntimes(hash: string, env?: NodeJS.ProcessEnv): Promise<readonly string[]> {
  const names = await readdir(cacheDir(env)).catch(() => []);
  const start = `${hash}-erts-`;
  return names
    .filter((name) => name.startsWith(start) && name.endsWith(".beam"))
    .map((name) => name.slice(start.length, -".beam".length));
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
    return verified(await file.readFile());
  } catch {
    return undefined;
  } finally {
    await file.close();
  }
}

/** Code as it is kept: its digest stands before it. */
export const sealed = (code: Uint8Array): Uint8Array => Buffer.concat([digestOf(code), code]);

/** The code in what {@link sealed} made, `undefined` where that is not whole. */
export function verified(bytes: Buffer): Uint8Array | undefined {
  const code = bytes.subarray(DIGEST);
  return digestOf(code).equals(bytes.subarray(0, DIGEST)) ? code : undefined;
}

/** Keeps the code for the next time. Where that cannot be done (a home that is read-only) it is done without. */
export async function writeCache(path: string, code: Uint8Array): Promise<void> {
  const partial = `${path}.${process.pid}`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await chmod(dirname(path), 0o700);
    await writeFile(partial, sealed(code), { mode: 0o600 });
    await rename(partial, path);
  } catch {
    await rm(partial, { force: true }).catch(() => undefined);
  }
}

const digestOf = (code: Uint8Array): Buffer => createHash("sha256").update(code).digest();
