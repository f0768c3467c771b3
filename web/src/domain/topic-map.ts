import type { BroadcastRow, ProcessRef, TopicRow } from "elixirscope/protocol";
import type { GraphEdge, GraphNode } from "../parts/graph/graph-layout.ts";
import { plural } from "./format.ts";

/** Who speaks to whom over which topics, as a graph from left to right. */
export interface TopicMap {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  /** Topics that are left out. */
  readonly more: number;
}

const MOST_TOPICS = 24;
const MOST_LISTENERS = 6;

/** Ids of nodes: a process may speak and listen, and stands on either side. */
export const topicNode = (topic: string): string => `topic ${topic}`;
export const speakerNode = (handle: string): string => `from ${handle}`;
export const listenerNode = (handle: string): string => `to ${handle}`;

/**
 * Topics on which nobody heard come first, then those on which most was said. Who heard a broadcast and does not listen any
 * more is drawn as gone, as are speakers that ended.
 * @param ended handles of processes that are no more
 */
export function topicMap(
  topics: readonly TopicRow[],
  broadcasts: readonly BroadcastRow[],
  ended: ReadonlySet<string>,
): TopicMap {
  const shown = topics
    .toSorted((a, b) => b.unheard - a.unheard || b.broadcasts - a.broadcasts)
    .slice(0, MOST_TOPICS);
  const map = new Drawing(ended);
  for (const topic of shown)
    map.topic(
      topic,
      broadcasts.filter((row) => isOn(row, topic)),
    );
  return { nodes: [...map.nodes.values()], edges: map.edges, more: topics.length - shown.length };
}

const isOn = (row: BroadcastRow, { pubsub, topic }: TopicRow): boolean =>
  row.topic === topic && row.pubsub === pubsub;

class Drawing {
  readonly nodes = new Map<string, GraphNode>();
  readonly edges: GraphEdge[] = [];
  readonly #ended: ReadonlySet<string>;

  constructor(ended: ReadonlySet<string>) {
    this.#ended = ended;
  }

  topic(row: TopicRow, broadcasts: readonly BroadcastRow[]): void {
    const id = topicNode(row.topic);
    const nearest = broadcasts.find(({ unheard }) => unheard)?.nearest?.topic;
    const silent = row.subscribers.length === 0;
    this.#add({
      id,
      label: row.topic,
      note: nearest
        ? `nobody listens · ${nearest}?`
        : silent
          ? "nobody listens"
          : plural(row.broadcasts, "broadcast"),
      tone: row.unheard > 0 && silent ? "failure" : silent ? "gone" : "accent",
    });
    this.#speakers(id, broadcasts);
    this.#listeners(id, row, broadcasts);
  }

  #speakers(topic: string, broadcasts: readonly BroadcastRow[]): void {
    const bySpeaker = new Map<string, BroadcastRow[]>();
    for (const row of broadcasts) {
      if (!row.process) continue;
      const { handle } = row.process;
      bySpeaker.set(handle, [...(bySpeaker.get(handle) ?? []), row]);
    }
    for (const [handle, rows] of bySpeaker) {
      const unheard = rows.filter((row) => row.unheard).length;
      this.#process(speakerNode(handle), rows[0]!.process!, "");
      this.edges.push({
        from: speakerNode(handle),
        to: topic,
        label: unheard > 0 ? `${unheard} of ${rows.length} unheard` : String(rows.length),
        tone: unheard > 0 ? "failure" : "plain",
      });
    }
  }

  #listeners(topic: string, row: TopicRow, broadcasts: readonly BroadcastRow[]): void {
    const now = new Set(row.subscribers.map(({ handle }) => handle));
    const before = new Map(
      broadcasts.flatMap(({ receivers, elsewhere }) =>
        [...receivers, ...elsewhere.flatMap((there) => there.receivers)].map(
          (one) => [one.handle, one] as const,
        ),
      ),
    );
    const gone = [...before.values()].filter(({ handle }) => !now.has(handle));
    for (const process of row.subscribers.slice(0, MOST_LISTENERS)) this.#listener(topic, process, "");
    for (const process of gone.slice(0, MOST_LISTENERS)) this.#listener(topic, process, "listened once");
    this.#rest(topic, row.subscribers.length - MOST_LISTENERS, "plain");
    this.#rest(topic, gone.length - MOST_LISTENERS, "gone");
  }

  #listener(topic: string, process: ProcessRef, note: string): void {
    const id = listenerNode(process.handle);
    this.#process(id, process, note);
    this.edges.push({ from: topic, to: id, label: note, tone: "plain" });
  }

  #rest(topic: string, count: number, tone: GraphNode["tone"]): void {
    if (count <= 0) return;
    const id = `${topic} ${tone}`;
    const label = tone === "gone" ? `${count} more listened once` : `${count} more listen`;
    this.#add({ id, label, note: "", tone });
    this.edges.push({ from: topic, to: id, label: "", tone: "plain" });
  }

  #process(id: string, process: ProcessRef, note: string): void {
    const ended = this.#ended.has(process.handle);
    const known = this.nodes.get(id);
    if (known && (known.tone === "plain" || note !== "")) return;
    this.#add({
      id,
      label: process.label,
      note: ended ? "ended" : process.node === undefined ? "" : `on ${process.node}`,
      tone: ended || note !== "" ? "gone" : "plain",
    });
  }

  #add(node: GraphNode): void {
    this.nodes.set(node.id, node);
  }
}
