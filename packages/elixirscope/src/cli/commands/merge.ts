import type { JobResult } from "../../daemon.ts";
import { EXIT, usageError } from "../errors.ts";
import { fileJob } from "../file-job.ts";
import { counted, formatNs } from "../format.ts";
import { existingFilePath, newMergedPath } from "../out-file.ts";
import { jsonLine } from "../output.ts";
import type { Context } from "../terminal.ts";

export interface MergeOptions {
  readonly out: string;
  readonly json?: boolean | undefined;
}

/** Makes one recording of several. */
export async function merge(
  context: Context,
  files: readonly string[],
  options: MergeOptions,
  version: string,
): Promise<number> {
  if (files.length < 2) throw usageError("A merge takes two recordings or more.");
  const out = await newMergedPath(options.out);
  const recordings: string[] = [];
  for (const file of files) recordings.push(await existingFilePath(file));
  const result = await fileJob(context, { type: "merge", recordings, out, version });
  if (typeof result === "number") return result;
  if (options.json) jsonLine(context.out, { out: options.out, ...result });
  else say(context, options.out, result);
  return EXIT.ok;
}

function say({ err }: Context, out: string, { events, nodes, clocks }: JobResult): void {
  const { color } = err;
  err.line(`${color.green("✔")} ${counted(events, "event")} of ${nodes.join(", ")} → ${out}`);
  for (const { from, to, messages, aheadNs } of clocks) {
    const told = `By ${counted(messages, "message")} the clock of ${to} is ahead of that of ${from} by at most ${formatNs(aheadNs)}.`;
    err.line(aheadNs < 0 ? color.yellow(told) : color.dim(told));
  }
}
