import type { BroadcastRow, ChannelRow, PresenceRow, ProcessRef, TopicRow } from "../../protocol/index.ts";
import { EXIT } from "../errors.ts";
import { onNode } from "../filter-options.ts";
import { formatNs, processText } from "../format.ts";
import type { Column } from "../table.ts";
import type { Context } from "../terminal.ts";
import { type QuestionOptions, question } from "./question.ts";
import { clockTime, printRows } from "./rows.ts";

export interface TopicsOptions extends QuestionOptions {
  readonly search?: string | undefined;
  readonly read?: number | undefined;
}

/** Topics of Phoenix.PubSub with who is subscribed. */
export function topics(context: Context, node: string | undefined, options: TopicsOptions): Promise<number> {
  return question(context, node, options, async (client) => {
    const { rows, complete } = await client.call("topics", {
      ...onNode(options),
      ...(options.search === undefined ? {} : { search: options.search }),
      ...(options.read === undefined ? {} : { read: options.read }),
    });
    printRows(context, options, { rows, complete, columns: TOPICS, noun: "topic" });
    return rows.length > 0 ? EXIT.ok : EXIT.notFound;
  });
}

const TOPICS: readonly Column<TopicRow>[] = [
  { title: "TOPIC", value: (row) => row.topic, shrinksTo: 16 },
  { title: "PUBSUB", value: (row) => row.pubsub, shrinksTo: 12, dispensable: 2 },
  { title: "BROADCASTS", value: (row) => String(row.broadcasts), align: "right" },
  { title: "UNHEARD", value: (row) => String(row.unheard), align: "right" },
  { title: "SUBSCRIBERS", value: (row) => String(row.subscribers.length), align: "right" },
  {
    title: "WHO",
    value: (row) => row.subscribers.map(subscriberText).join(", "),
    shrinksTo: 12,
    dispensable: 1,
  },
];

const subscriberText = (process: ProcessRef): string =>
  process.label === process.pid ? processText(process) : `${processText(process)} ${process.pid}`;

export interface BroadcastsOptions extends QuestionOptions {
  readonly topic?: string | undefined;
  readonly unheard?: boolean | undefined;
  readonly limit: number;
}

/** Broadcasts and whom they reached. */
export function broadcasts(
  context: Context,
  node: string | undefined,
  options: BroadcastsOptions,
): Promise<number> {
  return question(context, node, options, async (client) => {
    const { rows, complete } = await client.call("broadcasts", {
      ...onNode(options),
      limit: options.limit,
      ...(options.topic === undefined ? {} : { topic: options.topic }),
      ...(options.unheard ? { unheard: true } : {}),
    });
    printRows(context, options, { rows, complete, columns: BROADCASTS, noun: "broadcast" });
    return rows.length > 0 ? EXIT.ok : EXIT.notFound;
  });
}

const BROADCASTS: readonly Column<BroadcastRow>[] = [
  { title: "TIME", value: (row) => clockTime(row.at), dispensable: 2 },
  { title: "EVENT", value: (row) => String(row.id), align: "right", dispensable: 3 },
  { title: "FLOW", value: (row) => row.flow ?? "-", dispensable: 3 },
  { title: "FROM", value: (row) => processText(row.process), shrinksTo: 14 },
  { title: "MESSAGE", value: (row) => row.message?.text ?? "", shrinksTo: 16, dispensable: 1 },
  { title: "VERDICT", value: (row) => row.verdict, shrinksTo: 40 },
];

export interface ChannelsOptions extends QuestionOptions {
  readonly search?: string | undefined;
  readonly limit: number;
}

/** Channels: joins, also refused ones, and what went in and out. */
export function channels(
  context: Context,
  node: string | undefined,
  options: ChannelsOptions,
): Promise<number> {
  return question(context, node, options, async (client) => {
    const { rows, complete } = await client.call("channels", {
      ...onNode(options),
      limit: options.limit,
      ...(options.search === undefined ? {} : { search: options.search }),
    });
    printRows(context, options, { rows, complete, columns: CHANNELS, noun: "channel" });
    return rows.length > 0 ? EXIT.ok : EXIT.notFound;
  });
}

const count = ({ steps }: ChannelRow, ...types: readonly string[]): string =>
  String(steps.filter(({ type }) => types.includes(type)).length);

const CHANNELS: readonly Column<ChannelRow>[] = [
  { title: "TIME", value: (row) => clockTime(row.at), dispensable: 2 },
  { title: "TOPIC", value: (row) => row.topic, shrinksTo: 16 },
  { title: "CHANNEL", value: (row) => row.channel ?? "-", shrinksTo: 14 },
  { title: "PROCESS", value: (row) => row.process?.pid ?? "-" },
  { title: "", value: (row) => (row.joined ? (row.endedAt === null ? "joined" : "left") : "refused") },
  { title: "IN", value: (row) => count(row, "in"), align: "right" },
  { title: "OUT", value: (row) => count(row, "push", "reply"), align: "right" },
  { title: "MESSAGES", value: (row) => count(row, "info"), align: "right", dispensable: 1 },
];

export interface PresenceOptions extends QuestionOptions {
  readonly search?: string | undefined;
  readonly present?: boolean | undefined;
  readonly limit: number;
}

/** Who joined and left topics, as Phoenix.Presence tells it. */
export function presence(
  context: Context,
  node: string | undefined,
  options: PresenceOptions,
): Promise<number> {
  return question(context, node, options, async (client) => {
    const { rows, complete } = await client.call("presences", {
      ...onNode(options),
      limit: options.limit,
      ...(options.search === undefined ? {} : { search: options.search }),
      ...(options.present ? { present: true } : {}),
    });
    printRows(context, options, { rows, complete, columns: PRESENCES, noun: "presence" });
    return rows.length > 0 ? EXIT.ok : EXIT.notFound;
  });
}

const stay = ({ t, leftAt, by }: PresenceRow): string =>
  leftAt === null
    ? "there"
    : `${by === "ended" ? "its process ended" : "left"} after ${formatNs(leftAt - t)}`;

const PRESENCES: readonly Column<PresenceRow>[] = [
  { title: "JOINED", value: (row) => clockTime(row.at) },
  { title: "TOPIC", value: (row) => row.topic, shrinksTo: 16 },
  { title: "KEY", value: (row) => row.key, shrinksTo: 12 },
  { title: "PROCESS", value: (row) => row.process?.pid ?? "-" },
  { title: "", value: stay },
  { title: "FLOW", value: (row) => row.flow ?? "-", dispensable: 2 },
  { title: "META", value: (row) => row.meta?.text ?? "", shrinksTo: 12, dispensable: 1 },
];
