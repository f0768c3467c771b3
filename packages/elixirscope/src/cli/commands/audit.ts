import type { AuditEntry } from "../../daemon.ts";
import { EXIT } from "../errors.ts";
import { counted, formatBytes, formatCount } from "../format.ts";
import type { Instant } from "../instant.ts";
import { isNode } from "../nodes.ts";
import { jsonLine } from "../output.ts";
import { type Column, renderTable } from "../table.ts";
import type { Context } from "../terminal.ts";

export interface AuditCommandOptions {
  readonly node?: string | undefined;
  readonly since?: Instant | undefined;
  readonly limit: number;
  readonly json?: boolean | undefined;
}

/** Who did what on which node, as this user's log has it. */
export async function audit(context: Context, options: AuditCommandOptions): Promise<number> {
  const { auditFile, readAudit } = await import("../../daemon.ts");
  const { out, err, env } = context;
  const file = auditFile(env);
  const { entries, unreadable } = await readAudit(file);
  const since = sinceOf(options.since, Date.now());
  const wanted = entries.filter(
    (entry) =>
      Date.parse(entry.time) >= since &&
      (options.node === undefined || isNode(text(entry, "node"), options.node)),
  );
  const rows = wanted.slice(-options.limit);
  if (options.json) for (const row of rows) jsonLine(out, row);
  else if (rows.length > 0) out.line(renderTable(COLUMNS, rows, out.columns, out.color));
  else err.line(err.color.dim(`Nothing of that is in the audit log ${file}.`));
  if (!options.json && rows.length < wanted.length)
    err.line(err.color.dim(`The newest ${rows.length} of ${wanted.length}; more with --limit.`));
  if (unreadable > 0)
    err.line(
      err.color.yellow(
        `${counted(unreadable, "line")} of ${file} cannot be read: not written by us, or cut off.`,
      ),
    );
  return EXIT.ok;
}

/** `2h` and `-2h` are two hours ago: nothing here has a start. */
export const sinceOf = (since: Instant | undefined, now: number): number => {
  if (since === undefined) return -Infinity;
  return since.from === "clock" ? since.at : now - since.ms;
};

const text = (entry: AuditEntry, key: string): string => {
  const value = entry[key];
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
};

const COLUMNS: readonly Column<AuditEntry>[] = [
  { title: "TIME", value: ({ time }) => time.replace(/\.\d+Z$/, "Z") },
  { title: "ACT", value: ({ act }) => act },
  { title: "NODE", value: (entry) => text(entry, "node"), shrinksTo: 16 },
  { title: "WHO", value: whoOf, shrinksTo: 12 },
  {
    title: "BY",
    value: (entry) => `${text(entry, "surface")} ${text(entry, "commandPid")}`.trim(),
    dispensable: 1,
  },
  { title: "WHAT", value: whatOf, shrinksTo: 24 },
];

function whoOf(entry: AuditEntry): string {
  const [user, host, sudo, from] = ["user", "host", "sudoUser", "sshFrom"].map((key) => text(entry, key));
  return `${sudo ? `${sudo} as ` : ""}${user}@${host}${from ? ` from ${from}` : ""}`;
}

/** What is left to say of an act, in a few words. */
export function whatOf(entry: AuditEntry): string {
  const number = (key: string): number => Number(entry[key] ?? 0);
  switch (entry.act) {
    case "attach":
    case "attached":
    case "back":
      return tracedText(entry);
    case "tracing":
      return `${tracedText(entry["before"])} → ${tracedText(entry["after"])}`;
    case "refused":
      return `${text(entry, "of")}: ${text(entry, "code")}`;
    case "replay":
      return entry["runs"] === true ? "ran callbacks" : "looked only";
    case "count_calls":
      return `for ${formatCount(number("ms"))} ms`;
    default: {
      const sums = [
        `${number("seconds")} s`,
        counted(number("events"), "event"),
        ...(number("dropped") > 0 ? [`${formatCount(number("dropped"))} dropped`] : []),
        `at most ${formatBytes(number("memoryPeakBytes"))} in the node`,
      ].join(", ");
      const reason = text(entry, "reason");
      return reason === "" ? sums : `${sums}: ${reason}`;
    }
  }
}

/** `calls: 2 patterns, apps shop`. */
function tracedText(traced: unknown): string {
  const {
    level = "",
    patterns,
    lines,
    apps,
    processes,
    modules,
    under,
  } = (traced ?? {}) as Readonly<Record<string, unknown>>;
  const lists = { patterns, lines, apps, processes, modules, under };
  const more = Object.entries(lists).flatMap(([key, names]) =>
    Array.isArray(names) ? [`${key} ${names.join(" ")}`] : [],
  );
  return more.length === 0 ? String(level) : `${String(level)}: ${more.join(", ")}`;
}
