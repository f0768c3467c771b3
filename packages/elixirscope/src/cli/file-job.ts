import type { Job, JobResult } from "../daemon.ts";
import { exitCodeOfSignal, watchInterrupts } from "./interrupt.ts";
import { statusDisplay } from "./status-display.ts";
import type { Context } from "./terminal.ts";

/** Does a job on files and shows how far it is; after Ctrl-C nothing of it stays. @returns the exit code of a signal */
export async function fileJob(context: Context, job: Job): Promise<JobResult | number> {
  const { runFileJob } = await import("../daemon.ts");
  const interrupt = watchInterrupts();
  const display = statusDisplay(context.err);
  const abort = new AbortController();
  void interrupt.promise.then(() => abort.abort());
  try {
    return await runFileJob(job, {
      onProgress: (text) => display.show(`${text} … · Ctrl-C ends`),
      signal: abort.signal,
    });
  } catch (error) {
    const signal = interrupt.caught();
    if (signal) return exitCodeOfSignal(signal);
    throw error;
  } finally {
    display.clear();
    interrupt.dispose();
  }
}
