import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { CliError, EXIT, isCode } from "../errors.ts";
import { planRun } from "../run-plan.ts";
import { shipped } from "../shipped.ts";
import type { Context } from "../terminal.ts";
import { runLive } from "./live.ts";
import { openRecording } from "./open.ts";

export interface DemoOptions {
  /** Milliseconds. */
  readonly for?: number | undefined;
  readonly port?: number | undefined;
  readonly open: boolean;
  readonly json?: boolean | undefined;
  /** Show a recording of real Phoenix in place of running something. */
  readonly recording?: boolean | undefined;
  /** Turns a second of the example's visitors. */
  readonly load: number;
  readonly bug?: boolean | undefined;
}

const READY = "hello_otp is up";
/** What the child said last, for an error. */
const TAIL_LINES = 20;

/**
 * The example application, observed; where there is no Elixir, a recording of real Phoenix.
 * @throws CliError `CLI_DEMO_FAILED` where the example does not compile or start
 */
export async function demo(context: Context, options: DemoOptions): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "elixirscope-demo-"));
  try {
    if (options.recording) return await showRecording(context, folder, options);
    if (!(await hasElixir(context.env))) {
      context.err.line(
        "There is no Elixir on this machine (https://elixir-lang.org/install.html), so this is a recording of real Phoenix.",
      );
      return await showRecording(context, folder, options);
    }
    return await runExample(context, folder, options);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function showRecording(context: Context, folder: string, options: DemoOptions): Promise<number> {
  const packed = shipped("recordings/phoenix-1.8.esrec.gz", "test/recordings/phoenix-1.8.esrec.gz");
  if (packed === undefined) throw broken("the recording");
  const file = join(folder, "phoenix-1.8.esrec");
  await writeFile(file, await promisify(gunzip)(await readFile(packed)));
  return openRecording(context, file, { ...options, forMs: options.for });
}

const hasElixir = (env: NodeJS.ProcessEnv): Promise<boolean> =>
  promisify(execFile)("elixir", ["--version"], { env }).then(
    () => true,
    () => false,
  );

async function runExample(context: Context, folder: string, options: DemoOptions): Promise<number> {
  const source = shipped("examples/hello_otp");
  if (source === undefined) throw broken("the example");
  const example = join(folder, "hello_otp");
  await cp(source, example, { recursive: true, filter: (path) => !/[\\/](?:_build|deps)$/.test(path) });
  const plan = planRun({ command: ["mix", "run", "--no-halt"], env: context.env, holdMs: 0 });
  const cookieFile = join(folder, ".erlang.cookie");
  await writeFile(cookieFile, randomBytes(16).toString("hex").toUpperCase(), { mode: 0o400 });
  const env = {
    ...plan.env,
    // The cookie is read from there: a command line can be seen by everybody.
    HOME: folder,
    ERL_EPMD_ADDRESS: "127.0.0.1",
    ERL_CRASH_DUMP_SECONDS: "0",
    HELLO_LOAD: String(options.load),
    HELLO_BUG: options.bug ? "topic" : "off",
  };
  const child = await startExample(example, env);
  try {
    const { open, port, json } = options;
    return await runLive(context, plan.node, {
      open,
      port,
      json,
      for: options.for,
      cookieFile,
      level: "messages",
    });
  } finally {
    await ended(child);
  }
}

async function startExample(cwd: string, env: NodeJS.ProcessEnv): Promise<ChildProcess> {
  // Its own node does not compile: it is to be up when it is attached to.
  await promisify(execFile)("mix", ["compile"], { cwd, env: withoutName(env) }).catch((error: unknown) => {
    throw failed("does not compile", String((error as { stderr?: unknown }).stderr ?? error));
  });
  const child = spawn("mix", ["run", "--no-halt", "-e", `IO.puts("${READY}")`], {
    cwd,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said: string[] = [];
  const ready = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        said.push(line);
        said.splice(0, said.length - TAIL_LINES);
        if (line === READY) resolve();
      });
    }
  });
  const gone = once(child, "close").then(() => {
    throw failed("does not start", said.join("\n"));
  });
  await Promise.race([ready, gone]);
  gone.catch(() => undefined);
  return child;
}

/** The compiler must not take the name that the example is to have. */
function withoutName(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { ERL_AFLAGS: _, ...others } = env;
  return others;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, "close");
  child.kill("SIGKILL");
  await closed.catch((error: unknown) => {
    if (!isCode(error, /ESRCH/)) throw error;
  });
}

const failed = (what: string, said: string): CliError =>
  new CliError("CLI_DEMO_FAILED", `The example ${what} on this machine.`, {
    exit: EXIT.error,
    hint: `${said.trim()}\n\nWithout it: elixirscope demo --recording`,
  });

const broken = (what: string): CliError =>
  new CliError("CLI_DEMO_FAILED", `${what} of the demo did not come with this installation.`, {
    exit: EXIT.error,
    hint: "Install it again: npm install elixirscope",
  });
