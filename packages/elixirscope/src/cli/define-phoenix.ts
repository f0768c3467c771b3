import { type Command, Option } from "commander";
import type { BoundariesOptions } from "./commands/boundaries.ts";
import type { LiveViewsOptions } from "./commands/liveviews.ts";
import type { JobsOptions, QueriesOptions } from "./commands/queries.ts";
import type { RequestOptions } from "./commands/request.ts";
import type { RequestsOptions } from "./commands/requests.ts";
import type {
  BroadcastsOptions,
  ChannelsOptions,
  PresenceOptions,
  TopicsOptions,
} from "./commands/topics.ts";
import { onOption } from "./filter-options.ts";
import { eventsOption } from "./keep-options.ts";
import { callCountOption, eventIdOption } from "./option-parsers.ts";
import type { Context } from "./terminal.ts";

/** How `program.ts` makes a command that asks. */
export interface PhoenixDefinition {
  readonly define: (usage: string, summary: string) => Command;
  readonly asking: (usage: string, summary: string) => Command;
  /** One that asks a node and no recording; the last text is that of `--for`. */
  readonly attaching: (usage: string, summary: string, forText: string) => Command;
  readonly done: (running: Promise<number>) => Promise<void>;
}

const limited = (command: Command): Command =>
  onOption(command).option("-n, --limit <n>", "how many, at most 2000", callCountOption, 30);

const querySortOption = (): Option =>
  new Option("--sort <key>", "what comes first").choices(["total", "count", "slowest"]).default("total");

/** Commands about Phoenix: requests, queries, jobs, LiveViews, channels, topics and broadcasts. */
export function definePhoenix(
  { define, asking, attaching, done }: PhoenixDefinition,
  context: Context,
): void {
  attaching(
    "boundaries",
    "list contexts, and calls past their doors",
    "count calls of what leaks for this long, at most 10s",
  )
    .option("--fail-on-leak", "exit with 1 if there is one, for CI")
    .option("--config <file>", "contexts of the project, as JSON (docs/cli.md)")
    .action(async (node: string | undefined, options: BoundariesOptions) => {
      const { boundaries } = await import("./commands/boundaries.ts");
      await done(boundaries(context, node, options));
    });
  limited(asking("requests", "list HTTP requests with their stages, the newest first"))
    .option("--path <text>", "only those whose path contains this")
    .option("--failed", "only those with an error or a status from 500 on")
    .option("--slowest", "the slowest first")
    .action(async (node: string | undefined, options: RequestsOptions) => {
      const { requests } = await import("./commands/requests.ts");
      await done(requests(context, node, options));
    });
  define("request", "show one HTTP request: its plugs, what each changed, how long each took")
    .argument("<id>", "its id, as `requests` tells it, or that of an event in it", eventIdOption)
    .option("--recording <file>", "from this recording")
    .option("--json", "print JSON")
    .action(async (id: number, options: RequestOptions) => {
      const { request } = await import("./commands/request.ts");
      await done(request(context, id, options));
    });
  limited(asking("queries", "list Ecto's queries with how often they ran and for what; finds n + 1"))
    .option("--search <text>", "only those whose SQL contains this")
    .option("--repeated", "only those that ran five times or more for one piece of work")
    .addOption(querySortOption())
    .action(async (node: string | undefined, options: QueriesOptions) => {
      const { queries } = await import("./commands/queries.ts");
      await done(queries(context, node, options));
    });
  limited(asking("jobs", "list runs of Oban's jobs and who inserted them, the newest first"))
    .option("--search <text>", "only those whose worker or queue contains this")
    .option("--failed", "only those that failed")
    .action(async (node: string | undefined, options: JobsOptions) => {
      const { jobs } = await import("./commands/queries.ts");
      await done(jobs(context, node, options));
    });
  limited(asking("liveviews", "list LiveViews, or show one with its history"))
    .option("--search <text>", "only those whose module or id contains this")
    .option("--show <id>", "one LiveView: its id (phx-…), a pid or a handle")
    .action(async (node: string | undefined, options: LiveViewsOptions) => {
      const { liveviews } = await import("./commands/liveviews.ts");
      await done(liveviews(context, node, options));
    });
  define("liveview", "show one LiveView: its steps, what they changed, its components")
    .argument("<id>", "its id (phx-…), a pid or a handle")
    .option("--recording <file>", "from this recording")
    .option("--json", "print JSON")
    .action(async (id: string, options: RequestOptions) => {
      const { liveview } = await import("./commands/liveviews.ts");
      await done(liveview(context, id, options));
    });
  limited(asking("channels", "list channels: joins, also refused ones, and what went in and out"))
    .option("--search <text>", "only topics that contain this")
    .action(async (node: string | undefined, options: ChannelsOptions) => {
      const { channels } = await import("./commands/topics.ts");
      await done(channels(context, node, options));
    });
  limited(asking("presence", "list who joined and left topics (Phoenix.Presence), the newest first"))
    .option("--search <text>", "only topics or keys that contain this")
    .option("--present", "only those that are there")
    .action(async (node: string | undefined, options: PresenceOptions) => {
      const { presence } = await import("./commands/topics.ts");
      await done(presence(context, node, options));
    });
  onOption(asking("topics", "list topics of Phoenix.PubSub with their subscribers"))
    .option("--search <text>", "only topics that contain this")
    .option("--read <n>", "count broadcasts among so many of the newest events (5k)", eventsOption)
    .action(async (node: string | undefined, options: TopicsOptions) => {
      const { topics } = await import("./commands/topics.ts");
      await done(topics(context, node, options));
    });
  limited(asking("broadcasts", "list broadcasts and whom they reached, the newest first"))
    .option("--topic <topic>", "only those on this topic")
    .option("--unheard", "only those that reached nobody")
    .action(async (node: string | undefined, options: BroadcastsOptions) => {
      const { broadcasts } = await import("./commands/topics.ts");
      await done(broadcasts(context, node, options));
    });
}
