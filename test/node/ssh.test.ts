// A node behind a host that one logs in to, by Debian's own SSH server on 127.0.0.1. The node and its EPMD are at 127.0.0.7.
import { execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Engine } from "elixirscope/engine";
import type { AttachInput, SshWay } from "elixirscope/protocol";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Epmd, type ErlangNode, freePort, startEpmd, startErlangNode } from "../testkit/erlang-node.ts";
import { lockKey, makeKey, type Sshd, sshdInstalled, startSshd } from "../testkit/sshd.ts";

if (!sshdInstalled())
  console.warn("test/node/ssh.test.ts is not run: there is no sshd (Debian: apt install openssh-server).");

let sshd: Sshd;
let epmd: Epmd;
let node: ErlangNode;
let engine: Engine | undefined;
const before = {
  HOME: process.env.HOME,
  SSH_AUTH_SOCK: process.env.SSH_AUTH_SOCK,
  PORT: process.env.ERL_EPMD_PORT,
};

beforeAll(async () => {
  if (!sshdInstalled()) return;
  epmd = await startEpmd("127.0.0.7");
  [sshd, node] = await Promise.all([
    startSshd(),
    startErlangNode({
      name: "far@127.0.0.7",
      epmdPort: epmd.port,
      args: ["-kernel", "inet_dist_use_interface", "{127,0,0,7}"],
    }),
  ]);
  process.env.HOME = sshd.home;
  delete process.env.SSH_AUTH_SOCK;
  process.env.ERL_EPMD_PORT = String(epmd.port);
});
afterAll(async () => {
  await node?.stop();
  await Promise.all([sshd?.stop(), epmd?.stop()]);
  Object.assign(process.env, { HOME: before.HOME });
  if (before.SSH_AUTH_SOCK) process.env.SSH_AUTH_SOCK = before.SSH_AUTH_SOCK;
  if (before.PORT) process.env.ERL_EPMD_PORT = before.PORT;
  else delete process.env.ERL_EPMD_PORT;
});
beforeEach(async () => {
  engine = await Engine.start({ version: "0.0.0" });
});
afterEach(async () => {
  await engine?.stop();
});

const way = (ssh: Partial<SshWay> = {}): AttachInput => ({
  node: node.name,
  cookie: node.cookie,
  level: "observe",
  way: { ssh: { destination: sshd.destination, ...ssh } },
});

const attach = (ssh: Partial<SshWay> = {}) => engine!.call("attach", way(ssh));

/** The error of an attach that has to fail. */
async function refused(input: AttachInput): Promise<{ code: string; message: string; details: object }> {
  const error: unknown = await engine!.call("attach", input).catch((reason: unknown) => reason);
  if (error instanceof Error && "code" in error) return error as never;
  throw new Error(`not refused: ${JSON.stringify(error)}`);
}

const state = async () => (await engine!.call("status", {})).nodes[0]!;

const inSsh = (name: string): string => join(sshd.sshFolder, name);

/** The files of `.ssh` are as they were after each test. */
const CHANGED = ["known_hosts", "config", "id_ed25519"] as const;
let kept: ReadonlyMap<string, string>;
function keepFiles(): void {
  const there = CHANGED.filter((name) => existsSync(inSsh(name)));
  kept = new Map(there.map((name) => [name, readFileSync(inSsh(name), "utf8")]));
}
function restoreFiles(): void {
  for (const name of CHANGED) {
    const text = kept.get(name);
    if (text === undefined) rmSync(inSsh(name), { force: true });
    else write(name, text);
  }
}
const write = (name: string, text: string): void => writeFileSync(inSsh(name), text, { mode: 0o600 });

const accepted = (): number => sshd.log().match(/Accepted publickey for/g)?.length ?? 0;

