import type { Command } from "commander";
import type { SnapshotOptions } from "./commands/snapshot.ts";
import { instantOption, stateCountOption } from "./option-parsers.ts";
import type { Context } from "./terminal.ts";

/** How `program.ts` makes a command that asks. */
export interface TimeTravelDefinition {
  readonly asking: (usage: string, summary: string) => Command;
  readonly done: (running: Promise<number>) => Promise<void>;
}

/** Commands about instants of the past. */
export function defineTimeTravel({ asking, done }: TimeTravelDefinition, context: Context): void {
  asking("snapshot", "every process as it was at an instant: state, mailbox, place in the tree")
    .requiredOption(
      "--at <moment>",
      "10s: after the start; -10s: before the end; or a time (ISO 8601)",
      instantOption,
    )
    .option("--process <name>", "only this one, at length: name, pid or handle (p-12)")
    .option("--search <text>", "only those whose name, pid, initial call or application contains this")
    .option("--tree", "as a supervision tree")
    .option("-n, --limit <n>", "how many, at most 10000", stateCountOption, 100)
    .action(async (node: string | undefined, options: SnapshotOptions) => {
      const { snapshot } = await import("./commands/snapshot.ts");
      await done(snapshot(context, node, options));
    });
}
