import type { Command } from "commander";
import type { PatternsOptions } from "./commands/anomalies.ts";
import type { AskCommandOptions, DiagnoseOptions } from "./commands/diagnose.ts";
import type { WatchOptions } from "./commands/watch.ts";
import { onOption } from "./filter-options.ts";
import {
  crashCountOption,
  durationOption,
  eventIdOption,
  instantOption,
  seriesCountOption,
} from "./option-parsers.ts";
import type { Context } from "./terminal.ts";

/** How `program.ts` makes a command that asks. */
export interface DiagnoseDefinition {
  /** Of a node that is an argument. */
  readonly asking: (usage: string, summary: string) => Command;
  /** Of a node that is an option. */
  readonly askingWith: (command: Command) => Command;
  /** Of a node that is attached to, and no recording. */
  readonly attaching: (usage: string, summary: string, forText: string) => Command;
  readonly define: (usage: string, summary: string) => Command;
  readonly done: (running: Promise<number>) => Promise<void>;
}

const MOMENT = "10s: after the start; -10s: before the end; or a time (ISO 8601)";

/** Commands about what went wrong. */
export function defineDiagnose(
  { asking, askingWith, attaching, define, done }: DiagnoseDefinition,
  context: Context,
): void {
  onOption(asking("diagnose", "what went wrong, each with the events that say so"))
    .option("--process <name>", "only of this process: name, pid, handle (p-12) or Hello.*")
    .option("--in-flow <flow>", "only of the processes of this flow, while it lasted: f-12")
    .option("--request <id>", "only of this HTTP request, as `requests` tells it", eventIdOption)
    .option("--liveview <id>", "only of this LiveView: phx-…, or one of its processes")
    .option("--from <moment>", MOMENT, instantOption)
    .option("--to <moment>", "likewise", instantOption)
    .option("-n, --limit <n>", "how many, at most 1000", crashCountOption, 30)
    .action(async (node: string | undefined, options: DiagnoseOptions) => {
      const { diagnose } = await import("./commands/diagnose.ts");
      await done(diagnose(context, node, options));
    });
  attaching(
    "watch",
    "print what newly goes wrong while it is recorded, until Ctrl-C",
    "end after this long",
  ).action(async (node: string | undefined, options: WatchOptions) => {
    const { watch } = await import("./commands/watch.ts");
    await done(watch(context, node, options));
  });
  series(
    asking("anomalies", "what was otherwise than before, or new: rates, durations, mailboxes, memory"),
  ).action(async (node: string | undefined, options: PatternsOptions) => {
    const { anomalies } = await import("./commands/anomalies.ts");
    await done(anomalies(context, node, options));
  });
  series(asking("patterns", "how rates, durations, mailboxes and memory usually are")).action(
    async (node: string | undefined, options: PatternsOptions) => {
      const { patterns } = await import("./commands/anomalies.ts");
      await done(patterns(context, node, options));
    },
  );
  askingWith(
    define("ask", "a question in words, answered from what was recorded")
      .argument(
        "<question>",
        "in English, in quotes: 'Why did the counter not update when I clicked increment?'",
      )
      .option(
        "--node <node>",
        "where none is attached: attach to this one for the moment, at the level state unless --level says otherwise",
      )
      .option(
        "--model <model>",
        "ask a model, too: anthropic/MODEL, openai/MODEL or MODEL@URL (else ELIXIRSCOPE_MODEL); its claims are checked",
      )
      .option("--model-timeout <duration>", "how long it may take (default: 2m)", durationOption),
  ).action(async (text: string, options: AskCommandOptions) => {
    const { ask } = await import("./commands/diagnose.ts");
    await done(ask(context, text, options));
  });
}

/** Options of what looks at figures over time. */
const series = (command: Command): Command =>
  onOption(command)
    .option("--process <name>", "only of this process: name, pid or handle (p-12)")
    .option("--from <moment>", MOMENT, instantOption)
    .option("--to <moment>", "likewise", instantOption)
    .option("--every <time>", "one figure each so long (default: about 1500 in all)", durationOption)
    .option("-n, --limit <n>", "series that are looked at, at most 500", seriesCountOption, 40);
