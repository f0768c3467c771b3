import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  auditFile,
  EngineClient,
  type EngineOptions,
  type Job,
  type JobOptions,
  type JobResult,
  runJob,
} from "./engine/index.ts";
import type { Asker } from "./mcp/index.ts";
import type { Caller, Input, MethodName, Output, Push, Surface } from "./protocol/index.ts";
import { startServer } from "./server/index.ts";

// The one place that puts engine and server together; the CLI starts it, nobody else.

export type { AuditEntry, Job, JobResult } from "./engine/index.ts";
export { auditFile, dropRecording, type RecordingEntry, readAudit, recordings } from "./engine/index.ts";

export interface DaemonOptions {
  /** 0 or absent: a free one. */
  readonly port?: number;
  /** File to record into, or `clickhouse:NAME`; absent: a temporary one that is deleted at stop. */
  readonly recording?: string;
  /** Recording to show, in place of making one. */
  readonly open?: string;
  /** More words that make a key secret; `false`: secrets are recorded as they are. See `EngineOptions.redaction`. */
  readonly redaction?: readonly string[] | false;
  /** How much of the recording is kept while it goes on; absent: all of it. See `EngineOptions.keep`. */
  readonly keep?: EngineOptions["keep"];
  /** Who asks through `call`, for the audit log. Default `cli`. */
  readonly surface?: Surface;
  /** Folder of the built UI; default: the one that comes with ElixirScope. */
  readonly webRoot?: string;
}

export interface Daemon {
  /** For a person's browser; the token is in the fragment, which browsers send nowhere. */
  readonly url: string;
  readonly port: number;
  readonly token: string;
  call<M extends MethodName>(method: M, input: Input<M>): Promise<Output<M>>;
  onPush(listener: (push: Push) => void): () => void;
  /** Detaches, brings everything to disk, closes the recording and the port. */
  stop(): Promise<void>;
}

/** @throws ElixirScopeError as engine and server do: files that cannot be made or read, a port that is taken */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const engine = await EngineClient.start({
    version: ownVersion(),
    ...(options.recording === undefined ? {} : { recording: options.recording }),
    ...(options.open === undefined ? {} : { open: options.open }),
    ...(options.redaction === undefined ? {} : { redaction: options.redaction }),
    ...(options.keep === undefined ? {} : { keep: options.keep }),
    audit: { file: auditFile(process.env), required: isSet(process.env.ELIXIRSCOPE_REQUIRE_AUDIT) },
  });
  const by: Caller = { surface: options.surface ?? "cli" };
  const server = await startServer({
    engine,
    webRoot: options.webRoot ?? defaultWebRoot(),
    mcp: lazyMcp(engine),
    ...(options.port === undefined ? {} : { port: options.port }),
  }).catch(async (error: unknown) => {
    await engine.stop();
    throw error;
  });
  return {
    url: `http://127.0.0.1:${server.port}/#token=${server.token}`,
    port: server.port,
    token: server.token,
    call: (method, input) => engine.call(method, input, undefined, by),
    onPush: (listener) => engine.onPush(listener),
    stop: async () => {
      await engine.stop();
      await server.close();
    },
  };
}

/** Work on files of recordings that takes long. @throws ElixirScopeError as the store does */
export const runFileJob = (job: Job, options: JobOptions): Promise<JobResult> => runJob(job, options);

/** Loaded when somebody speaks it: most never do. */
function lazyMcp(engine: EngineClient): (request: Request) => Promise<Response> {
  let handler: Promise<(request: Request) => Promise<Response>> | undefined;
  const asker: Asker = {
    call: (method, input) => engine.call(method, input, undefined, { surface: "mcp" }),
  };
  return async (request) => {
    handler ??= import("./mcp/index.ts").then(({ mcpOverHttp }) => mcpOverHttp(asker, ownVersion()));
    return (await handler)(request);
  };
}

/** The Model Context Protocol over standard input and output, until the client closes its end. */
export async function serveMcp(asker: Asker): Promise<void> {
  const { mcpOverStdio } = await import("./mcp/index.ts");
  await mcpOverStdio(asker, ownVersion());
}

const isSet = (value: string | undefined): boolean => value !== undefined && value !== "" && value !== "0";

/** The version of this package. */
function ownVersion(): string {
  const text = readFileSync(fileURLToPath(new URL("../package.json", import.meta.url)), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}

/** Beside the package in a checkout, inside of it when installed. */
function defaultWebRoot(): string {
  const places = ["../../../web/dist", "../web"].map((path) => fileURLToPath(new URL(path, import.meta.url)));
  return places.find((path) => existsSync(path)) ?? places[0]!;
}
