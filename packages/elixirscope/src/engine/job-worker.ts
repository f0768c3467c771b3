import { type EventFilter, exportParquet, mergeRecordings, openDuckDbStore } from "../store/index.ts";
import { damageOf } from "./damage.ts";
import type { FromJob, JobResult, MergeJob, ParquetJob, ShareJob, StartedJob } from "./jobs.ts";
import { writeCheckpoints } from "./merged-checkpoints.ts";
import { plainError } from "./messages.ts";
import { Recorder } from "./recorder.ts";
import { shareRecording } from "./share.ts";

// The process of a job: see jobs.ts.

const say = (message: FromJob): void => void process.send?.(message, undefined, undefined, () => undefined);

// The terminal's signals go to both of us; ElixirScope says what is to become of it.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);
process.on("disconnect", () => process.exit(0));

async function parquet({ recordings, part, choice }: StartedJob & ParquetJob): Promise<JobResult> {
  const recording = recordings[0]!;
  try {
    const filter = await filterOf(recording, choice);
    const onTable = (table: string): void => say({ type: "progress", text: table });
    const events = await exportParquet({ recording, folder: part, filter, onTable });
    return { events, nodes: [], clocks: [] };
  } catch (error) {
    throw damageOf(recording, error);
  }
}

async function merge({ recordings, part, version }: StartedJob & MergeJob): Promise<JobResult> {
  const onProgress = (text: string): void => say({ type: "progress", text });
  const { stretches, ...result } = await mergeRecordings({ recordings, out: part, version, onProgress });
  await writeCheckpoints(part, stretches);
  return result;
}

async function share(job: StartedJob & ShareJob): Promise<JobResult> {
  const recording = job.recordings[0]!;
  try {
    const onProgress = (text: string): void => say({ type: "progress", text });
    const result = await shareRecording({ ...job, recording, out: job.part, onProgress });
    return { ...result, clocks: [] };
  } catch (error) {
    throw damageOf(recording, error);
  }
}

function run(job: StartedJob): Promise<JobResult> {
  switch (job.type) {
    case "merge":
      return merge(job);
    case "share":
      return share(job);
    case "parquet":
      return parquet(job);
  }
}

/** Names of processes and functions are those of the recording. */
async function filterOf(recording: string, choice: ParquetJob["choice"]): Promise<EventFilter> {
  const store = await openDuckDbStore(recording, { mode: "read" });
  try {
    return (await Recorder.open(store)).query.filter(choice);
  } finally {
    await store.close();
  }
}

const job = JSON.parse(process.argv[2]!) as StartedJob;
try {
  say({ type: "done", result: await run(job) });
} catch (error) {
  say({ type: "failed", error: plainError(error) });
}
process.disconnect();
