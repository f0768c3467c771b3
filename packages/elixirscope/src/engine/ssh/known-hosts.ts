import { createHash, createHmac, randomBytes } from "node:crypto";
import { appendFile, mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";

// The file in which ssh keeps whom it has met: "SSH_KNOWN_HOSTS FILE FORMAT" in sshd(8).

/** One line: whose key it is, and which. */
export interface KnownHost {
  readonly file: string;
  readonly line: number;
  /** `@revoked`: never to be taken. Keys of authorities (`@cert-authority`) are left out. */
  readonly revoked: boolean;
  readonly type: string;
  /** As it stands there, base64. */
  readonly key: string;
}

/** What is known of a key that a host shows. */
export type HostVerdict =
  | { readonly verdict: "known" | "unknown" }
  /** `known`: the line that has another one. */
  | { readonly verdict: "changed" | "revoked"; readonly known: KnownHost };

/** The lines that are about the host `name` (`host` or `[host]:port`), of all files. */
export async function knownOf(name: string, files: readonly string[]): Promise<readonly KnownHost[]> {
  const found = await Promise.all(
    files.map(async (file) => parse(await readFile(file, "utf8").catch(() => ""), name, file)),
  );
  return found.flat();
}

function parse(text: string, name: string, file: string): readonly KnownHost[] {
  return text.split("\n").flatMap((row, i) => {
    const words = row.trim().split(/\s+/);
    const marker = words[0]?.startsWith("@") ? words.shift() : undefined;
    const [hosts, type, key] = words;
    if (hosts === undefined || hosts.startsWith("#") || type === undefined || key === undefined) return [];
    if (marker !== undefined && marker !== "@revoked") return [];
    if (!isMeant(hosts, name)) return [];
    return [{ file, line: i + 1, revoked: marker !== undefined, type, key }];
  });
}

/** Is `name` one of the hosts of a line: hashed, or patterns of which none says no? */
function isMeant(hosts: string, name: string): boolean {
  const [, salt, hash] = /^\|1\|([^|]+)\|([^|]+)$/.exec(hosts) ?? [];
  if (salt !== undefined && hash !== undefined) return hashed(name, Buffer.from(salt, "base64")) === hash;
  let meant = false;
  for (const pattern of hosts.toLowerCase().split(",")) {
    const negated = pattern.startsWith("!");
    if (!matches(negated ? pattern.slice(1) : pattern, name)) continue;
    if (negated) return false;
    meant = true;
  }
  return meant;
}

const matches = (pattern: string, name: string): boolean =>
  new RegExp(
    `^${pattern
      .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
      .replaceAll("*", ".*")
      .replaceAll("?", ".")}$`,
  ).test(name);

const hashed = (name: string, salt: Buffer): string => createHmac("sha1", salt).update(name).digest("base64");

/** What the lines about a host say of the key that it shows. Of another kind than all that are known counts as changed. */
export function verdictOn(key: Buffer, known: readonly KnownHost[]): HostVerdict {
  const shown = key.toString("base64");
  const revoked = known.find((one) => one.revoked && one.key === shown);
  if (revoked) return { verdict: "revoked", known: revoked };
  const good = known.filter((one) => !one.revoked);
  if (good.some((one) => one.key === shown)) return { verdict: "known" };
  const other = good.find((one) => one.type === keyType(key)) ?? good[0];
  return other ? { verdict: "changed", known: other } : { verdict: "unknown" };
}

/** `ssh-ed25519`: what a key begins with. */
export const keyType = (key: Buffer): string => key.toString("latin1", 4, 4 + key.readUInt32BE(0));

/** As ssh shows it to a person. */
export const fingerprint = (key: Buffer): string =>
  `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;

/** Algorithms by which a host may show a key of these kinds, for the negotiation: those that are known come first. */
export function algorithmsFor(known: readonly KnownHost[], all: readonly string[]): string[] {
  const types = new Set(known.filter((one) => !one.revoked).map(({ type }) => type));
  const isKnown = (algorithm: string): boolean =>
    types.has(algorithm.startsWith("rsa-sha2-") ? "ssh-rsa" : algorithm);
  return [...all.filter(isKnown), ...all.filter((one) => !isKnown(one))];
}

/** Writes a host's key down, its name hashed: who reads the file need not learn where one goes. */
export async function remember(name: string, key: Buffer, file: string): Promise<void> {
  const salt = randomBytes(20);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const text = await readFile(file, "utf8").catch(() => "");
  const row = `|1|${salt.toString("base64")}|${hashed(name, salt)} ${keyType(key)} ${key.toString("base64")}\n`;
  await appendFile(file, text === "" || text.endsWith("\n") ? row : `\n${row}`, { mode: 0o600 });
}