describe.runIf(sshdInstalled())("through SSH", () => {
  beforeEach(() => {
    keepFiles();
    sshd.clearLog();
  });
  afterEach(() => restoreFiles());

  it("EPMD and the distribution go over one connection [reach.ssh]", async () => {
    const { nodes } = await attach();
    expect(nodes[0]).toMatchObject({ name: node.name, state: "connected" });
    await node.eval("register(seen_through_ssh, spawn(fun() -> receive stop -> ok end end))");
    await expect
      .poll(async () => (await engine!.call("processes", { search: "seen_through_ssh" })).total)
      .toBe(1);
    expect(sshd.log()).toContain(`target 127.0.0.7 port ${epmd.port}`);
    const there = { host: "127.0.0.7", ssh: { destination: sshd.destination } };
    expect(await engine!.call("nodes", { way: there })).toEqual([
      expect.objectContaining({ name: "far", host: "127.0.0.7", attached: true }),
    ]);
    expect(accepted()).toBe(1);
  });

  it("is out of reach while the server is away, and comes back over a new connection [reach.ssh-lost]", async () => {
    await attach();
    await sshd.kill();
    await expect.poll(async () => (await state()).state).toBe("disconnected");
    await expect.poll(async () => (await state()).reason).toMatch(/No SSH server answers at 127\.0\.0\.1/);
    await sshd.start();
    await expect.poll(async () => (await state()).state).toBe("connected");
    expect(accepted()).toBe(1);
  });

  it("all nodes of a cluster share it", async () => {
    const peer = await startErlangNode({
      name: "peer@127.0.0.7",
      cookie: node.cookie,
      epmdPort: epmd.port,
      args: ["-kernel", "inet_dist_use_interface", "{127,0,0,7}"],
    });
    try {
      expect(await node.eval(`net_kernel:connect_node('${peer.name}')`)).toBe("true");
      await engine!.call("attach", { ...way(), cluster: true });
      const connected = async () =>
        (await engine!.call("status", {})).nodes
          .filter((one) => one.state === "connected")
          .map(({ name }) => name);
      await expect.poll(connected).toEqual([node.name, peer.name]);
      expect(accepted()).toBe(1);
    } finally {
      await peer.stop();
    }
  });

  it("takes what ~/.ssh/config says, over another host, with files that it includes", async () => {
    const user = sshd.destination.split("@")[0];
    copyFileSync(inSsh("id_ed25519"), inSsh("for_far"));
    rmSync(inSsh("id_ed25519"));
    write(
      "more.conf",
      `Host bastion\n  HostName 127.0.0.1\n  Port ${sshd.port}\n  IdentityFile ~/.ssh/for_far\n`,
    );
    write(
      "config",
      `Include more*.conf\nHost far\n  HostName 127.0.0.1\n  User ${user}\n  Port ${sshd.port}\n  IdentityFile for_far\n  ProxyJump ${user}@bastion\n`,
    );
    expect((await attach({ destination: "far" })).nodes[0]?.state).toBe("connected");
    expect(accepted()).toBe(2);
    expect(sshd.log()).toContain(`target 127.0.0.1 port ${sshd.port}`);
  });

  it("opens a key with its passphrase, and says what it lacks [reach.ssh-auth]", async () => {
    lockKey(inSsh("id_ed25519"), "correct horse");
    const needed = await refused(way());
    expect(needed).toMatchObject({ code: "SSH_PASSPHRASE_NEEDED", details: { file: inSsh("id_ed25519") } });
    const wrong = await refused(way({ passphrases: { [inSsh("id_ed25519")]: "wrong horse" } }));
    expect(wrong.code).toBe("SSH_PASSPHRASE_WRONG");
    expect(JSON.stringify([wrong.message, wrong.details])).not.toContain("horse");
    expect((await refused(way({ passphrase: "wrong horse" }))).code).toBe("SSH_PASSPHRASE_WRONG");
    const { nodes } = await attach({ passphrases: { [inSsh("id_ed25519")]: "correct horse" } });
    expect(nodes[0]?.state).toBe("connected");
    // Who attaches again need not open it again.
    await engine!.call("detach", {});
    expect((await attach()).nodes[0]?.state).toBe("connected");
  });

  it("asks the agent", async () => {
    const socket = join(sshd.home, "agent");
    const agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" });
    try {
      await expect.poll(() => existsSync(socket)).toBe(true);
      process.env.SSH_AUTH_SOCK = socket;
      execFileSync("ssh-add", ["-q", inSsh("id_ed25519")]);
      rmSync(inSsh("id_ed25519"));
      expect((await attach()).nodes[0]?.state).toBe("connected");
    } finally {
      delete process.env.SSH_AUTH_SOCK;
      agent.kill();
      await once(agent, "exit");
    }
  });
});

