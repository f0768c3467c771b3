import { userInfo } from "node:os";
import type { BookmarkOn, BookmarkRow } from "../../protocol/index.ts";
import type { Client } from "../client.ts";
import { formatSeconds } from "../duration.ts";
import { EXIT, usageError } from "../errors.ts";
import { printable } from "../format.ts";
import { type Instant, resolveInstant } from "../instant.ts";
import { jsonLine } from "../output.ts";
import { findRunning, notRunning, openTarget } from "../target.ts";
import type { Context } from "../terminal.ts";

export interface BookmarksOptions {
  readonly node?: string | undefined;
  readonly recording?: string | undefined;
  readonly json?: boolean | undefined;
}

export interface BookmarkOptions extends BookmarksOptions {
  readonly state?: boolean | undefined;
  readonly from?: Instant | undefined;
  readonly to?: Instant | undefined;
  readonly comment?: string | undefined;
  readonly by?: string | undefined;
}

/** Lists what people bookmarked, with their comments. */
export function bookmarks(context: Context, options: BookmarksOptions): Promise<number> {
  return asked(context, options, (client) => client.call("bookmarks", {}));
}

/** Bookmarks an event, a state or a stretch of time. */
export function bookmark(
  context: Context,
  id: number | undefined,
  options: BookmarkOptions,
): Promise<number> {
  return asked(context, options, async (client) =>
    client.call("addBookmark", {
      on: await onOf(client, id, options),
      by: options.by ?? userName(),
      ...(options.comment === undefined ? {} : { text: options.comment }),
    }),
  );
}

/** Adds a comment to a bookmark. */
export function comment(
  context: Context,
  id: string,
  text: string,
  options: BookmarksOptions & Pick<BookmarkOptions, "by">,
): Promise<number> {
  return asked(context, options, (client) =>
    client.call("commentBookmark", { id, text, by: options.by ?? userName() }),
  );
}

export function unbookmark(context: Context, id: string, options: BookmarksOptions): Promise<number> {
  return asked(context, options, (client) => client.call("dropBookmark", { id }));
}

/** Of a recording, or of the ElixirScope that runs. */
async function asked(
  context: Context,
  options: BookmarksOptions,
  ask: (client: Client) => Promise<readonly BookmarkRow[]>,
): Promise<number> {
  const { node, recording } = options;
  if (recording === undefined && !(await findRunning(context.env, node))) throw notRunning(node);
  const target = await openTarget(context, { node, recording, attach: {} });
  try {
    return print(context, await ask(target.client), options);
  } finally {
    await target.close();
  }
}

async function onOf(client: Client, id: number | undefined, options: BookmarkOptions): Promise<BookmarkOn> {
  const { from, to, state } = options;
  const ranged = from !== undefined || to !== undefined;
  if (ranged === (id !== undefined)) {
    throw usageError(
      "Say what to bookmark: an event by its id, or a stretch of time with --from and --to.",
      "elixirscope bookmark 12430 --comment 'nobody hears this'",
    );
  }
  if (id !== undefined) return { type: state ? "state" : "event", id };
  if (state) throw usageError("--state goes with the id of a state's event, not with a stretch of time.");
  const status = await client.call("status", {});
  const at = (instant: Instant | undefined, otherwise: number): number =>
    instant ? Math.round(resolveInstant(instant, status)) : otherwise;
  return { type: "range", from: at(from, 0), to: at(to, status.t) };
}

/** A container may have no name for its user. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return "";
  }
}

function print({ out, err }: Context, rows: readonly BookmarkRow[], { json }: BookmarksOptions): number {
  if (json) for (const row of rows) jsonLine(out, row);
  else if (rows.length === 0) err.line(err.color.dim("Nothing is bookmarked."));
  else for (const row of rows) for (const line of bookmarkLines(row, out)) out.line(line);
  return EXIT.ok;
}

/** Where, what, and beneath it who said what. */
function bookmarkLines(row: BookmarkRow, { color }: Pick<Context["out"], "color">): readonly string[] {
  const { id, on, from, to, what, process, comments } = row;
  const seconds = (t: number): string => formatSeconds(t / 1e9);
  const when = from === to ? seconds(from) : `${seconds(from)} – ${seconds(to)}`;
  const which = on.type === "range" ? "" : `#${on.id}`;
  const who = process ? printable(process.label) : "";
  const head = [color.bold(id), when, which, who, printable(what)].filter((part) => part !== "");
  return [
    head.join("  "),
    ...comments.map(({ text, by, at }) => {
      const author = [printable(by), at.slice(0, 16).replace("T", " ")].filter((part) => part !== "");
      return `  ${printable(text)} ${color.dim(`— ${author.join(", ")}`)}`;
    }),
  ];
}
