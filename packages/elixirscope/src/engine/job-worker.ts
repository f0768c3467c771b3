import { type EventFilter, exportParquet, openDuckDbStore } from "../store/index.ts";
import { damageOf } from "./damage.ts";
import type { FromJob, JobResult, ParquetJob, StartedJob } from "./jobs.ts";
import { plainError } from "./messages.ts";
import { Recorder } from "./recorder.ts";

// The process of a job: see jobs.ts.

const say = (message: FromJob): void => void process.send?.(message, undefined, undefined, () => undefined);

// The terminal's signals go to both of us; ElixirScope says what is to become of it.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);
process.on("disconnect", () => process.exit(0));

async function parquet(recording: string, part: string, choice: ParquetJob["choice"]): Promise<JobResult> {
  const filter = await filterOf(recording, choice);
  const onTable = (table: string): void => say({ type: "progress", text: table });
  return { events: await exportParquet({ recording, folder: part, filter, onTable }) };
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

const { recordings, part, choice } = JSON.parse(process.argv[2]!) as StartedJob;
const [first = ""] = recordings;
try {
  say({ type: "done", result: await parquet(first, part, choice) });
} catch (error) {
  say({ type: "failed", error: plainError(damageOf(first, error)) });
}
process.disconnect();
