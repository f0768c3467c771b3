import type { EventChoice } from "../../protocol/index.ts";
import { usageError } from "../errors.ts";
import { fileJob } from "../file-job.ts";
import { existingFilePath, newFilePath } from "../out-file.ts";
import { openTarget } from "../target.ts";
import type { Context } from "../terminal.ts";
import { choicesOf, type ExportOptions, said } from "./export.ts";

/** The tables of a recording as Parquet files. DuckDB does it, so the file has to be free. */
export async function exportParquet(context: Context, options: ExportOptions): Promise<number> {
  if (options.recording === undefined) {
    throw usageError(
      "Parquet files are made of a recording that has ended: give --recording.",
      "Of one that is being made: elixirscope export --format ndjson.",
    );
  }
  if (options.out === undefined) throw usageError("--format parquet makes a folder: name it with --out.");
  const recording = await existingFilePath(options.recording);
  const out = await newFilePath(options.out);
  const choice = await choiceOf(context, recording, options);
  const result = await fileJob(context, { type: "parquet", recordings: [recording], out, choice });
  return typeof result === "number" ? result : said(context, options, result.events, "event");
}

/** Moments are counted from the recording's start or end, which it has to be asked for. */
async function choiceOf(context: Context, recording: string, options: ExportOptions): Promise<EventChoice> {
  const target = await openTarget(context, { recording, attach: {} });
  try {
    return (await choicesOf(target.client, options)).events;
  } finally {
    await target.close();
  }
}
