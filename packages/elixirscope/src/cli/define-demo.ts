import type { Command } from "commander";
import type { DemoOptions } from "./commands/demo.ts";
import { countOption } from "./option-parsers.ts";
import type { Context } from "./terminal.ts";

/** How `program.ts` makes a command that serves the UI for a while. */
export interface DemoDefinition {
  readonly define: (usage: string, summary: string) => Command;
  /** Adds what there is to say about serving and ending. */
  readonly serving: (command: Command) => Command;
  readonly done: (running: Promise<number>) => Promise<void>;
}

/** To see what it is like before anything of one's own is looked at. */
export function defineDemo({ define, serving, done }: DemoDefinition, context: Context): void {
  serving(
    define("demo", "an example application, observed; without Elixir here, a recording of real Phoenix"),
  )
    .option("--recording", "show the recording in any case")
    .option("--load <n>", "turns a second of the example's visitors", countOption, 50)
    .option("--bug", "with the example's bug: a counter that never updates")
    .action(async (options: DemoOptions) => {
      const { demo } = await import("./commands/demo.ts");
      await done(demo(context, options));
    });
}
