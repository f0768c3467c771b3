import type { Command } from "commander";
import type { AuditCommandOptions } from "./commands/audit.ts";
import { countOption, instantOption } from "./option-parsers.ts";
import type { Context } from "./terminal.ts";

/** The log of who did what on which node. */
export function defineAudit(
  define: (usage: string, summary: string) => Command,
  done: (running: Promise<number>) => Promise<void>,
  context: Context,
): void {
  define("audit", "list who attached to which node, and what was traced there (docs/production.md)")
    .option("--node <node>", "only of this node")
    .option("--since <moment>", "only what is younger: 2h, or a time (ISO 8601)", instantOption)
    .option("-n, --limit <n>", "the newest so many", countOption, 100)
    .option("--json", "print JSON, an object a line, as it stands in the log")
    .action(async (options: AuditCommandOptions) => {
      const { audit } = await import("./commands/audit.ts");
      await done(audit(context, options));
    });
}
