import { rm } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { Daemon } from "../daemon.ts";
import { isClickHouse, type Status, type Surface } from "../protocol/index.ts";
import { openBrowser } from "./browser.ts";
import { launch } from "./client.ts";
import { CliError, EXIT, isCode } from "./errors.ts";
import type { Interrupt } from "./interrupt.ts";
import { type KeepOptions, keepOf } from "./keep-options.ts";
import { newRecordingPath } from "./out-file.ts";
import { type Summary, summaryOf } from "./report.ts";
import { writeRuntimeFile } from "./runtime-file.ts";
import type { Context } from "./terminal.ts";

/** An ElixirScope of our own, known to other commands through its runtime file. */
export interface Session {
  readonly daemon: Daemon;
  /** Absolute path of the recording; null while it is temporary. */
  readonly recording: string | null;
  /** Says to other commands which node this one is about. */
  announce(node: string | null): Promise<void>;
  browse(): Promise<void>;
  /** Detaches, flushes, closes, and tells what it amounted to. */
  finish(): Promise<Summary>;
  /** Only closes; after an error, or where a summary says nothing. */
  close(): Promise<void>;
}

export interface SessionOptions extends KeepOptions {
  readonly out?: string | undefined;
  /** A recording to look at, instead of attaching. */
  readonly opened?: string | undefined;
  readonly port?: number | undefined;
  /** More words that make a key secret; false: secrets are recorded as they are. */
  readonly redact?: readonly string[] | false | undefined;
  /** Who asks; default: a command. */
  readonly surface?: Surface | undefined;
}

export async function startSession(context: Context, options: SessionOptions): Promise<Session> {
  const out = options.out === undefined ? undefined : await newRecordingPath(options.out);
  const keep = keepOf(options);
  const daemon = await launch({
    ...(keep === undefined ? {} : { keep }),
    ...(out === undefined ? {} : { recording: out }),
    ...(options.opened === undefined ? {} : { open: options.opened }),
    ...(options.port === undefined ? {} : { port: options.port }),
    ...(options.redact === undefined ? {} : { redaction: options.redact }),
    ...(options.surface === undefined ? {} : { surface: options.surface }),
  });
  const recording = out ?? options.opened ?? null;
  const cleanups: (() => Promise<void>)[] = [() => stopped(daemon, out)];
  const close = async (): Promise<void> => {
    // The files first: nobody should find a server that is going away.
    for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
  };
  return {
    daemon,
    recording,
    close,
    announce: async (node) => {
      const { port, token } = daemon;
      const startedAt = new Date().toISOString();
      cleanups.push(
        await writeRuntimeFile(context.env, { pid: process.pid, port, token, node, recording, startedAt }),
      );
    },
    browse: async () => {
      cleanups.push(await openBrowser(daemon.url, context.env));
    },
    finish: async () => {
      const summary = await detachAndSum(daemon, out ?? null);
      await close();
      return summary;
    },
  };
}

/** A recording into which nothing came, since no node could be attached, goes: the next try shall find its name free. */
async function stopped(daemon: Daemon, out: string | undefined): Promise<void> {
  const status = out === undefined ? undefined : await daemon.call("status", {}).catch(() => undefined);
  await daemon.stop();
  if (out !== undefined && status && status.nodes.length === 0 && status.events === 0) await discard(out);
}

async function discard(recording: string): Promise<void> {
  if (!isClickHouse(recording)) return rm(recording, { force: true });
  const { dropRecording } = await import("../daemon.ts");
  return dropRecording(recording);
}

async function detachAndSum(daemon: Daemon, recording: string | null): Promise<Summary> {
  // A node that went down by itself is detached already; what was recorded of it is what counts here.
  const status = await daemon.call("detach", {}).catch(() => daemon.call("status", {}));
  const { total } = await daemon.call("processes", { limit: 1 });
  return summaryOf(status, total, recording);
}

/** Why a live session came to its end. */
export type Ending = "time" | "interrupt";

export interface LiveOptions {
  readonly interrupt: Interrupt;
  /** Ends by itself after this long, counted from the call. */
  readonly forMs?: number | undefined;
  readonly onStatus: (status: Status) => void;
}

/** Waits until the time is over, a signal comes or the node ends; hands on every status until then. */
export async function live(daemon: Daemon, options: LiveOptions): Promise<Ending> {
  const done = new AbortController();
  const interrupted = options.interrupt.promise.then((): Ending => "interrupt");
  const timeOver =
    options.forMs === undefined
      ? []
      : [delay(options.forMs, undefined, { signal: done.signal }).then((): Ending => "time")];
  const stopListening = daemon.onPush((push) => options.onStatus(push.status));
  try {
    options.onStatus(await daemon.call("status", {}));
    return await Promise.race([interrupted, ...timeOver]);
  } finally {
    done.abort();
    stopListening();
  }
}

/** The error for a node that went away while it was recorded; what it was recorded until then is kept. */
export const connectionLost = (status: Status): CliError =>
  new CliError(
    "CLI_NODE_LOST",
    `The connection to ${status.nodes.at(-1)?.name ?? "the node"} was lost and did not come back: ${status.nodes.at(-1)?.reason || "no reason given"}.`,
    { exit: EXIT.lost },
  );

/** Is this the error of a node that EPMD does not know (yet)? */
export const isUnknownNode = (error: unknown): boolean => isCode(error, /NODE_UNKNOWN|UNREACHABLE/);
