import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { DistError } from "./errors.ts";

export interface NodeName {
  /** The part before `@`. */
  readonly name: string;
  readonly host: string;
}

const MAX_NAME_BYTES = 255;
// What Erlang takes for the part before the `@`; hosts are left to the resolver.
const NODE_NAME = /^([A-Za-z0-9_-]+)@([^@\s/\\]+)$/;

/** @throws DistError DIST_BAD_NODE_NAME */
export function parseNodeName(node: string): NodeName {
  const match = NODE_NAME.exec(node);
  if (match === null || Buffer.byteLength(node) > MAX_NAME_BYTES) {
    throw new DistError(
      "DIST_BAD_NODE_NAME",
      `${JSON.stringify(node)} is not a node name: write name@host, for example shop@127.0.0.1`,
      { node },
    );
  }
  return { name: match[1] as string, host: match[2] as string };
}

/** Long names (`-name`) have a host with a dot (or an IPv6 address), short ones (`-sname`) have none; the two cannot talk. */
export function isLongHost(host: string): boolean {
  return host.includes(".") || host.includes(":");
}

/** A name of our own that fits the peer's form, and that no two of us will share. */
export function randomLocalName(peerHost: string): string {
  const name = `elixirscope_${randomBytes(6).toString("hex")}`;
  if (isLongHost(peerHost)) return `${name}@127.0.0.1`;
  return `${name}@${hostname().split(".")[0] || "localhost"}`;
}

/** @throws DistError DIST_LONG_SHORT_NAMES */
export function requireSameForm(localName: string, peer: string): void {
  const local = isLongHost(parseNodeName(localName).host);
  const remote = isLongHost(parseNodeName(peer).host);
  if (local === remote) return;
  throw new DistError(
    "DIST_LONG_SHORT_NAMES",
    `${peer} uses ${form(remote)} and ${localName} ${form(local)}; the two cannot talk. Give us a local name whose host ` +
      (remote ? "has a dot, such as name@127.0.0.1" : "has no dot, such as name@localhost"),
    { node: peer, localName },
  );
}

const form = (long: boolean): string => (long ? "long names (-name)" : "short names (-sname)");

/** `names`, the ones most like `wanted` first (edit distance, a common beginning counting for the name). */
export function nearestFirst(wanted: string, names: readonly string[]): string[] {
  const score = new Map(
    names.map((name) => [name, distance(wanted, name) - (name.startsWith(wanted) ? 1 : 0)]),
  );
  return names.toSorted((a, b) => (score.get(a) ?? 0) - (score.get(b) ?? 0) || a.localeCompare(b));
}

/** Levenshtein, two rows. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