describe.runIf(sshdInstalled())("the key of a host", () => {
  beforeEach(() => {
    keepFiles();
    sshd.clearLog();
  });
  afterEach(() => restoreFiles());

  it("that nobody knows is shown and not trusted; once a person has, it is written down hashed [reach.ssh-host]", async () => {
    write("known_hosts", "");
    const unknown = await refused(way());
    const [shown] =
      /SHA256:\S+/.exec(execFileSync("ssh-keygen", ["-lf", "-"], { input: sshd.knownHosts }).toString()) ??
      [];
    expect(unknown).toMatchObject({
      code: "SSH_HOST_UNKNOWN",
      details: { fingerprint: shown, type: "ssh-ed25519" },
    });
    expect(unknown.message).toContain(shown);
    expect(accepted()).toBe(0);
    expect((await attach({ trust: [shown!] })).nodes[0]?.state).toBe("connected");
    const file = inSsh("known_hosts");
    expect(readFileSync(file, "utf8")).not.toContain("127.0.0.1");
    execFileSync("ssh-keygen", ["-F", `[127.0.0.1]:${sshd.port}`, "-f", file]);
    await engine!.stop();
    engine = await Engine.start({ version: "0.0.0" });
    expect((await attach()).nodes[0]?.state).toBe("connected");
  });

  it("that is another one than before is refused before anything is sent", async () => {
    makeKey(inSsh("another"));
    const another = readFileSync(inSsh("another.pub"), "utf8");
    write("known_hosts", `# here\n[127.0.0.1]:${sshd.port} ${another}`);
    const changed = await refused(way());
    expect(changed).toMatchObject({ code: "SSH_HOST_KEY_CHANGED" });
    expect(changed.message).toMatch(/IS ANOTHER ONE.*known_hosts:2.*ssh-keygen -R/s);
    expect(accepted()).toBe(0);
    const trusting = /SHA256:\S+(?=\. Somebody)/.exec(changed.message)?.[0];
    expect((await refused(way({ trust: [trusting!] }))).code).toBe("SSH_HOST_KEY_CHANGED");
  });

  it("that is revoked is refused, also where it is known", async () => {
    const [, ...key] = sshd.knownHosts.split(" ");
    write("known_hosts", `${sshd.knownHosts}@revoked * ${key.join(" ")}`);
    expect((await refused(way())).code).toBe("SSH_HOST_KEY_REVOKED");
  });

  it("is asked for of the kind that is known, under a hashed name too", async () => {
    write("known_hosts", sshd.knownByEcdsa);
    execFileSync("ssh-keygen", ["-q", "-H", "-f", inSsh("known_hosts")], { stdio: "ignore" });
    rmSync(inSsh("known_hosts.old"));
    expect(readFileSync(inSsh("known_hosts"), "utf8")).toMatch(/^\|1\|/);
    expect((await attach()).nodes[0]?.state).toBe("connected");
  });
});

