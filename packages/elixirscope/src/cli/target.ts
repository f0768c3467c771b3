import { type AttachInput, SCHEMA_VERSION, type Status, type Way } from "../protocol/index.ts";
import { tellingWaits } from "./attach-wait.ts";
import { auditWarning } from "./audit-warning.ts";
import { type Client, httpClient, launch } from "./client.ts";
import { CliError, EXIT, usageError } from "./errors.ts";
import { attachTo, findNodes, isNode, noNodes } from "./nodes.ts";
import { existingRecordingPath } from "./out-file.ts";
import { type RuntimeEntry, readRuntimeFiles } from "./runtime-file.ts";
import type { Context } from "./terminal.ts";

/** Whom a question goes to, and what is to be done when it is answered. */
export interface Target {
  readonly client: Client;
  /** `running`: an ElixirScope that goes on without us; `brief`: attached only for this question. */
  readonly kind: "running" | "recording" | "brief";
  close(): Promise<void>;
}

export interface TargetOptions {
  readonly node?: string | undefined;
  readonly recording?: string | undefined;
  /** How to attach where nothing runs; the node is filled in. */
  readonly attach: Omit<AttachInput, "node">;
  /** See {@link AttachOptions}; for an ElixirScope started for this question only. */
  readonly redact?: readonly string[] | false | undefined;
}

/** The recording that was named, else a running ElixirScope, else one of our own for the moment. */
export async function openTarget(context: Context, options: TargetOptions): Promise<Target> {
  if (options.recording !== undefined) {
    if (options.node !== undefined) throw usageError("Give either a node or --recording, not both.");
    return recordingTarget(options.recording);
  }
  const running = await findRunning(context.env, options.node);
  if (running) return { client: httpClient(running), kind: "running", close: async () => undefined };
  return briefTarget(context, options);
}

async function recordingTarget(file: string): Promise<Target> {
  const daemon = await launch({ open: await existingRecordingPath(file) });
  return { client: daemon, kind: "recording", close: () => daemon.stop() };
}

async function briefTarget(context: Context, options: TargetOptions): Promise<Target> {
  const redaction = options.redact;
  const daemon = await launch(redaction === undefined ? {} : { redaction });
  try {
    const node = options.node ?? (await onlyNode(context, daemon, options.attach.way));
    const attaching = attachTo(context, daemon, { ...options.attach, node });
    const status = await tellingWaits(daemon, attaching, (sentence) => context.err.line(sentence));
    if (status.auditTrouble) context.err.line(context.err.color.yellow(auditWarning(status)));
    return { client: daemon, kind: "brief", close: () => daemon.stop() };
  } catch (error) {
    await daemon.stop();
    throw error;
  }
}

async function onlyNode(context: Context, client: Client, way: Way | undefined): Promise<string> {
  const nodes = (await findNodes(context, client, way)).map(({ name }) => name);
  if (nodes.length === 0) throw await noNodes(context.env);
  const [only, ...others] = nodes;
  if (only !== undefined && others.length === 0) return only;
  throw usageError("There are several nodes; say which one.", nodes.map((name) => `  ${name}`).join("\n"));
}

/** How long a running ElixirScope may take to say that it lives, on a busy machine too; one that has ended refuses at once. */
const ALIVE_MS = 10_000;

/**
 * The running ElixirScope that is meant: the one of this node, or the only one.
 * @returns `undefined` where there is none
 */
export async function findRunning(env: NodeJS.ProcessEnv, node?: string): Promise<RuntimeEntry | undefined> {
  const entries = await readRuntimeFiles(env);
  const answers = await Promise.all(
    entries.map((entry) =>
      httpClient(entry, ALIVE_MS)
        .call("status", {})
        .catch(() => undefined),
    ),
  );
  const ours = answers.map((status) => (status?.schemaVersion === SCHEMA_VERSION ? status : undefined));
  const alive = entries.filter(
    (entry, i) => ours[i] && (node === undefined || isAbout(entry, ours[i], node)),
  );
  const other = answers.find((status, i) => status && !ours[i]);
  if (alive.length === 0 && other) throw otherVersion(other);
  if (node !== undefined || alive.length <= 1) return alive[0];
  throw usageError(
    "Several ElixirScopes are running; say which node is meant.",
    alive.map((entry) => `  ${entry.node ?? entry.recording ?? `process ${entry.pid}`}`).join("\n"),
  );
}

/** Of several nodes, each will do as its name. */
const isAbout = (entry: RuntimeEntry, { nodes }: Status, node: string): boolean =>
  (entry.node !== null && isNode(entry.node, node)) ||
  nodes.some(({ name, state }) => state !== "recording" && state !== "ended" && isNode(name, node));

/** One that was started before an update, or by another installation. */
const otherVersion = ({ version, schemaVersion }: Status): CliError =>
  new CliError(
    "CLI_OTHER_VERSION",
    `The ElixirScope that runs is version ${version}, which speaks another protocol (${schemaVersion}) than this command (${SCHEMA_VERSION}).`,
    { exit: EXIT.refused, hint: "End it and start it again with this version, or ask it with its own." },
  );

/** For commands that make sense only while one runs. */
export const notRunning = (node?: string): CliError =>
  new CliError("CLI_NOT_RUNNING", `No ElixirScope is attached${node === undefined ? "" : ` to ${node}`}.`, {
    exit: EXIT.notFound,
    hint: "Start one: elixirscope attach NODE",
  });
