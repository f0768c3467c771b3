import { type Command, Option } from "commander";
import type { ExportOptions } from "./commands/export.ts";
import type { MergeOptions } from "./commands/merge.ts";
import { FORMAT_NAMES } from "./export/formats.ts";
import { filterOptions } from "./filter-options.ts";
import { collect, countOption } from "./option-parsers.ts";
import type { Context } from "./terminal.ts";

/** How `program.ts` makes a command. */
export interface ExportDefinition {
  readonly define: (usage: string, summary: string) => Command;
  readonly done: (running: Promise<number>) => Promise<void>;
  /** Of ElixirScope. */
  readonly version: string;
}

/** Commands that make other files of recordings. */
export function defineExport({ define, done, version }: ExportDefinition, context: Context): void {
  filterOptions(define("export", "write what was recorded in a form that other programs read"))
    .addOption(
      new Option("--format <format>", "what to write").choices(FORMAT_NAMES).makeOptionMandatory(true),
    )
    .option("--recording <file>", "of a recording")
    .option("--node <node>", "of the ElixirScope that is attached to this node, where several run")
    .option("-o, --out <file>", "write into this file, of parquet a folder (default: standard output)")
    .option("--endpoint <url>", "of otlp: send to this receiver instead, such as http://127.0.0.1:4318")
    .option("--match <pattern>", "only events with such a term: '%{user_id: 42}'")
    .option("--text <text>", "only events in whose term, as it prints, this stands")
    .option("--flow <flow>", "only this flow, such as f-12")
    .option("--entry <text>", "only flows whose entry point contains this")
    .option("--failed", "only flows in which a process crashed")
    .option("-n, --limit <n>", "of a diagram at most so many messages and notes (default 200)", countOption)
    .option(
      "--redact <word>",
      "of a recording: values of keys with this word are secret too (can be repeated)",
      collect,
    )
    .option(
      "--hide <text>",
      "of a recording: overwrite this text wherever it stands, or what matches '/…/' (can be repeated)",
      collect,
    )
    .option("--json", "say as JSON what was written")
    .action(async (options: ExportOptions) => {
      const { exportRecord } = await import("./commands/export.ts");
      await done(exportRecord(context, options, version));
    });

  define("merge", "make one recording of several: of several nodes, or of one at several times")
    .argument("<files...>", "recordings")
    .requiredOption("-o, --out <file>", "the new recording")
    .option("--json", "say as JSON what was made")
    .action(async (files: readonly string[], options: MergeOptions) => {
      const { merge } = await import("./commands/merge.ts");
      await done(merge(context, files, options, version));
    });
}
