import type { AttachInput, Status } from "../../protocol/index.ts";
import { tellingWaits } from "../attach-wait.ts";
import { auditWarning } from "../audit-warning.ts";
import { canBrowse } from "../browser.ts";
import { EXIT, usageError } from "../errors.ts";
import { counted } from "../format.ts";
import { exitCodeOfSignal, type Interrupt, watchInterrupts } from "../interrupt.ts";
import type { KeepOptions } from "../keep-options.ts";
import { NodeNews } from "../node-news.ts";
import { attachTo } from "../nodes.ts";
import { recordingBytes } from "../out-file.ts";
import { jsonLine, printError } from "../output.ts";
import { recordingText, type Summary, statusLine, summaryText } from "../report.ts";
import { connectionLost, type Ending, live, type Session, startSession } from "../session.ts";
import { type StatusDisplay, statusDisplay } from "../status-display.ts";
import type { Context } from "../terminal.ts";
import { type AttachOptions, attachInput } from "./attach-options.ts";

export interface LiveCommandOptions extends AttachOptions, KeepOptions {
  readonly out?: string | undefined;
  /** Milliseconds. */
  readonly for?: number | undefined;
  readonly port?: number | undefined;
  readonly open?: boolean | undefined;
  readonly json?: boolean | undefined;
  /** Called once ElixirScope is up, right before it attaches: how the node is reached may be known only then. */
  readonly onReady?: ((input: AttachInput) => Promise<AttachInput>) | undefined;
}

/** Attaches to a node and stays until the time is over or Ctrl-C. */
export async function runLive(
  context: Context,
  given: string | undefined,
  options: LiveCommandOptions,
): Promise<number> {
  if (given === undefined && options.profile === undefined)
    throw usageError("Say which node.", "Name it, or a profile: elixirscope attach my_app@127.0.0.1");
  const input = await attachInput(context, given ?? "", options);
  const { node } = input;
  const interrupt = watchInterrupts();
  const display = statusDisplay(context.err);
  const session = await startSession(context, options);
  try {
    // The line would be in the way of what a tunnel has to ask.
    if (!options.json && !input.way?.ssh) display.show(`Attaching to ${node} …`);
    const reached = options.onReady === undefined ? input : await options.onReady(input);
    const attaching = tellingWaits(session.daemon, attachTo(context, session.daemon, reached), (sentence) =>
      options.json ? undefined : display.above(sentence),
    );
    const status = await Promise.race([attaching, interrupt.promise]);
    if (typeof status === "string") {
      attaching.catch(() => undefined);
      return exitCodeOfSignal(status);
    }
    await session.announce(status.nodes[0]?.name ?? node);
    await greet(context, display, session, status, options);
    const ending = await watch(context, display, session, interrupt, options);
    return await finish(context, display, session, ending, interrupt, options);
  } finally {
    display.clear();
    await session.close();
    interrupt.dispose();
  }
}

async function greet(
  context: Context,
  display: StatusDisplay,
  session: Session,
  status: Status,
  options: LiveCommandOptions,
): Promise<void> {
  display.clear();
  const { url, port } = session.daemon;
  const node = status.nodes[0];
  if (options.json) {
    jsonLine(context.out, { url, port, node: node?.name ?? null, recording: session.recording });
  } else {
    const { color } = context.err;
    context.err.line(`${color.green("✔")} ${describeNode(status, color.bold)}`);
    // `record` has no --open: nobody asked for a UI.
    if (options.open !== undefined) context.out.line(`  ${context.out.color.cyan(url)}`);
  }
  if (options.open && !options.json && canBrowse(context)) await session.browse();
}

/** `Attached to hello@127.0.0.1 · OTP 25 · Elixir 1.14.0 · 98 processes · level observe`. */
export function describeNode(status: Status, bold: (text: string) => string): string {
  const node = status.nodes[0];
  if (!node) return "Attached";
  const parts = [
    `Attached to ${status.nodes
      .filter(({ state }) => state === "connected")
      .map(({ name }) => bold(name))
      .join(", ")}`,
    `OTP ${node.otp}`,
    ...(node.elixir === "" ? [] : [`Elixir ${node.elixir}`]),
    // The snapshot may still be on its way.
    ...(status.processesAlive === 0 ? [] : [counted(status.processesAlive, "process", "processes")]),
    `level ${node.level}`,
  ];
  return parts.join(" · ");
}

async function watch(
  context: Context,
  display: StatusDisplay,
  session: Session,
  interrupt: Interrupt,
  options: LiveCommandOptions,
): Promise<Ending> {
  const news = new NodeNews();
  let trouble = "";
  let unwritten = "";
  const onStatus = (status: Status): void => {
    const warning = auditWarning(status);
    if (warning !== unwritten) {
      unwritten = warning;
      display.above(context.err.color.yellow(warning || "The audit log is being written again."));
    }
    if (options.json) return;
    for (const line of news.of(status)) display.above(context.err.color.yellow(line));
    if (status.storeTrouble !== trouble) {
      trouble = status.storeTrouble;
      display.above(context.err.color.yellow(trouble || "What was recorded is being stored again."));
    }
    const size = options.out === undefined ? undefined : recordingBytes(options.out);
    display.show(statusLine(status, context.err.columns, context.err.color, size));
  };
  const ending = await live(session.daemon, {
    interrupt,
    forMs: options.for,
    onStatus,
  });
  if (!options.json) display.show("Ending … (Ctrl-C again ends at once)");
  return ending;
}

async function finish(
  context: Context,
  display: StatusDisplay,
  session: Session,
  ending: Ending,
  interrupt: Interrupt,
  options: LiveCommandOptions,
): Promise<number> {
  const status = await session.daemon.call("status", {});
  const summary = await session.finish();
  display.clear();
  // A node that went away is looked for until the end: it may have been restarted.
  const isLost = !status.nodes.some(({ state }) => state === "connected");
  const lost = isLost && status.nodes.at(-1)?.state === "disconnected" ? connectionLost(status) : undefined;
  if (lost) printError(context, lost, options.json === true);
  printSummary(context, summary, options.json === true);
  if (lost) return lost.exit;
  const signal = interrupt.caught();
  // Ctrl-C is how a session without --for ends; one that was to last longer was cut short.
  if (ending === "interrupt" && options.for !== undefined && signal) return exitCodeOfSignal(signal);
  return EXIT.ok;
}

function printSummary(context: Context, summary: Summary, json: boolean): void {
  if (json) {
    jsonLine(context.out, summary);
    return;
  }
  const { err } = context;
  err.line(summaryText(summary, err.color));
  err.line(recordingText(summary, err.color));
}
