/**
 * A RabbitMQ broker of our own, from the system's packages: a child process with everything it writes in a temporary
 * directory, listening on loopback only, with a cookie and an EPMD of its own. A real system that nobody here wrote.
 *
 * It has a short node name: `rabbitmqctl` cannot make a long one for itself on a host without a domain.
 */
import { type ChildProcessWithoutNullStreams, execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePort, startEpmd } from "./erlang-node.ts";

export interface Rabbit {
  /** Its node name, `rabbit-es@localhost`. */
  readonly name: string;
  readonly cookie: string;
  readonly epmdPort: number;
  /** Where it speaks AMQP 0-9-1, on 127.0.0.1, as user and with password `guest`. */
  readonly amqpPort: number;
  /** Of the BEAM. */
  readonly pid: number;
  /** Evaluates one Erlang expression with `rabbitmqctl eval`, a witness of its own; gives what that prints. */
  eval(expression: string): Promise<string>;
  /** What it logged, newest 64 KB. */
  output(): string;
  /** Ends the broker, its EPMD and its files, and waits for that. Can be called again. */
  stop(): Promise<void>;
}

const SCRIPTS = "/usr/lib/rabbitmq/bin";
const STARTED = "Server startup complete";
const START_TIMEOUT_MS = 150_000;
const KEEP_OUTPUT = 65_536;
const run = promisify(execFile);

/** Is RabbitMQ's server there to be started? */
export const rabbitInstalled = (): boolean => existsSync(join(SCRIPTS, "rabbitmq-server"));

interface Place {
  readonly dir: string;
  readonly cookie: string;
  readonly amqpPort: number;
  readonly env: NodeJS.ProcessEnv;
}

async function makePlace(epmdPort: number): Promise<Place> {
  const dir = mkdtempSync(join(tmpdir(), "elixirscope-rabbit-"));
  const cookie = randomBytes(12).toString("hex").toUpperCase();
  writeFileSync(join(dir, ".erlang.cookie"), cookie, { mode: 0o400 });
  writeFileSync(join(dir, "enabled_plugins"), "[].\n");
  const amqpPort = await freePort();
  const env = {
    ...process.env,
    // The erl that it was packaged with, whatever the path says.
    PATH: `/usr/bin:/bin:${process.env.PATH}`,
    HOME: dir,
    ERL_EPMD_PORT: String(epmdPort),
    ERL_EPMD_ADDRESS: "127.0.0.1",
    ERL_CRASH_DUMP_SECONDS: "0",
    LC_ALL: "C.UTF-8",
    RABBITMQ_NODENAME: "rabbit-es@localhost",
    RABBITMQ_NODE_IP_ADDRESS: "127.0.0.1",
    RABBITMQ_NODE_PORT: String(amqpPort),
    RABBITMQ_DIST_PORT: String(await freePort()),
    RABBITMQ_CTL_ERL_ARGS: "-kernel inet_dist_use_interface {127,0,0,1}",
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "-kernel inet_dist_use_interface {127,0,0,1}",
    // Nothing of this machine's own broker: neither its settings nor its files.
    RABBITMQ_CONF_ENV_FILE: "/dev/null",
    RABBITMQ_CONFIG_FILE: join(dir, "rabbitmq"),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(dir, "advanced.config"),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(dir, "enabled_plugins"),
    RABBITMQ_MNESIA_BASE: join(dir, "mnesia"),
    RABBITMQ_LOG_BASE: join(dir, "log"),
    RABBITMQ_LOGS: "-",
    RABBITMQ_GENERATED_CONFIG_DIR: join(dir, "config"),
    RABBITMQ_PID_FILE: join(dir, "pid"),
    // The script then replaces itself by the BEAM, which ends when its standard input does.
    RABBITMQ_ALLOW_INPUT: "1",
  };
  return { dir, cookie, amqpPort, env };
}

class Log {
  text = "";
  readonly started: Promise<boolean>;

  constructor(child: ChildProcessWithoutNullStreams) {
    this.started = new Promise((resolve) => {
      const keep = (piece: string): void => {
        this.text = (this.text + piece).slice(-KEEP_OUTPUT);
        if (this.text.includes(STARTED)) resolve(true);
      };
      child.stdout.setEncoding("utf8").on("data", keep);
      child.stderr.setEncoding("utf8").on("data", keep);
      child.once("error", (error) => keep(error.message));
      child.once("close", () => resolve(false));
    });
  }
}

/** Starts a broker and waits until it is up (some 5 s). Stop it in `afterAll`. */
export async function startRabbit(): Promise<Rabbit> {
  const epmd = await startEpmd();
  const place = await makePlace(epmd.port);
  const child = spawn(join(SCRIPTS, "rabbitmq-server"), [], {
    cwd: place.dir,
    env: place.env,
    stdio: "pipe",
  });
  child.stdin.on("error", () => undefined);
  const closed = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
  });
  const log = new Log(child);
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopping ??= stopBroker(child, closed)
      .then(() => epmd.stop())
      .finally(() => rmSync(place.dir, { recursive: true, force: true }));
    return stopping;
  };
  const timer = setTimeout(() => child.kill("SIGKILL"), START_TIMEOUT_MS);
  const up = await log.started;
  clearTimeout(timer);
  if (!up || child.pid === undefined) {
    await stop();
    throw new Error(`RabbitMQ did not start:\n${log.text}`);
  }
  return {
    name: "rabbit-es@localhost",
    cookie: place.cookie,
    epmdPort: epmd.port,
    amqpPort: place.amqpPort,
    pid: child.pid,
    eval: async (expression) => {
      const options = { cwd: place.dir, env: place.env, maxBuffer: 64 * 2 ** 20 };
      const { stdout } = await run(join(SCRIPTS, "rabbitmqctl"), ["eval", expression], options);
      return stdout.trim();
    },
    output: () => log.text,
    stop,
  };
}

/** In order by SIGTERM; by force where that takes too long. */
async function stopBroker(child: ChildProcessWithoutNullStreams, closed: Promise<void>): Promise<void> {
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 15_000);
  await closed;
  clearTimeout(timer);
}
