import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { buildAgent, localErlang } from "./agent-build.ts";
import { cachedRuntimes, cachePath, readCache, verified, writeCache } from "./agent-cache.ts";
import type { AgentFiles } from "./agent-files.ts";

/** What a node runs on. */
export interface Runtime {
  readonly otp: number;
  readonly erts: string;
}

export type Found =
  | { readonly code: Uint8Array }
  /** Sentences for a person: where it was looked for, and what was there. */
  | { readonly code?: undefined; readonly looked: readonly string[] };

/** Beside the sources, in the installed package: what `npm run pack` built. */
const BUILT = "built";

/** The file's name says what it was built of and by which OTP release. */
export const builtName = (hash: string, otp: number): string => `otp-${otp}-${hash}.beam`;

/** What this runtime or its release compiled: kept from a node, or shipped. Costs a node nothing but loading it. */
export async function codeOfRuntime(agent: AgentFiles, runtime: Runtime): Promise<Uint8Array | undefined> {
  return (await readCache(cachePath(agent.hash, runtime.erts))) ?? readBuilt(agent, runtime.otp);
}

/** OTP loads code of the two releases before it; on 29, that of 25 is refused. */
const RELEASES_BACK = 2;

/**
 * For a node that cannot compile. Code of an older OTP loads in a newer one, not the other way round, so that the newest is taken
 * that is not newer than the node: shipped, kept from another node, or compiled by an Erlang of this machine.
 */
export async function codeOfOlder(agent: AgentFiles, runtime: Runtime): Promise<Found> {
  const shipped = await builtReleases(agent);
  for (const otp of shipped.filter((one) => one < runtime.otp && isNear(one, runtime))) {
    const code = await readBuilt(agent, otp);
    if (code) return { code };
  }
  for (const erts of (await cachedRuntimes(agent.hash)).toSorted(newerFirst)) {
    if (newerFirst(erts, runtime.erts) < 0 || !isNear(otpOf(erts), runtime)) continue;
    const code = await readCache(cachePath(agent.hash, erts));
    if (code) return { code };
  }
  const come = shipped.length === 0 ? "none" : `one for OTP ${shipped.toReversed().join(", ")}`;
  return compiledHere(agent, runtime, [`With ElixirScope comes ${come}.`]);
}

async function compiledHere(agent: AgentFiles, runtime: Runtime, looked: readonly string[]): Promise<Found> {
  const local = await localErlang();
  if (!local) return { looked: [...looked, "There is no Erlang on this machine (erl in the PATH)."] };
  if (newerFirst(local.erts, runtime.erts) < 0) {
    return { looked: [...looked, `The Erlang on this machine is newer than the node’s (OTP ${local.otp}).`] };
  }
  if (!isNear(local.otp, runtime)) {
    return { looked: [...looked, `The Erlang on this machine is too old for the node (OTP ${local.otp}).`] };
  }
  const code = await buildAgent(agent.files);
  await writeCache(cachePath(agent.hash, local.erts), code);
  return { code };
}

const isNear = (otp: number, runtime: Runtime): boolean => otp >= runtime.otp - RELEASES_BACK;

/** ERTS 13 came with OTP 25, and both have been counted on together since. */
const otpOf = (erts: string): number => Number.parseInt(erts, 10) + 12;

/** OTP releases for which there is one of just these sources, the newest first. */
async function builtReleases(agent: AgentFiles): Promise<readonly number[]> {
  const names = await readdir(join(agent.folder, BUILT)).catch(() => []);
  return names
    .map((name) => Number(/^otp-(\d+)-/.exec(name)?.[1]))
    .filter((otp, i) => names[i] === builtName(agent.hash, otp))
    .sort((a, b) => b - a);
}

/** It is believed as the program beside it is, so that it only has to be whole. */
async function readBuilt(agent: AgentFiles, otp: number): Promise<Uint8Array | undefined> {
  const path = join(agent.folder, BUILT, builtName(agent.hash, otp));
  const bytes = await readFile(path).catch(() => undefined);
  return bytes && verified(bytes);
}

/** Orders versions of runtimes (13.1.5), for `sort`. */
function newerFirst(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split(".").map(Number)) as [number[], number[]];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const order = (right[i] ?? 0) - (left[i] ?? 0);
    if (order !== 0) return order;
  }
  return 0;
}
