// Passwords and further questions, which Debian's server asks only by PAM: by the library's own server.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ssh2, { type AuthContext, type Server } from "ssh2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectHop, type SshSecrets } from "./ssh-connect.ts";
import type { SshHop } from "./ssh-hop.ts";

let folder: string;
let server: Server;
let hop: SshHop;
/** What the server takes, and what it was given. */
let takes: "password" | "keyboard-interactive" = "password";
let given: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "ssh-connect-"));
  const host = ssh2.utils.generateKeyPairSync("ed25519");
  server = new ssh2.Server({ hostKeys: [host.private] }, (client) => {
    client.on("error", () => undefined);
    client.on("authentication", (context) => judge(context));
    client.on("ready", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const known = join(folder, "known_hosts");
  writeFileSync(known, `[127.0.0.1]:${port} ${host.public.split(" ").slice(0, 2).join(" ")}\n`);
  hop = {
    host: "127.0.0.1",
    port,
    user: "ada",
    keyName: `[127.0.0.1]:${port}`,
    keyFiles: [],
    agent: undefined,
    knownHostsFiles: [known],
  };
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

function judge(context: AuthContext): void {
  const verdict = (answer: string | undefined): void => {
    given.push(answer ?? "");
    if (answer === "open sesame") context.accept();
    else context.reject([takes]);
  };
  if (context.method !== takes) context.reject([takes]);
  else if (context.method === "password") verdict(context.password);
  else if (context.method === "keyboard-interactive")
    context.prompt([{ prompt: "Password: ", echo: false }], ([answer]) => verdict(answer));
}

const name = (): string => `ada@127.0.0.1:${hop.port}`;

async function connected(secrets: SshSecrets): Promise<void> {
  const client = await connectHop({ hop, secrets }, async () => undefined);
  const closed = new Promise<void>((resolve) => client.once("close", () => resolve()));
  client.end();
  await closed;
}

describe.each(["password", "keyboard-interactive"] as const)("a host that takes %s", (method) => {
  it("says that it does, is given it only where it is for it, and lets in with the right one", async () => {
    takes = method;
    given = [];
    const without = await connected({}).catch((error: unknown) => error);
    expect(without).toMatchObject({
      code: "SSH_AUTH_FAILED",
      details: { name: name(), offered: [method], tried: [] },
    });
    await expect(connected({ passwords: { "ada@elsewhere": "open sesame" } })).rejects.toMatchObject({
      code: "SSH_AUTH_FAILED",
    });
    expect(given).toEqual([]);
    const wrong = await connected({ passwords: { [name()]: "open barley" } }).catch(
      (error: unknown) => error,
    );
    expect(wrong).toMatchObject({ code: "SSH_AUTH_FAILED", details: { tried: [method] } });
    expect(JSON.stringify(wrong)).not.toContain("barley");
    await connected({ passwords: { [name()]: "open sesame" } });
    expect(given).toEqual(["open barley", "open sesame"]);
  });
});
