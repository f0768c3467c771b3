import type { EventChoice } from "../../protocol/index.ts";
import { EXIT, usageError } from "../errors.ts";
import { fileJob } from "../file-job.ts";
import { counted } from "../format.ts";
import { existingFilePath, existingRecordingPath, newFilePath } from "../out-file.ts";
import { jsonLine } from "../output.ts";
import { openTarget } from "../target.ts";
import type { Context } from "../terminal.ts";
import { choicesOf, type ExportOptions, said } from "./export.ts";

// Formats that are made of the file itself, so that it has to be free.

/** The tables of a recording as Parquet files; DuckDB does it. */
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

/** A recording to give away: secrets overwritten, whole or in part. */
export async function exportRecording(
  context: Context,
  options: ExportOptions,
  version: string,
): Promise<number> {
  if (options.recording === undefined) {
    throw usageError(
      "A recording to give away is made of one that has ended: give --recording.",
      "End the one that is being made with Ctrl-C; --out keeps it.",
    );
  }
  if (options.out === undefined) throw usageError("--format recording makes a file: name it with --out.");
  const hidden = options.hide ?? [];
  for (const text of hidden) refuseBadPattern(text);
  const recording = await existingRecordingPath(options.recording);
  const out = await newFilePath(options.out);
  const choice = await choiceOf(context, recording, options);
  const words = options.redact ?? [];
  const job = { type: "share", recordings: [recording], out, choice, words, hidden, version } as const;
  const result = await fileJob(context, job);
  if (typeof result === "number") return result;
  const { events, overwritten = 0 } = result;
  if (options.json) {
    jsonLine(context.out, { format: options.format, out: options.out, events, overwritten });
    return events > 0 ? EXIT.ok : EXIT.notFound;
  }
  const code = said(context, options, events, "event");
  const { err } = context;
  err.line(err.color.dim(`Something was overwritten in ${counted(overwritten, "of them", "of them")}.`));
  return code;
}

function refuseBadPattern(text: string): void {
  const [, source, flags] = /^\/(.+)\/([ims]*)$/s.exec(text) ?? [];
  try {
    if (text === "") throw new SyntaxError("it is empty");
    if (source !== undefined) "".search(new RegExp(source, flags));
  } catch (error) {
    throw usageError(`--hide ${text} is no pattern: ${(error as Error).message}.`);
  }
}

/** Moments are counted from the recording's start or end, and a flow has its stretch of time: the recording is asked. */
async function choiceOf(context: Context, recording: string, options: ExportOptions): Promise<EventChoice> {
  const target = await openTarget(context, { recording, attach: {} });
  try {
    const { events } = await choicesOf(target.client, options);
    if (options.flow === undefined) return events;
    const { t, durationNs } = await target.client.call("flow", { flow: options.flow });
    const [from, to] = [t - AROUND_NS, t + durationNs + AROUND_NS];
    return {
      ...events,
      from: Math.max(from, events.from ?? from),
      to: Math.min(to, events.to ?? to),
    };
  } finally {
    await target.close();
  }
}

/** What comes before and after a flow belongs to it: messages on their way, what follows from it. */
const AROUND_NS = 1e9;
