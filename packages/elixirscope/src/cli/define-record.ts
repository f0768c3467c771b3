import type { Command } from "commander";
import type { BookmarkOptions, BookmarksOptions } from "./commands/bookmarks.ts";
import type { PinOptions, PinsOptions } from "./commands/pins.ts";
import type { QueryOptions } from "./commands/query.ts";
import type { RecordingsOptions } from "./commands/recordings.ts";
import { countOption, eventIdOption, instantOption } from "./option-parsers.ts";
import type { Context } from "./terminal.ts";

/** How `program.ts` makes a command. */
export interface RecordDefinition {
  readonly define: (usage: string, summary: string) => Command;
  readonly done: (running: Promise<number>) => Promise<void>;
}

const BY = "who says so (default: the name of the user)";
const FROM = "10s: after the start; -10s: before the end; or a time (ISO 8601)";

/** Commands about the recording itself. */
export function defineRecord({ define, done }: RecordDefinition, context: Context): void {
  const ofRunning = (usage: string, summary: string): Command =>
    define(usage, summary)
      .option("--node <node>", "of the ElixirScope that is attached to this node, where several run")
      .option("--json", "print JSON");

  define(
    "query",
    "ask by name, with parameters, or in SQL, which can only look (tables: docs/recording-format.md)",
  )
    .argument("[question]", "a name of --list, or one SELECT, or - to read it from standard input")
    .argument("[parameters...]", "of a name: NAME=VALUE")
    .option("--list", "say what can be asked by name; behind a name: what it takes")
    .option("--recording <file>", "ask a recording")
    .option("--node <node>", "ask the ElixirScope that is attached to this node, where several run")
    .option("-n, --limit <n>", "at most so many rows (default of SQL 1000)", countOption)
    .option("--json", "print JSON, an object a row")
    .action(async (given: string | undefined, parameters: string[], options: QueryOptions) => {
      const { query } = await import("./commands/query.ts");
      await done(query(context, given, parameters, options));
    });

  define("recordings", "list the recordings in ClickHouse (docs/clickhouse.md)")
    .option("--json", "print JSON, an object a row")
    .action(async (options: RecordingsOptions) => {
      const { recordings } = await import("./commands/recordings.ts");
      await done(recordings(context, options));
    });

  ofRunning("pins", "list what is pinned: what retention (--keep-…) spares")
    .option("--recording <file>", "of a recording instead")
    .action(async (options: PinsOptions) => {
      const { pins } = await import("./commands/pins.ts");
      await done(pins(context, options));
    });
  ofRunning("pin", "spare a stretch of what is being recorded from retention (--keep-…)")
    .argument("<name>", "what to call it")
    .option("--from <moment>", `${FROM} (default: all that is there)`, instantOption)
    .option("--to <moment>", "likewise (default: now)", instantOption)
    .action(async (name: string, options: PinOptions) => {
      const { pin } = await import("./commands/pins.ts");
      await done(pin(context, name, options));
    });
  ofRunning("unpin", "let retention have a stretch that was pinned")
    .argument("<name>", "what it is called")
    .action(async (name: string, options: PinsOptions) => {
      const { unpin } = await import("./commands/pins.ts");
      await done(unpin(context, name, options));
    });

  const bookmarking = (usage: string, summary: string): Command =>
    ofRunning(usage, summary).option("--recording <file>", "of a recording instead");
  bookmarking("bookmarks", "list what people marked, with their comments").action(
    async (options: BookmarksOptions) => {
      const { bookmarks } = await import("./commands/bookmarks.ts");
      await done(bookmarks(context, options));
    },
  );
  bookmarking("bookmark", "mark an event, a state or a stretch of time, for everybody who looks")
    .argument("[event]", "id of the event", eventIdOption)
    .option("--state", "the event is a version of a state: mark that")
    .option("--from <moment>", `${FROM} (default: the start)`, instantOption)
    .option("--to <moment>", "likewise (default: now)", instantOption)
    .option("--comment <text>", "what there is to say")
    .option("--by <name>", BY)
    .action(async (id: number | undefined, options: BookmarkOptions) => {
      const { bookmark } = await import("./commands/bookmarks.ts");
      await done(bookmark(context, id, options));
    });
  bookmarking("comment", "say something to a bookmark")
    .argument("<bookmark>", "its id, such as b-1")
    .argument("<text>", "what there is to say")
    .option("--by <name>", BY)
    .action(async (id: string, text: string, options: BookmarkOptions) => {
      const { comment } = await import("./commands/bookmarks.ts");
      await done(comment(context, id, text, options));
    });
  bookmarking("unbookmark", "take a bookmark away, with its comments")
    .argument("<bookmark>", "its id, such as b-1")
    .action(async (id: string, options: BookmarksOptions) => {
      const { unbookmark } = await import("./commands/bookmarks.ts");
      await done(unbookmark(context, id, options));
    });
}
