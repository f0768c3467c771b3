// Debian's own OpenSSH server as a process of the test, on a port of 127.0.0.1 of its own, with keys of its own: it touches nothing of the
// machine's. Where it is not installed the tests that need it say so.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { freePort } from "./erlang-node.ts";

const SSHD = "/usr/sbin/sshd";

export const sshdInstalled = (): boolean => existsSync(SSHD);

export interface Sshd {
  readonly port: number;
  /** `user@127.0.0.1:port` for `--ssh`. */
  readonly destination: string;
  /** A home directory whose `.ssh` knows this server, with a key that it takes in `id_ed25519`. */
  readonly home: string;
  readonly sshFolder: string;
  /** The line of known_hosts for this server's Ed25519 key, and for its other one. */
  readonly knownHosts: string;
  readonly knownByEcdsa: string;
  /** What it said since `clearLog`. */
  log(): string;
  clearLog(): void;
  /** Other lines at the head of its configuration, from the next connection on. */
  configure(...lines: readonly string[]): Promise<void>;
  /** Ends the server and all connections through it, as when the host goes away. */
  kill(): Promise<void>;
  /** Starts it again, at the same port with the same key. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** A key pair; the file of the public one has `.pub` behind it. */
export function makeKey(file: string, type = "ed25519"): void {
  execFileSync("ssh-keygen", ["-q", "-t", type, "-N", "", "-C", "test", "-f", file]);
}

/** The same key behind a passphrase; quick to open. */
export function lockKey(file: string, passphrase: string): void {
  execFileSync("ssh-keygen", ["-q", "-p", "-a", "1", "-P", "", "-N", passphrase, "-f", file]);
}

export async function startSshd(): Promise<Sshd> {
  const folder = mkdtempSync(join(tmpdir(), "sshd-test-"));
  const home = join(folder, "home");
  const sshFolder = join(home, ".ssh");
  mkdirSync(sshFolder, { recursive: true, mode: 0o700 });
  for (const type of ["ed25519", "ecdsa"]) makeKey(join(folder, `host_${type}`), type);
  makeKey(join(sshFolder, "id_ed25519"));
  const publicKey = readFileSync(join(sshFolder, "id_ed25519.pub"), "utf8");
  writeFileSync(join(folder, "authorized_keys"), publicKey);
  const port = await freePort();
  const line = (type: string): string => {
    const key = readFileSync(join(folder, `host_${type}.pub`), "utf8")
      .split(" ")
      .slice(0, 2)
      .join(" ");
    return `[127.0.0.1]:${port} ${key}\n`;
  };
  const knownHosts = line("ed25519");
  writeFileSync(join(sshFolder, "known_hosts"), knownHosts, { mode: 0o600 });
  // Root's server drops its rights in there; the folder is made at a boot that a container does not have.
  if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });

  const config = join(folder, "sshd_config");
  const write = (lines: readonly string[]): void =>
    writeFileSync(config, [...lines, ...CONFIG(folder, port)].join("\n"));
  write([]);
  let child: ChildProcess | undefined;
  let said = "";
  const start = async (): Promise<void> => {
    const started = spawn(SSHD, ["-D", "-e", "-f", config], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    child = started;
    await new Promise<void>((resolve, reject) => {
      started.stderr.setEncoding("utf8").on("data", (text: string) => {
        said += text;
        if (said.includes("Server listening on")) resolve();
      });
      started.once("exit", (code) => reject(new Error(`sshd ended (${code}): ${said}`)));
    });
  };
  const kill = async (): Promise<void> => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    for (const pid of family(child.pid!)) process.kill(pid, "SIGKILL");
    await exited;
  };
  await start();
  return {
    port,
    destination: `${userInfo().username}@127.0.0.1:${port}`,
    home,
    sshFolder,
    knownHosts,
    knownByEcdsa: line("ecdsa"),
    log: () => said,
    clearLog: () => {
      said = "";
    },
    configure: async (...lines) => {
      write(lines);
      said = "";
      child!.kill("SIGHUP");
      while (!said.includes("Server listening on")) await once(child!.stderr!, "data");
    },
    kill,
    start: () => {
      said = "";
      return start();
    },
    stop: async () => {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A process and all below it: each connection has some, in a session of its own. */
function family(pid: number): readonly number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
    .trim()
    .split(/\s+/)
    .filter(Boolean);
  return [pid, ...children.map(Number).flatMap(family)];
}

const CONFIG = (folder: string, port: number): readonly string[] => [
  `Port ${port}`,
  "ListenAddress 127.0.0.1",
  `HostKey ${join(folder, "host_ed25519")}`,
  `HostKey ${join(folder, "host_ecdsa")}`,
  "PidFile none",
  `AuthorizedKeysFile ${join(folder, "authorized_keys")}`,
  "StrictModes no",
  "UsePAM no",
  "PermitRootLogin yes",
  "PasswordAuthentication no",
  "KbdInteractiveAuthentication no",
  "AllowTcpForwarding yes",
  "MaxStartups 100",
  // Where a channel leads to.
  "LogLevel DEBUG1",
  "",
];
