import { type ChildProcessWithoutNullStreams, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../../packages/elixirscope/dist/cli/main.js", import.meta.url));

/** What a finished command left. */
export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Waiter {
  readonly matches: (text: string) => boolean;
  readonly resolve: () => void;
}

/** A running `elixirscope`, as a shell would run it without a terminal. */
export class CliProcess {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #exited: Promise<unknown[]>;
  readonly #waiters = new Set<Waiter>();
  #stdout = "";
  #stderr = "";

  constructor(args: readonly string[], env: NodeJS.ProcessEnv, cwd: string) {
    this.#child = spawn(process.execPath, [MAIN, ...args], { env, cwd, stdio: "pipe" });
    this.#exited = once(this.#child, "close");
    this.#child.stdout.setEncoding("utf8").on("data", (text: string) => this.#receive("out", text));
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => this.#receive("err", text));
    this.#child.stdin.on("error", () => undefined);
  }

  get ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** Resolves when both streams together match; rejects when the process ends without that. */
  async said(pattern: RegExp): Promise<void> {
    const matches = (text: string): boolean => pattern.test(text);
    if (matches(this.#stdout + this.#stderr)) return;
    const found = new Promise<void>((resolve) => {
      this.#waiters.add({ matches, resolve });
    });
    await Promise.race([
      found,
      this.#exited.then(() => {
        if (matches(this.#stdout + this.#stderr)) return;
        throw new Error(`ended without saying ${pattern}\n${this.#stdout}\n${this.#stderr}`);
      }),
    ]);
  }

  /** The first line of stdout, as JSON. */
  async firstJson<T>(): Promise<T> {
    await this.said(/\n/);
    return JSON.parse(this.#stdout.split("\n")[0] ?? "") as T;
  }

  input(text: string): void {
    this.#child.stdin.end(text);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async finished(): Promise<Finished> {
    const [code, signal] = (await this.#exited) as [number | null, NodeJS.Signals | null];
    if (code === null) throw new Error(`ended by ${signal}\n${this.#stdout}\n${this.#stderr}`);
    return { code, stdout: this.#stdout, stderr: this.#stderr };
  }

  #receive(stream: "out" | "err", text: string): void {
    if (stream === "out") this.#stdout += text;
    else this.#stderr += text;
    const all = this.#stdout + this.#stderr;
    for (const waiter of this.#waiters) {
      if (!waiter.matches(all)) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }
}

/** A home of its own: cookie file, runtime files, recordings. */
export class CliWorld {
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  readonly #started: CliProcess[] = [];

  private constructor(home: string, env: NodeJS.ProcessEnv) {
    this.home = home;
    this.env = env;
  }

  static async create(options: { cookie?: string; epmdPort: number }): Promise<CliWorld> {
    if (!existsSync(MAIN)) throw new Error("The CLI is not built. Run `npm run build` first.");
    const home = await mkdtemp(join(tmpdir(), "elixirscope-e2e-"));
    if (options.cookie !== undefined) {
      await writeFile(join(home, ".erlang.cookie"), options.cookie, { mode: 0o400 });
    }
    const { ELIXIRSCOPE_COOKIE: _cookie, ERL_AFLAGS: _flags, ...inherited } = process.env;
    return new CliWorld(home, {
      ...inherited,
      HOME: home,
      XDG_RUNTIME_DIR: join(home, "run"),
      XDG_STATE_HOME: join(home, "state"),
      // Where the agent's code is kept: compiled once for all tests.
      XDG_CACHE_HOME: process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"),
      XDG_CONFIG_HOME: join(home, "config"),
      ERL_EPMD_PORT: String(options.epmdPort),
      ERL_EPMD_ADDRESS: "127.0.0.1",
      ERL_CRASH_DUMP_SECONDS: "0",
      CI: "1",
    });
  }

  path(name: string): string {
    return join(this.home, name);
  }

  start(...args: readonly string[]): CliProcess {
    const cli = new CliProcess(args, this.env, this.home);
    this.#started.push(cli);
    return cli;
  }

  /** Runs a command to its end. */
  run(...args: readonly string[]): Promise<Finished> {
    const cli = this.start(...args);
    cli.input("");
    return cli.finished();
  }

  /** Runs a command whose reader is gone before the first line; `code` is the command's own. */
  async runIntoClosedPipe(...args: readonly string[]): Promise<Finished> {
    const script = '{ "$@"; echo "code $?" >&2; } | :';
    const child = execFile("sh", ["-c", script, "sh", process.execPath, MAIN, ...args], {
      env: this.env,
      cwd: this.home,
    });
    let [stdout, stderr] = ["", ""];
    child.stdout?.on("data", (text: string) => (stdout += text));
    child.stderr?.on("data", (text: string) => (stderr += text));
    await once(child, "close");
    const code = Number(/code (\d+)/.exec(stderr)?.[1]);
    return { code, stdout, stderr: stderr.replace(/code \d+\n/, "") };
  }

  /** Also ends what a failed test left running. */
  async remove(): Promise<void> {
    for (const cli of this.#started.filter(({ ended }) => !ended)) {
      cli.signal("SIGKILL");
      await cli.finished().catch(() => undefined);
    }
    await rm(this.home, { recursive: true, force: true });
  }
}

/** The JSON values of a command's lines, as what the caller knows them to be. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters
export const jsonLines = <T>(text: string): readonly T[] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as T);