describe.runIf(sshdInstalled())("what stands in the way is said", () => {
  beforeEach(() => keepFiles());
  afterEach(async () => {
    restoreFiles();
  });

  it.each([
    ["user@", /write user@host/],
    ["-oProxyCommand=x", /is no destination/],
    ["host:0", /is no destination/],
  ])("%j is no destination", async (destination, advice) => {
    const error = await refused(way({ destination }));
    expect(error.code).toBe("SSH_BAD_DESTINATION");
    expect(error.message).toMatch(advice);
  });

  it("a host without a name, without a server, with another server [reach.ssh-refused]", async () => {
    expect((await refused(way({ destination: "ada@nowhere.invalid" }))).code).toBe("SSH_HOST_NOT_FOUND");
    const nobody = await refused(way({ destination: `ada@127.0.0.1:${await freePort()}` }));
    expect(nobody.code).toBe("SSH_UNREACHABLE");
    expect(nobody.message).toContain("ECONNREFUSED");
    const web = createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")).listen(
      0,
      "127.0.0.1",
    );
    await once(web, "listening");
    const other = await refused(way({ destination: `ada@127.0.0.1:${(web.address() as AddressInfo).port}` }));
    expect(other.code).toBe("SSH_HANDSHAKE_FAILED");
    web.close();
  });

  it("a key that the host does not take, that is not there, that is none", async () => {
    rmSync(inSsh("id_ed25519"));
    const none = await refused(way());
    expect(none.code).toBe("SSH_AUTH_FAILED");
    expect(none.message).toMatch(/tried: nothing, there is no key; it takes: publickey/);
    makeKey(inSsh("id_ed25519_other"));
    const other = await refused(way({ keyFile: inSsh("id_ed25519_other") }));
    expect(other.code).toBe("SSH_AUTH_FAILED");
    expect(other.message).toMatch(/tried: publickey;.*authorized_keys/);
    for (const [keyFile, why] of [
      [inSsh("nothing"), "ENOENT"],
      [inSsh("known_hosts"), "is no private key"],
      [inSsh("id_ed25519_other.pub"), "is a public key"],
    ] as const) {
      const unreadable = await refused(way({ keyFile }));
      expect(unreadable.code).toBe("SSH_KEY_UNREADABLE");
      expect(unreadable.message).toContain(why);
    }
  });

  it("a host that does not forward, at all or to that address", async () => {
    for (const line of ["AllowTcpForwarding no", "PermitOpen 127.0.0.1:1"]) {
      await sshd.configure(line);
      await engine!.stop();
      engine = await Engine.start({ version: "0.0.0" });
      const error = await refused(way());
      expect(error.code).toBe("SSH_FORWARDING_FORBIDDEN");
      expect(error.message).toMatch(/AllowTcpForwarding.*PermitOpen/);
    }
    await sshd.configure();
  });

  it("an EPMD or a node that is not there, as seen from the host", async () => {
    const { ssh } = way().way!;
    const noEpmd = await refused({ ...way(), way: { ssh, host: "127.0.0.9" } });
    expect(noEpmd.code).toBe("DIST_EPMD_UNREACHABLE");
    expect(noEpmd.message).toContain(`as seen from ${sshd.destination}`);
    const noNode = await refused({ ...way(), way: { ssh, port: await freePort() } });
    expect(noNode.code).toBe("DIST_NODE_UNREACHABLE");
    expect(noNode.message).toContain(`as seen from ${sshd.destination}`);
    expect((await refused({ ...way(), node: "nobody@127.0.0.7" })).code).toBe("DIST_NODE_UNKNOWN");
  });

  it("what of ~/.ssh/config is not done here", async () => {
    write(
      "config",
      "Host by-command\n  ProxyCommand nc %h %p\nHost a\n  ProxyJump b\nHost b\n  ProxyJump a\n",
    );
    expect((await refused(way({ destination: "by-command" }))).message).toContain("ProxyCommand");
    const circle = await refused(way({ destination: "a" }));
    expect([circle.code, circle.message]).toEqual(["SSH_BAD_CONFIG", expect.stringContaining("lead back")]);
  });
});

