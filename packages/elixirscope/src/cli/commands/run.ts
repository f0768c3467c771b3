import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import type { AttachInput, Status } from "../../protocol/index.ts";
import { tellingWaits } from "../attach-wait.ts";
import { auditWarning } from "../audit-warning.ts";
import { canBrowse } from "../browser.ts";
import { userCookie } from "../cookie.ts";
import { CliError, isCode, messageOf } from "../errors.ts";
import { jsonLine, printError } from "../output.ts";
import { recordingText, summaryText } from "../report.ts";
import { startedNode } from "../run-node.ts";
import { planRun, type RunPlan } from "../run-plan.ts";
import { isUnknownNode, type Session, startSession } from "../session.ts";
import type { Context } from "../terminal.ts";
import { recordedInput } from "./attach-options.ts";
import { describeNode, type LiveCommandOptions } from "./live.ts";

export interface RunOptions extends LiveCommandOptions {
  /** `false`: the node does not wait for us in its boot. */
  readonly hold?: boolean | undefined;
}

/** Long enough for a slow machine to attach; a node that we never reach goes on by itself after it. */
const HOLD_MS = 5_000;
const RETRY_MS = 5;
/** How often it is looked what the command has started: what a look costs is little, but not nothing. */
const LOOK_MS = 100;

/** Runs a command whose Erlang node is watched from its boot on. Its exit code is ours. */
export async function run(
  context: Context,
  command: readonly string[],
  options: RunOptions,
): Promise<number> {
  const recorded = recordedInput(options);
  const plan = planRun({ command, env: context.env, holdMs: options.hold === false ? 0 : HOLD_MS });
  const cookie = plan.cookie ?? (await userCookie(context.env));
  const session = await startSession(context, options);
  const signals = forwardSignals(context);
  try {
    const child = await start(command, plan);
    signals.to(child);
    const ended = exitOf(child);
    await session.announce(plan.node);
    const input: AttachInput = {
      node: plan.node,
      cookie,
      ...recorded,
      ...(plan.held === undefined ? {} : { heldBoot: plan.held }),
    };
    const attaching = tellingWaits(session.daemon, attachWhenUp(session, input, child, plan), (sentence) =>
      options.json ? undefined : say(context, sentence),
    );
    const greeted = attaching.then(async (status) => {
      const [node] = status?.nodes ?? [];
      if (node && node.name !== plan.node) await session.announce(node.name);
      await greet(context, session, status, options);
    });
    await Promise.race([ended, greeted]).catch((error: unknown) => sayNotAttached(context, error, options));
    const code = await ended;
    await sayEnd(context, session, options);
    return code;
  } finally {
    signals.dispose();
    await session.close();
  }
}

async function start(command: readonly string[], plan: RunPlan): Promise<ChildProcess> {
  const [file, ...args] = command;
  const child = spawn(file ?? "", args, { stdio: "inherit", env: plan.env });
  try {
    await once(child, "spawn");
    return child;
  } catch (cause) {
    // 127 and 126: what shells, env and timeout exit with then.
    const missing = isCode(cause, /ENOENT/);
    throw new CliError(
      "CLI_COMMAND_FAILED",
      missing ? `There is no command ${file}.` : `${file} cannot be started: ${messageOf(cause)}.`,
      { exit: missing ? 127 : 126, hint: missing ? "Is it installed and in the PATH?" : "" },
    );
  }
}

/** The exit code, or 128 and the signal as a shell gives it. */
async function exitOf(child: ChildProcess): Promise<number> {
  const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
  return code ?? 128 + (signal ? constants.signals[signal] : 0);
}

/**
 * Tries until EPMD knows the node or the command is over. Anything but "not there yet" is an error. What node that is the plan
 * knows, unless a script in between has had a say.
 */
async function attachWhenUp(
  session: Session,
  planned: AttachInput,
  child: ChildProcess,
  plan: RunPlan,
): Promise<Status | undefined> {
  let input = planned;
  let looked = performance.now();
  while (child.exitCode === null && child.signalCode === null) {
    try {
      return await session.daemon.call("attach", input);
    } catch (error) {
      const isRefused = isCode(error, /COOKIE_REJECTED/);
      if (!isRefused && !isUnknownNode(error)) throw error;
      if (isRefused || performance.now() - looked > LOOK_MS) {
        const actual = { ...planned, ...(await startedNode(plan.mark)) };
        if (isRefused && actual.cookie === input.cookie) throw error;
        input = actual;
        looked = performance.now();
      }
      await delay(RETRY_MS);
    }
  }
  return undefined;
}

async function greet(
  context: Context,
  session: Session,
  status: Status | undefined,
  options: RunOptions,
): Promise<void> {
  if (!status) return;
  const { err } = context;
  const { url, port } = session.daemon;
  if (status.auditTrouble) say(context, err.color.yellow(auditWarning(status)));
  if (options.json) {
    jsonLine(err, { url, port, node: status.nodes[0]?.name ?? null, recording: session.recording });
  } else {
    say(context, `${err.color.green("✔")} ElixirScope: ${describeNode(status, err.color.bold)}`);
    say(context, `  ${err.color.cyan(url)}`);
  }
  if (options.open && !options.json && canBrowse(context)) await session.browse();
}

/** A line to a terminal that the command may have set to raw mode (iex does), where a newline alone only goes down. */
const say = ({ err }: Context, text: string): void => err.write(err.isTTY ? `\r${text}\r\n` : `${text}\n`);

/** The command goes on without us: what it does matters more than that it is watched. */
function sayNotAttached(context: Context, error: unknown, options: RunOptions): void {
  if (!options.json) say(context, "ElixirScope does not watch this command:");
  printError({ ...context, out: context.err }, error, options.json === true);
}

async function sayEnd(context: Context, session: Session, options: RunOptions): Promise<void> {
  const watched = (await session.daemon.call("status", {})).nodes.length > 0;
  const summary = await session.finish();
  const { err } = context;
  if (options.json) {
    jsonLine(err, summary);
    return;
  }
  if (!watched) {
    say(context, "ElixirScope: the command started no Erlang node that could be watched.");
    return;
  }
  say(context, `ElixirScope: ${summaryText(summary, err.color)}`);
  err.line(recordingText(summary, err.color));
}

interface Forwarding {
  to(child: ChildProcess): void;
  dispose(): void;
}

/**
 * We end when the command does. A terminal sends Ctrl-C to both of us, so that the command has it already; without a
 * terminal it was meant for us alone, and is handed on. The other signals are always for one process.
 */
function forwardSignals(context: Context): Forwarding {
  let child: ChildProcess | undefined;
  const forward = (signal: NodeJS.Signals): void => void child?.kill(signal);
  const interrupt = (): void => {
    if (!context.stdinIsTTY) forward("SIGINT");
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", forward);
  process.on("SIGHUP", forward);
  return {
    to: (started) => {
      child = started;
    },
    dispose: () => {
      process.off("SIGINT", interrupt);
      process.off("SIGTERM", forward);
      process.off("SIGHUP", forward);
    },
  };
}
