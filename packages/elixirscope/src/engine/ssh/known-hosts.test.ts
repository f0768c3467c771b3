import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { algorithmsFor, fingerprint, keyType, knownOf, remember, verdictOn } from "./known-hosts.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "known-hosts-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A key as SSH sends it; which point it has does not matter here. */
function key(seed: number, type = "ssh-ed25519"): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(type.length);
  return Buffer.concat([head, Buffer.from(type), Buffer.from([0, 0, 0, 32]), Buffer.alloc(32, seed)]);
}
const row = (hosts: string, one: Buffer): string => `${hosts} ${keyType(one)} ${one.toString("base64")}\n`;

function file(...rows: readonly string[]): string {
  const path = join(folder, "known_hosts");
  writeFileSync(path, rows.join(""));
  return path;
}

const verdict = async (name: string, shown: Buffer, ...rows: readonly string[]): Promise<string> =>
  verdictOn(shown, await knownOf(name, [file(...rows)])).verdict;

describe("known_hosts", () => {
  it.each([
    ["shop.test", "shop.test", "known"],
    ["SHOP.test", "shop.test", "known"],
    ["10.0.0.1,shop.test", "shop.test", "known"],
    ["*.test", "shop.test", "known"],
    ["sh?p.test", "shop.test", "known"],
    ["*.test,!shop.test", "shop.test", "unknown"],
    ["shop.test", "[shop.test]:2222", "unknown"],
    ["[shop.test]:2222", "[shop.test]:2222", "known"],
    ["[shop.test]:*", "[shop.test]:2222", "known"],
    ["shopxtest", "shop.test", "unknown"],
    ["#shop.test", "shop.test", "unknown"],
    ["@cert-authority shop.test", "shop.test", "unknown"],
    ["@unheard-of shop.test", "shop.test", "unknown"],
  ])("%s is about %s: %s", async (hosts, name, expected) => {
    expect(await verdict(name, key(1), row(hosts, key(1)))).toBe(expected);
  });

  it("another key of the same kind, or only of other kinds, has changed", async () => {
    expect(await verdict("a", key(2), row("a", key(1)))).toBe("changed");
    expect(await verdict("a", key(2, "ssh-rsa"), row("a", key(1)))).toBe("changed");
    expect(await verdict("a", key(2), row("a", key(1)), row("a", key(2)))).toBe("known");
    const changed = verdictOn(key(3), await knownOf("a", [file("\n", row("a", key(1)))]));
    expect(changed).toMatchObject({ verdict: "changed", known: { line: 2 } });
  });

  it("a revoked key is refused wherever else it stands", async () => {
    expect(await verdict("a", key(1), row("a", key(1)), row("@revoked *", key(1)))).toBe("revoked");
    expect(await verdict("a", key(1), row("@revoked b", key(1)))).toBe("unknown");
  });

  it("lines that are none are passed over, and files that are not there", async () => {
    expect(await verdict("a", key(1), "a\n", "a ssh-ed25519\n", "\u0000\n", row("a", key(1)))).toBe("known");
    expect(await knownOf("a", [join(folder, "nowhere")])).toEqual([]);
  });

  it("what is written down is found again, by ssh-keygen as well, and hides the name", async () => {
    const path = file(row("other", key(7)).trimEnd());
    await remember("[shop.test]:2222", key(1), path);
    expect(readFileSync(path, "utf8")).not.toContain("shop.test");
    expect(verdictOn(key(1), await knownOf("[shop.test]:2222", [path])).verdict).toBe("known");
    expect(verdictOn(key(7), await knownOf("other", [path])).verdict).toBe("known");
    const fresh = join(folder, "fresh", "known_hosts");
    await remember("shop.test", key(1), fresh);
    expect(statSync(fresh).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, "fresh")).mode & 0o777).toBe(0o700);
  });

  it("kinds that are known are asked for first", async () => {
    const all = ["ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512", "rsa-sha2-256"];
    const known = await knownOf("a", [file(row("a", key(1, "ssh-rsa")), row("@revoked a", key(1)))]);
    expect(algorithmsFor(known, all)).toEqual([
      "rsa-sha2-512",
      "rsa-sha2-256",
      "ssh-ed25519",
      "ecdsa-sha2-nistp256",
    ]);
    expect(algorithmsFor([], all)).toEqual(all);
  });

  it("a fingerprint is SSH's", () => {
    expect(fingerprint(key(1))).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
  });
});

/** OpenSSH is on every machine of a developer; where it is not, the same is held against its server in test/node/ssh.test.ts. */
describe.runIf(hasSshKeygen())("ssh-keygen and we agree", () => {
  it("on names that it hashed, and on what we wrote", async () => {
    const path = file(row("shop.test", key(1)), row("[shop.test]:2222", key(2)));
    execFileSync("ssh-keygen", ["-H", "-f", path], { stdio: "ignore" });
    expect(readFileSync(path, "utf8")).not.toContain("shop.test");
    expect(verdictOn(key(1), await knownOf("shop.test", [path])).verdict).toBe("known");
    expect(verdictOn(key(2), await knownOf("[shop.test]:2222", [path])).verdict).toBe("known");
    await remember("till.test", key(3), path);
    expect(execFileSync("ssh-keygen", ["-F", "till.test", "-f", path]).toString()).toContain(
      key(3).toString("base64"),
    );
  });
});

function hasSshKeygen(): boolean {
  try {
    execFileSync("ssh-keygen", ["-F", "x", "-f", "/dev/null"], { stdio: "ignore" });
    return true;
  } catch (error) {
    return (error as { status?: number }).status === 1;
  }
}
