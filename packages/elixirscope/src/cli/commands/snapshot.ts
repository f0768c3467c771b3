import type { Snapshot, SnapshotMailbox, SnapshotRow } from "../../protocol/index.ts";
import type { Client } from "../client.ts";
import { EXIT } from "../errors.ts";
import { onNode } from "../filter-options.ts";
import { counted, processText } from "../format.ts";
import { type Instant, resolveInstant } from "../instant.ts";
import { jsonLine } from "../output.ts";
import { type Column, renderTable } from "../table.ts";
import type { Context } from "../terminal.ts";
import { treeLines } from "../tree-text.ts";
import { type QuestionOptions, question } from "./question.ts";
import { clockTime } from "./rows.ts";

export interface SnapshotOptions extends QuestionOptions {
  readonly at: Instant;
  readonly process?: string | undefined;
  readonly search?: string | undefined;
  readonly tree?: boolean | undefined;
  readonly limit: number;
}

/** Every process as it was at an instant. */
export function snapshot(
  context: Context,
  node: string | undefined,
  options: SnapshotOptions,
): Promise<number> {
  return question(context, node, options, async (client) => {
    const found = await client.call("snapshotAt", {
      t: await instantOf(client, options.at),
      limit: options.limit,
      ...onNode(options),
      ...(options.process === undefined ? {} : { process: options.process }),
      ...(options.search === undefined ? {} : { search: options.search }),
      ...(options.tree ? { tree: true } : {}),
    });
    const { out } = context;
    if (options.json) jsonLine(out, found);
    else print(context, found, options);
    await out.drained();
    return found.rows.length > 0 ? EXIT.ok : EXIT.notFound;
  });
}

/** `t` of an instant that a person gave. */
async function instantOf(client: Client, instant: Instant): Promise<number> {
  return Math.round(resolveInstant(instant, await client.call("status", {})));
}

function print({ out, err }: Context, found: Snapshot, options: SnapshotOptions): void {
  const { color } = out;
  for (const { name, observed, why } of found.nodes)
    if (!observed) err.line(color.yellow(`${name}: not known at this instant. ${why}`));
  const { tree, rows } = found;
  if (tree) for (const line of treeLines({ version: 0, roots: tree }, color)) out.line(line);
  else if (options.process !== undefined) for (const row of rows) one(out.line.bind(out), row);
  else if (rows.length > 0) out.line(renderTable(COLUMNS, rows, out.columns, color));
  const more = found.total > rows.length && !tree ? `, ${rows.length} shown (--limit for more)` : "";
  err.line(color.dim(`${found.at}: ${counted(found.total, "process", "processes")}${more}`));
  if (rows.length === 0 && options.process !== undefined)
    err.line(color.dim(`${options.process} was not alive at this instant, or its node was not observed.`));
}

const COLUMNS: readonly Column<SnapshotRow>[] = [
  { title: "PID", value: (row) => row.pid },
  {
    title: "NAME",
    value: (row) => (row.label === row.pid && row.node === undefined ? "-" : processText(row)),
    shrinksTo: 14,
  },
  { title: "MAILBOX", value: (row) => mailboxText(row.mailbox), align: "right" },
  { title: "IN", value: (row) => row.callback?.mfa ?? "-", shrinksTo: 14, dispensable: 2 },
  { title: "STATE", value: (row) => row.state?.term.text ?? "?", shrinksTo: 16 },
  { title: "SUPERVISOR", value: (row) => row.supervisor?.label ?? "-", shrinksTo: 10, dispensable: 1 },
];

/** `3`, `2-4` where some are not sure, `2+` where there may be any number more, `?`. */
function mailboxText({ length, atLeast, atMost }: SnapshotMailbox): string {
  if (length !== null) return String(length);
  if (atMost !== null) return `${atLeast}-${atMost}`;
  return atLeast > 0 ? `${atLeast}+` : "?";
}

function one(line: (text: string) => void, row: SnapshotRow): void {
  const { state, callback, mailbox } = row;
  const say = (what: string, text: string): void => line(`${what.padEnd(14)}${text}`);
  say("process", `${row.label} ${row.pid} ${row.handle}`);
  if (row.names.length > 0) say("names", row.names.join(", "));
  if (row.initialCall !== "") say("started as", row.initialCall);
  if (row.application !== null) say("application", row.application);
  if (row.supervisor) say("supervisor", `${row.supervisor.label} ${row.supervisor.pid}`);
  if (row.parent) say("parent", `${row.parent.label} ${row.parent.pid}`);
  if (row.links.length > 0) say("links", row.links.map(({ label, pid }) => `${label} ${pid}`).join(", "));
  const { monitors, monitoredBy } = row.monitors ?? { monitors: [], monitoredBy: [] };
  const others = (list: typeof monitors): string =>
    list.map(({ process, item }) => process?.label ?? item ?? "?").join(", ");
  if (monitors.length > 0) say("monitors", others(monitors));
  if (monitoredBy.length > 0) say("monitored by", others(monitoredBy));
  for (const { pubsub, topic } of row.subscriptions) say("subscribed", `${topic} (${pubsub})`);
  if (callback) say("in", `${callback.mfa} since ${clockTime(callback.at)}`);
  if (state) say("state", `${state.term.text}  (event ${state.id})`);
  else say("state", `? ${row.stateWhy}`);
  say("mailbox", `${mailboxText(mailbox)}${mailbox.why === "" ? "" : `  ${mailbox.why}`}`);
  for (const { event, from, sure } of mailbox.messages)
    say("", `${event.summary}${from ? ` from ${from.label}` : ""}${sure ? "" : "  (perhaps)"}`);
}
