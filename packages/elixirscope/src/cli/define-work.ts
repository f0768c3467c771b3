import { type Command, Option } from "commander";
import type { AggregateOptions } from "./commands/aggregate.ts";
import type { MessageFlowOptions } from "./commands/message-flow.ts";
import type { AskOptions, LastEventsOptions, PathOptions } from "./commands/path.ts";
import type { FlameOptions, WorkOptions } from "./commands/work.ts";
import { filterOptions, onOption } from "./filter-options.ts";
import { eventsOption } from "./keep-options.ts";
import {
  callCountOption,
  collect,
  crashCountOption,
  durationOption,
  eventIdOption,
  instantOption,
  stateCountOption,
} from "./option-parsers.ts";
import { keysOf, measureOf } from "./sum-options.ts";
import type { Context } from "./terminal.ts";
import { FLAME_FORMATS, GROUPING_NAMES } from "./vocabulary.ts";

/** How `program.ts` makes a command that asks. */
export interface WorkDefinition {
  readonly define: (usage: string, summary: string) => Command;
  readonly asking: (usage: string, summary: string) => Command;
  readonly done: (running: Promise<number>) => Promise<void>;
}

const MOMENT = "10s: after the start; -10s: before the end; or a time (ISO 8601)";

const reading = (command: Command): Command =>
  command.option("--read <n>", "read so many of the newest events: 500k, 2M", eventsOption);

const windowed = (command: Command): Command =>
  command.option("--from <moment>", MOMENT, instantOption).option("--to <moment>", "likewise", instantOption);

const working = (command: Command): Command =>
  onOption(reading(windowed(command)))
    .option("--process <name>", "only of this process: name, pid, handle (p-12) or Hello.*")
    .option("--in-flow <flow>", "only what belongs to this flow, such as f-12")
    .option("--mfa <function>", "only this function: Mod.fun/arity, Mod.fun, Mod.* or Mod.*.fun/2");

const limited = (command: Command): Command =>
  command.option("-n, --limit <n>", "how many, at most 2000", callCountOption, 30);

/** Commands about sums, paths, and where time went. */
export function defineWork(definition: WorkDefinition, context: Context): void {
  defineSums(definition, context);
  defineTimes(definition, context);
  definePaths(definition, context);
}

function defineSums({ asking, done }: WorkDefinition, context: Context): void {
  reading(filterOptions(asking("aggregate", "count, sum up, percentiles: by groups and over time")))
    .addOption(
      new Option(
        "--of <measure>",
        "what: events, bytes, duration, own, mailbox, work; behind a colon the column",
      )
        .argParser(measureOf)
        .default(measureOf("events"), "events"),
    )
    .addOption(
      new Option(
        "--by <keys>",
        "groups, with commas: kind, node, process, peer, mfa, tag, application, caller",
      ).argParser(keysOf),
    )
    .option("--every <duration>", "and by stretches of time: 100ms, 1s, 1m", durationOption)
    .option("-n, --limit <n>", "so many groups, at most 1000", crashCountOption, 20)
    .action(async (node: string | undefined, options: AggregateOptions) => {
      const { aggregate } = await import("./commands/aggregate.ts");
      await done(aggregate(context, node, options));
    });
  filterOptions(asking("message-flow", "who sent whom how many messages, and how long they waited"))
    .addOption(
      new Option("--by <what>", "what stands at both ends").choices(GROUPING_NAMES).default("process"),
    )
    .option(
      "--group <name>",
      "and one group for all whose names look like this: 'Hello.*' (can be repeated)",
      collect,
    )
    .option("-n, --limit <n>", "so many pairs, at most 10000", stateCountOption, 30)
    .action(async (node: string | undefined, options: MessageFlowOptions) => {
      const { messageFlow } = await import("./commands/message-flow.ts");
      await done(messageFlow(context, node, options));
    });
}

function defineTimes({ asking, done }: WorkDefinition, context: Context): void {
  const define = (name: "hot" | "callGraph" | "slowest" | "waits", usage: string, summary: string): void => {
    limited(working(asking(usage, summary))).action(
      async (node: string | undefined, options: WorkOptions) => {
        const work = await import("./commands/work.ts");
        await done(work[name](context, node, options));
      },
    );
  };
  define("hot", "hot", "functions and callbacks by their own time");
  define("callGraph", "call-graph", "who called whom, how often and for how long");
  define("slowest", "slowest", "calls, callbacks and GenServer calls, the slowest first");
  define("waits", "waits", "time in the mailbox against time at work, by process");
  working(asking("flame", "flame graph of callbacks and calls, by process or of a flow"))
    .addOption(
      new Option("--format <format>", "a tree, folded stacks, or a profile for speedscope")
        .choices(FLAME_FORMATS)
        .default("tree"),
    )
    .action(async (node: string | undefined, options: FlameOptions) => {
      const { flame } = await import("./commands/work.ts");
      await done(flame(context, node, options));
    });
}

function definePaths({ define, asking, done }: WorkDefinition, context: Context): void {
  windowed(asking("path", "callbacks, calls and messages of a flow, a request or a process, as one tree"))
    .option("--process <name>", "of this process: name, pid or handle (p-12)")
    .option("--in-flow <flow>", "of this flow, such as f-12")
    .option("--request <id>", "of this HTTP request, as `requests` tells it", eventIdOption)
    .option("-n, --limit <n>", "so many steps, at most 10000", stateCountOption, 500)
    .action(async (node: string | undefined, options: PathOptions) => {
      const { path } = await import("./commands/path.ts");
      await done(path(context, node, options));
    });
  const ofRecord = (usage: string, summary: string, argument: string, what: string): Command =>
    define(usage, summary)
      .argument(argument, what)
      .option("--node <node>", "of the ElixirScope that is attached to this node, where several run")
      .option("--recording <file>", "ask a recording instead")
      .option("--json", "print JSON");
  ofRecord(
    "critical",
    "what made a flow last: work and waiting, end to end",
    "<flow>",
    "its id, such as f-12",
  ).action(async (flow: string, options: AskOptions) => {
    const { critical } = await import("./commands/path.ts");
    await done(critical(context, flow, options));
  });
  ofRecord(
    "last-events",
    "everything that a process did last before it ended",
    "<process>",
    "name, pid or handle (p-12)",
  )
    .option("-n, --limit <n>", "how many, at most 1000", crashCountOption, 30)
    .action(async (process: string, options: LastEventsOptions) => {
      const { lastEvents } = await import("./commands/path.ts");
      await done(lastEvents(context, process, options));
    });
}
