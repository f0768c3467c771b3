import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type ServerAddress, serverAddress } from "./address.ts";

const SERVER = fileURLToPath(new URL("../../../../../test/chdb/server.mjs", import.meta.url));

export interface TestServerOptions {
  readonly user?: string;
  readonly password?: string;
}

/** ClickHouse's own engine in a process of its own, behind HTTP on loopback: see `test/chdb`. */
export class TestServer {
  readonly #folder = mkdtempSync(join(tmpdir(), "es-chdb-"));
  readonly #options: TestServerOptions;
  #child: ChildProcess | undefined;
  #port = 0;

  private constructor(options: TestServerOptions) {
    this.#options = options;
  }

  static async start(options: TestServerOptions = {}): Promise<TestServer> {
    const server = new TestServer(options);
    await server.restart();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** As a user's environment says it. */
  get env(): NodeJS.ProcessEnv {
    const { user, password } = this.#options;
    return {
      ELIXIRSCOPE_CLICKHOUSE_URL: this.url,
      ...(user === undefined ? {} : { ELIXIRSCOPE_CLICKHOUSE_USER: user }),
      ...(password === undefined ? {} : { ELIXIRSCOPE_CLICKHOUSE_PASSWORD: password }),
    };
  }

  get address(): ServerAddress {
    return serverAddress(this.env);
  }

  /** There again, with what it had, at the same place. */
  async restart(): Promise<void> {
    const { user = "default", password = "" } = this.#options;
    const child = spawn(process.execPath, [SERVER, this.#folder, String(this.#port)], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, CHDB_USER: user, CHDB_PASSWORD: password },
    });
    this.#child = child;
    for await (const line of createInterface({ input: child.stdout })) {
      const [, port] = /^ready (\d+)$/.exec(line) ?? [];
      if (port) {
        this.#port = Number(port);
        return;
      }
    }
    throw new Error("chDB did not start: `npm run test:clickhouse` installs it");
  }

  /** As if the machine had lost its power. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  async stop(): Promise<void> {
    await this.#end("SIGTERM");
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, "exit");
    child.kill(signal);
    await exit;
  }
}

/** The engine, and where `ELIXIRSCOPE_CLICKHOUSE_URL` is given that server as well. */
export const givenServer = (): ServerAddress | undefined =>
  process.env["ELIXIRSCOPE_CLICKHOUSE_URL"] ? serverAddress(process.env) : undefined;
