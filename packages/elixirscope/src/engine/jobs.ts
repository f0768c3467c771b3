import { type ChildProcess, fork } from "node:child_process";
import { rename, rm } from "node:fs/promises";
import { ElixirScopeError } from "../model/index.ts";
import type { EventChoice } from "../protocol/index.ts";
import type { ClockBound } from "../store/index.ts";
import { builtFile, revive } from "./engine-client.ts";
import type { PlainError } from "./messages.ts";

// Work on files of recordings that takes as long as it takes, in a process of its own: a damaged file may take that down.

/** A recording as a folder of Parquet files. */
export interface ParquetJob {
  readonly type: "parquet";
  readonly recordings: readonly string[];
  /** Must not exist. */
  readonly out: string;
  readonly choice: EventChoice;
}

/** Several recordings as one. */
export interface MergeJob {
  readonly type: "merge";
  readonly recordings: readonly string[];
  /** Must not exist. */
  readonly out: string;
  readonly version: string;
}

/** A recording to give away. */
export interface ShareJob {
  readonly type: "share";
  readonly recordings: readonly string[];
  /** Must not exist. */
  readonly out: string;
  readonly choice: EventChoice;
  readonly words: readonly string[];
  readonly hidden: readonly string[];
  readonly version: string;
}

export type Job = ParquetJob | MergeJob | ShareJob;

/** What the process is given: where to put what it makes, until it is whole. */
export type StartedJob = Job & { readonly part: string };

/** What a job came to. */
export interface JobResult {
  readonly events: number;
  /** Of a merge: the nodes that are in it, and what is known of their clocks. */
  readonly nodes: readonly string[];
  readonly clocks: readonly ClockBound[];
  /** Of a recording to give away: events in which something was overwritten. */
  readonly overwritten?: number;
}

export type FromJob =
  | { readonly type: "progress"; readonly text: string }
  | { readonly type: "done"; readonly result: JobResult }
  | { readonly type: "failed"; readonly error: PlainError };

export interface JobOptions {
  /** How far it is, for a person. */
  readonly onProgress: (text: string) => void;
  /** Gives it up. */
  readonly signal: AbortSignal;
}

/**
 * Does it, or leaves nothing behind.
 *
 * @throws ElixirScopeError as the store does; `STORE_DAMAGED` where a file took the process down; `ENGINE_STOPPED` where it
 * was given up
 */
export async function runJob(job: Job, options: JobOptions): Promise<JobResult> {
  const part = `${job.out}.part-${process.pid}`;
  try {
    const result = await finished(start({ ...job, part }), job, options);
    await rename(part, job.out);
    return result;
  } finally {
    for (const left of [part, `${part}.wal`, `${part}.tmp`]) await rm(left, { recursive: true, force: true });
  }
}

const start = (job: StartedJob): ChildProcess =>
  fork(builtFile(new URL("./job-worker.js", import.meta.url)), [JSON.stringify(job)], {
    serialization: "advanced",
    execArgv: [],
  });

function finished(child: ChildProcess, job: Job, { onProgress, signal }: JobOptions): Promise<JobResult> {
  const giveUp = (): void => void child.kill("SIGKILL");
  signal.addEventListener("abort", giveUp);
  let end: Extract<FromJob, { type: "done" | "failed" }> | undefined;
  return new Promise<JobResult>((resolve, reject) => {
    child.on("message", (message: FromJob) => {
      if (message.type === "progress") onProgress(message.text);
      else end = message;
    });
    child.once("error", reject);
    child.once("exit", (code, killed) => {
      if (end?.type === "done") resolve(end.result);
      else if (end) reject(revive(end.error));
      else reject(signal.aborted ? givenUp() : takenDown(job, killed ?? `exit code ${code}`));
    });
  }).finally(() => signal.removeEventListener("abort", giveUp));
}

const givenUp = (): ElixirScopeError => new ElixirScopeError("ENGINE_STOPPED", "It was given up.");

function takenDown({ recordings }: Job, how: string): ElixirScopeError {
  const files = recordings.join(" or ");
  return new ElixirScopeError(
    "STORE_DAMAGED",
    `${files} is damaged: it cannot be read. (The process that read it ended with ${how}.)`,
    { files },
  );
}