describe.runIf(sshdInstalled())("the command line", () => {
  const MAIN = fileURLToPath(new URL("../../packages/elixirscope/dist/cli/main.js", import.meta.url));
  const world = (): NodeJS.ProcessEnv => {
    const { CI: _, ...env } = process.env;
    const config = join(sshd.home, "config");
    return { ...env, HOME: sshd.home, XDG_CONFIG_HOME: config, XDG_RUNTIME_DIR: sshd.home, NO_COLOR: "1" };
  };
  const cli = (...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
    new Promise((resolve) => {
      execFile(process.execPath, [MAIN, ...args], { env: world() }, (error, stdout, stderr) =>
        resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
      );
    });

  beforeEach(() => keepFiles());
  afterEach(() => restoreFiles());

  it("attaches by a profile, which says where the secrets are [reach.profiles]", async () => {
    const cookieFile = join(sshd.home, "cookie");
    writeFileSync(cookieFile, node.cookie, { mode: 0o600 });
    const add = ["profiles", "add", "prod", node.name, "--ssh", sshd.destination];
    const secret = await cli(...add, "--cookie", node.cookie);
    expect([secret.code, secret.stderr]).toEqual([2, expect.stringContaining("holds no secret")]);
    const added = await cli(...add, "--cookie-file", cookieFile, "--level", "messages");
    expect([added.code, added.stderr]).toEqual([0, expect.stringContaining("elixirscope attach prod")]);
    const file = join(sshd.home, "config/elixirscope/profiles.json");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, "utf8")).not.toContain(node.cookie);
    expect(JSON.parse((await cli("profiles", "--json")).stdout)).toMatchObject({
      name: "prod",
      node: node.name,
      cookieFile,
      way: { ssh: { destination: sshd.destination } },
      recorded: { level: "messages" },
    });
    const seen = await cli("record", "prod", "--for", "10ms", "--out", join(sshd.home, "a.esrec"), "--json");
    expect([seen.code, seen.stderr]).toEqual([0, ""]);
    expect(seen.stdout).toContain(node.name);
    const taken = await cli(...add);
    expect([taken.code, taken.stderr]).toEqual([2, expect.stringContaining("--replace")]);
    expect((await cli("profiles", "remove", "prod")).code).toBe(0);
    const gone = await cli("attach", "--profile", "prod");
    expect([gone.code, gone.stderr]).toEqual([3, expect.stringContaining("no profile prod")]);
  });

  it("lists the nodes there, and says what is used wrong", async () => {
    const found = await cli("nodes", "--ssh", sshd.destination, "--host", "127.0.0.7", "--json");
    expect(JSON.parse(found.stdout)).toMatchObject({ name: "far", host: "127.0.0.7" });
    const alone = await cli("ps", node.name, "--ssh-key", "key");
    expect([alone.code, alone.stderr]).toEqual([2, expect.stringContaining("--ssh-key stands alone")]);
    write("known_hosts", "");
    const unknown = await cli("nodes", "--ssh", sshd.destination);
    expect([unknown.code, unknown.stderr]).toEqual([4, expect.stringMatching(/SHA256:.*terminal/s)]);
  });

  it("asks at a terminal for what opens the tunnel, and shows none of it [reach.ssh-auth]", async () => {
    write("known_hosts", "");
    lockKey(inSsh("id_ed25519"), "correct horse");
    const command = [
      "stty cols 120 rows 40; exec",
      process.execPath,
      MAIN,
      "nodes",
      "--ssh",
      sshd.destination,
      "--host",
      "127.0.0.7",
    ].join(" ");
    const terminal = spawn("script", ["-qec", command, "/dev/null"], { env: { ...world(), TERM: "xterm" } });
    let seen = "";
    const answers: [RegExp, string][] = [
      [/Is that its key\?/, "y"],
      [/Passphrase of/, "wrong horse\r"],
      [/does not open.*Passphrase of/s, "correct horse\r"],
    ];
    terminal.stdout.setEncoding("utf8").on("data", (text: string) => {
      seen += text;
      if (answers[0]?.[0].test(seen)) terminal.stdin.write(answers.shift()![1]);
    });
    const [code] = await once(terminal, "close");
    expect([code, seen]).toEqual([0, expect.stringMatching(/far +127\.0\.0\.7/)]);
    expect(seen).not.toContain("horse");
    expect(readFileSync(inSsh("known_hosts"), "utf8")).toMatch(/^\|1\|/);
  });
});
