import type { Command } from "commander";
import type { GenerateTestsOptions } from "./commands/generate-tests.ts";
import { countOption, eventIdOption, eventOption, eventsOption } from "./option-parsers.ts";
import type { Context } from "./terminal.ts";

/** How `program.ts` makes a command. */
export interface TestsDefinition {
  readonly define: (usage: string, summary: string) => Command;
  readonly done: (running: Promise<number>) => Promise<void>;
}

/** ExUnit tests of what was recorded. */
export function defineTests({ define, done }: TestsDefinition, context: Context): void {
  define("generate-tests", "ExUnit tests of what was recorded")
    .argument("[events...]", "states, dispatches or messages (ids), each of a callback", eventsOption)
    .option(
      "--process <name>",
      "of all that this process did, as far as it differs: name, pid or handle (p-12)",
    )
    .option("--from <event>", "with --process: from this event", eventOption)
    .option("--to <event>", "with --process: up to this event", eventOption)
    .option("--in-flow <flow>", "of the callbacks of all processes that took part: f-12")
    .option("--request <id>", "of this HTTP request, as `requests` tells it", eventIdOption)
    .option("--liveview <id>", "of the life of this LiveView: phx-…, or one of its processes")
    .option("--conversation", "one test: a server is sent the messages one after the other")
    .option("-n, --limit <n>", "so many tests at most, up to 100", countOption, 20)
    .option("-o, --out <file>", "into this file (default: standard output)")
    .option("--node <node>", "of the ElixirScope that is attached to this node, where several run")
    .option("--recording <file>", "ask a recording instead")
    .option("--json", "print JSON")
    .action(async (events: readonly number[], options: GenerateTestsOptions) => {
      const { generateTests } = await import("./commands/generate-tests.ts");
      await done(generateTests(context, events, options));
    });
}
