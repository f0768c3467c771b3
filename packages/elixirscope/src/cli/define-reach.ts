import type { Command } from "commander";
import type { AddProfileOptions, ProfilesOptions } from "./commands/profiles.ts";
import type { Context } from "./terminal.ts";
import type { WayOptions } from "./way-options.ts";

/** How `program.ts` makes a command. */
export interface ReachDefinition {
  readonly define: (usage: string, summary: string) => Command;
  /** Adds all that there is to say about attaching. */
  readonly attaching: (command: Command) => Command;
  /** Adds how a node is reached. */
  readonly way: (command: Command) => Command;
  readonly done: (running: Promise<number>) => Promise<void>;
}

/** Commands about what could be attached to. */
export function defineReach({ define, attaching, way, done }: ReachDefinition, context: Context): void {
  way(define("nodes", "list the nodes that EPMD knows, of this machine or of another one (--ssh, --host)"))
    .option("--json", "print JSON")
    .action(async (options: WayOptions & { readonly json?: boolean }) => {
      const { nodes } = await import("./commands/nodes.ts");
      await done(nodes(context, options));
    });

  const profiles = define("profiles", "list what is attached to often; add or remove a profile").argument(
    "[what]",
    "add or remove; without: list them",
  );
  attaching(
    profiles
      .argument("[name]", "of the profile")
      .argument("[node]", "with add: the node's full name")
      .option("--cluster", "with add: all nodes of its cluster")
      .option("--replace", "with add: write over a profile of this name"),
  )
    .option("--json", "print JSON, an object a profile")
    .action(
      async (
        what: string | undefined,
        name: string | undefined,
        node: string | undefined,
        options: AddProfileOptions & ProfilesOptions,
      ) => {
        const { profiles: run } = await import("./commands/profiles.ts");
        await done(run(context, { what, name, node }, options));
      },
    );
}
