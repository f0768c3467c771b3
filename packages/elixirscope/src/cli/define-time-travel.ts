import type { Command } from "commander";
import type { DiffOptions } from "./commands/diff.ts";
import type { ReplayOptions } from "./commands/replay.ts";
import type { SnapshotOptions } from "./commands/snapshot.ts";
import type { PlaceOptions, StepOptions, UntilOptions } from "./commands/step.ts";
import { onOption } from "./filter-options.ts";
import {
  countOption,
  durationOption,
  eventOption,
  eventsOption,
  instantOption,
  stateCountOption,
} from "./option-parsers.ts";
import type { Context } from "./terminal.ts";

/** How `program.ts` makes a command that asks. */
export interface TimeTravelDefinition {
  readonly define: (usage: string, summary: string) => Command;
  readonly asking: (usage: string, summary: string) => Command;
  readonly cookie: (command: Command) => Command;
  readonly done: (running: Promise<number>) => Promise<void>;
}

/** Commands about instants of the past. */
export function defineTimeTravel(
  { define, asking, cookie, done }: TimeTravelDefinition,
  context: Context,
): void {
  onOption(asking("snapshot", "every process as it was at an instant: state, mailbox, place in the tree"))
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
  const place = (command: Command): Command =>
    command
      .option("--from <event>", "behind this event (before it, with --backward)", eventOption)
      .option(
        "--at <moment>",
        "from this moment: 10s after the start, -10s before the end, or a time",
        instantOption,
      )
      .option("--backward", "back in time");
  place(asking("step", "the next event, or the previous one: of all, of a process, a flow or a callback"))
    .option("--process <name>", "of this process: name, pid or handle (p-12)")
    .option("--in-flow <flow>", "of this flow, such as f-12")
    .option("--callback", "from state to state, with what changed")
    .option("-n, --steps <n>", "so many", countOption, 1)
    .action(async (node: string | undefined, options: StepOptions) => {
      const { step } = await import("./commands/step.ts");
      await done(step(context, node, options));
    });
  place(asking("until", "run to where a condition becomes true, forward or backward"))
    .option("--process <name>", "of this process: name, pid or handle (p-12)")
    .option("--state <condition>", "on its state: 'state.count == 5', 'assigns.user != nil', 'count > limit'")
    .option("--message <pattern>", "on a message: '{:set, n} when n > 5'")
    .action(async (node: string | undefined, options: UntilOptions) => {
      const { until } = await import("./commands/step.ts");
      await done(until(context, node, options));
    });
  const compared = define("diff", "what differs between two states, or first between two recordings")
    .argument("[process]", "name, pid or handle (p-12)")
    .option("--node <node>", "of the ElixirScope that is attached to this node, where several run")
    .option("--recording <file>", "ask a recording instead")
    .option("--at <moment>", "as it was at this moment", instantOption)
    .option("--and <moment>", "and at this one (default: at the end)", instantOption)
    .option("--with <process>", "with this process, in place of another moment")
    .option("--to <file>", "the first difference to this recording, such as a bad run to a good one")
    .option("--json", "print JSON");
  compared.action(async (process: string | undefined, options: DiffOptions) => {
    const { diff } = await import("./commands/diff.ts");
    await done(diff(context, process, options));
  });
  const again = define("replay", "run recorded callbacks once more on a live node, and say what differs")
    .argument("[events...]", "states, dispatches or messages (ids), each of a callback", eventsOption)
    .option("--recording <file>", "of this recording (default: of the ElixirScope that runs)")
    .option("--node <node>", "run them on this node; its code as it is now")
    .option("--process <name>", "in place of events: the callbacks of this process")
    .option("--from <event>", "with --process: from this event", eventOption)
    .option("--to <event>", "with --process: up to this event", eventOption)
    .option("--chain", "each on the outcome of the one before (default: each on its recorded state)")
    .option("--timeout <duration>", "how long each may take (default: 5s)", durationOption)
    .option("--yes-run-it", "run them: side effects outside of the sandbox happen for real")
    .option("--json", "print JSON");
  cookie(again).action(async (events: readonly number[], options: ReplayOptions) => {
    const { replay } = await import("./commands/replay.ts");
    await done(replay(context, events, options));
  });
  const why = define("why-changed", "when a value of a state changed last, and what led to it")
    .argument("<process>", "name, pid or handle (p-12)")
    .argument("<path>", "assigns.user, state.count, length(items)")
    .option("--node <node>", "of the ElixirScope that is attached to this node, where several run")
    .option("--recording <file>", "ask a recording instead")
    .option("--from <event>", "before this event", eventOption)
    .option("--at <moment>", "at or before this moment", instantOption)
    .option("--json", "print JSON");
  why.action(async (process: string, path: string, options: PlaceOptions & { node?: string }) => {
    const { whyChanged } = await import("./commands/step.ts");
    await done(whyChanged(context, process, path, options));
  });
}
