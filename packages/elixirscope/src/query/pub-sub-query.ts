import {
  type Broadcast,
  type BroadcastElsewhere,
  isUnheard,
  type PubSubHistory,
  pubSubHistorySteps,
  Subscriptions,
  type Topic,
} from "../analysis/index.ts";
import { NONE, type NodeEntry } from "../model/index.ts";
import type {
  BroadcastList,
  BroadcastRow,
  BroadcastsInput,
  ElsewhereRow,
  ProcessRef,
  TopicList,
  TopicsInput,
} from "../protocol/index.ts";
import { Pace, type StoredEvent, type TraceStore } from "../store/index.ts";
import { nodeFilter } from "./event-filter.ts";
import { flowsAt } from "./flow-locator.ts";
import { SKEW_NS } from "./flow-reader.ts";
import type { Lookup } from "./lookup.ts";
import { NewestEvents } from "./newest-events.ts";
import type { PhoenixParts } from "./phoenix-rows.ts";
import { subscriptionsAt, withExits } from "./subscriptions-at.ts";
import { allEvents } from "./table-events.ts";
import { thinnedStretches, untold } from "./thinned.ts";

const DEFAULT_LIMIT = 100;
/** Newest events that broadcasts are counted in, where a question about topics does not say otherwise. */
const COUNTED = 5_000;
const SHOWN_RECEIVERS = 100;
/** A dispatch follows its broadcast within microseconds, but its event may be in a later batch. */
const SETTLE_NS = 200_000_000n;
/** An adapter on another node has done its part by then, but for a node that stands still. */
const FORWARDED_NS = 2_000_000_000n;

export interface PubSubSources {
  readonly store: TraceStore;
  readonly lookup: Lookup;
  readonly parts: PhoenixParts;
}

/** Questions about topics of Phoenix.PubSub and broadcasts on them. */
export class PubSubQuery {
  readonly #sources: PubSubSources;

  constructor(sources: PubSubSources) {
    this.#sources = sources;
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_NODE` */
  async topics(input: TopicsInput): Promise<TopicList> {
    const { clock } = this.#sources.parts;
    const { nodes } = nodeFilter(input.node, this.#sources.lookup);
    const newest = this.#newest(input.t);
    while (newest.events.length < (input.read ?? COUNTED) && (await newest.more()));
    const history = await this.#history(newest.events, newest.complete, input.t);
    const rows = this.#topicsOn(history, nodes)
      .filter(({ topic }) => topic.includes(input.search ?? ""))
      .map(({ pubsub, topic, subscribers, broadcasts, unheard, lastBroadcastAt }) => ({
        pubsub: moduleName(pubsub),
        topic,
        subscribers: this.#refs(subscribers),
        broadcasts,
        unheard,
        lastBroadcastAt: lastBroadcastAt === undefined ? null : clock.t(lastBroadcastAt),
      }))
      .sort((a, b) => b.broadcasts - a.broadcasts || a.topic.localeCompare(b.topic));
    const since = newest.complete ? null : clock.t(newest.events[0]!.ts);
    return { rows, complete: newest.complete, since };
  }

  /** With a node: what was sent there, or was for somebody there. @throws ElixirScopeError `QUERY_NO_SUCH_NODE` */
  async broadcasts(input: BroadcastsInput): Promise<BroadcastList> {
    const { nodes } = nodeFilter(input.node, this.#sources.lookup);
    const limit = input.limit ?? DEFAULT_LIMIT;
    const newest = this.#newest(input.t);
    let found: readonly Broadcast[] = [];
    while (found.length < limit && (await newest.more())) {
      const { broadcasts } = await this.#history(newest.events, newest.complete, input.t);
      found = broadcasts
        .filter(({ topic }) => input.topic === undefined || topic === input.topic)
        .filter((broadcast) => input.unheard !== true || isUnheard(broadcast))
        .filter((broadcast) => isOn(broadcast, nodes));
    }
    const shown = found.toReversed().slice(0, limit);
    const flows = await flowsAt(this.#sources.store, this.#sources.lookup, shown);
    const rows = await new Pace().map(shown, (broadcast, i) => ({
      ...this.#row(broadcast),
      flow: flows[i] ?? null,
    }));
    return { rows, complete: newest.complete };
  }

  /** Of these ids, in the order of the record. */
  async of(ids: ReadonlySet<number>): Promise<readonly BroadcastRow[]> {
    const { store } = this.#sources;
    const asked = await store.eventsByIds([...ids]);
    const [first, last] = [asked[0], asked.at(-1)];
    if (!first || !last) return [];
    // What another node did with it may have been told of before it was.
    const around =
      (await store.nodes()).length > 1
        ? { from: first.ts - SKEW_NS, to: last.ts + FORWARDED_NS }
        : { afterId: first.id - 1, to: last.ts + SETTLE_NS };
    const events = await allEvents(store, { kinds: ["pubsub"], ...around });
    const { broadcasts } = await this.#history(events, false);
    return broadcasts.filter(({ id }) => ids.has(id)).map((one) => this.#row(one));
  }

  /** Up to the instant `t`, with what tells whom its last broadcasts reached. */
  #newest(t: number | undefined): NewestEvents {
    const { store, parts } = this.#sources;
    const until = t === undefined ? {} : { to: parts.clock.ts(t) + SETTLE_NS };
    return new NewestEvents(store, { kinds: ["pubsub"], ...until });
  }

  /** @param complete are these all events that there are? Else it is known who was subscribed before them */
  async #history(told: readonly StoredEvent[], complete: boolean, t?: number): Promise<PubSubHistory> {
    const { store, lookup, parts } = this.#sources;
    const [first] = told;
    const known =
      complete || !first
        ? new Subscriptions((pid) => lookup.pid(pid))
        : await subscriptionsAt(store, lookup, first);
    const events = first ? await withExits({ store, lookup }, known, told, { afterId: first.id - 1 }) : [];
    const gaps = (await store.gaps()).filter(
      ({ dropped }) => !("call" in dropped) || (dropped.call ?? 0) > 0,
    );
    const thinned = (await thinnedStretches(store, lookup)).filter(
      (stretch) => untold([stretch], PUBSUB) > 0 || untold([stretch], CHANNEL_SERVER) > 0,
    );
    const nodes = await store.nodes();
    const heard = await this.#heardUntil(nodes);
    const steps = pubSubHistorySteps(events, {
      known,
      until: t === undefined ? undefined : parts.clock.ts(t),
      indexOf: (pid) => lookup.pid(pid),
      nodeOf: (process) => this.#nodeOf(process, nodes),
      settledAt: (node) => (heard.get(node) ?? 0n) - SETTLE_NS,
      // A slice of a busy second may end between a broadcast and its dispatch.
      lost: (ts, on) =>
        [...gaps.filter(({ node }) => node === on), ...thinned].some(
          ({ from, to }) => from <= ts && to >= ts - SETTLE_NS,
        ),
    });
    return new Pace().run(steps);
  }

  /** By node: the instant of its newest event. */
  async #heardUntil(nodes: readonly NodeEntry[]): Promise<ReadonlyMap<number, bigint>> {
    const { store } = this.#sources;
    const [only, other] = nodes;
    if (only && !other) return new Map([[only.index, (await store.totals()).last ?? 0n]]);
    const newest = { order: "newest_first", limit: 1, withoutPayload: true } as const;
    const lists = await Promise.all(nodes.map(({ index }) => store.events({ ...newest, nodes: [index] })));
    return new Map(lists.flatMap(([event]) => (event ? [[event.node, event.ts] as const] : [])));
  }

  /** The life of a node that a process belongs to. */
  #nodeOf(process: number, nodes: readonly NodeEntry[]): number | undefined {
    const entry = this.#sources.lookup.process(process);
    return nodes.find(({ name, creation }) => name === entry?.node && creation === entry.creation)?.index;
  }

  /** Of some nodes who is subscribed there, and what they broadcast. */
  #topicsOn({ topics, broadcasts }: PubSubHistory, nodes: readonly number[] | undefined): readonly Topic[] {
    if (!nodes) return topics;
    const names = new Set(nodes.map((index) => this.#sources.lookup.nodeName(index)));
    const isThere = (process: number): boolean =>
      names.has(this.#sources.lookup.process(process)?.node ?? "");
    const own = broadcasts.filter(({ node }) => nodes.includes(node));
    return topics.flatMap((topic) => {
      const subscribers = topic.subscribers.filter(isThere);
      const sent = own.filter((one) => one.pubsub === topic.pubsub && one.topic === topic.topic);
      if (subscribers.length + sent.length === 0) return [];
      const unheard = sent.filter(isUnheard).length;
      return [{ ...topic, subscribers, broadcasts: sent.length, unheard, lastBroadcastAt: sent.at(-1)?.ts }];
    });
  }

  #row(broadcast: Broadcast): BroadcastRow {
    const { parts } = this.#sources;
    const { clock } = parts;
    const reached = broadcast.reached ?? null;
    const nearest = broadcast.nearest && reached === 0 ? broadcast.nearest : null;
    const elsewhere = broadcast.elsewhere.map((one) => this.#elsewhere(one));
    return {
      id: broadcast.id,
      node: broadcast.node,
      flow: null,
      t: clock.t(broadcast.ts),
      at: clock.iso(broadcast.ts),
      process: parts.ref(broadcast.pid),
      operation: broadcast.operation,
      pubsub: moduleName(broadcast.pubsub),
      topic: broadcast.topic,
      message: broadcast.message === undefined ? null : parts.text(broadcast.message, 2_000),
      reached,
      receivers: this.#refs(broadcast.receivers.slice(0, SHOWN_RECEIVERS)),
      unheard: isUnheard(broadcast),
      nearest,
      elsewhere,
      verdict:
        elsewhere.length > 0 ? verdictOfAll(broadcast, elsewhere) : verdict(broadcast, reached, nearest),
    };
  }

  #elsewhere(one: BroadcastElsewhere): ElsewhereRow {
    const { lookup } = this.#sources;
    return {
      node: one.node,
      name: lookup.nodeText(lookup.nodeName(one.node)),
      subscribers: one.subscribers,
      arrived: one.arrived ?? null,
      id: one.id ?? null,
      reached: one.reached ?? null,
      receivers: this.#refs(one.receivers.slice(0, SHOWN_RECEIVERS)),
    };
  }

  #refs(indexes: readonly number[]): readonly ProcessRef[] {
    return indexes.flatMap((index) => (index === NONE ? [] : (this.#sources.parts.ref(index) ?? [])));
  }
}

const moduleName = (name: string): string => name.replace(/^Elixir\./, "");

/** Who calls the dispatchers, and one of these. */
const PUBSUB = "Elixir.Phoenix.PubSub";
const CHANNEL_SERVER = "Elixir.Phoenix.Channel.Server";

const isOn = ({ node, elsewhere }: Broadcast, nodes: readonly number[] | undefined): boolean =>
  nodes === undefined || nodes.includes(node) || elsewhere.some((one) => nodes.includes(one.node));

const processes = (count: number): string => (count === 1 ? "1 process" : `${count} processes`);

/** With what became of it on each of several nodes. */
function verdictOfAll({ topic, reached, onlySender }: Broadcast, elsewhere: readonly ElsewhereRow[]): string {
  const here =
    reached === undefined
      ? "it cannot be told whom on its own node"
      : onlySender
        ? "nobody but its sender on its own node, which was left out"
        : `${reached === 0 ? "nobody" : processes(reached)} on its own node`;
  return `broadcast on ${topic} reached ${[here, ...elsewhere.map(there)].join("; ")}`;
}

function there({ name, arrived, reached, subscribers }: ElsewhereRow): string {
  if (arrived === false)
    return `nobody on ${name}, where it did not get to and ${processes(subscribers)} ${subscribers === 1 ? "is" : "are"} subscribed`;
  if (reached === null) return `it cannot be told whom on ${name}`;
  return `${reached === 0 ? "nobody" : processes(reached)} on ${name}`;
}

function verdict(
  { topic, onlySender }: Broadcast,
  reached: number | null,
  nearest: BroadcastRow["nearest"],
): string {
  if (reached === null) return `broadcast on ${topic}: whom it reached cannot be told`;
  if (reached > 0) return `broadcast on ${topic} reached ${processes(reached)}`;
  if (onlySender) return `broadcast on ${topic}: its sender is the only subscriber, and was left out`;
  if (!nearest) return `broadcast on ${topic} reached nobody`;
  const { subscribers } = nearest;
  const who = subscribers === 1 ? "1 subscriber" : `${subscribers} subscribers`;
  return `broadcast on ${topic} reached nobody; ${nearest.topic} has ${who}`;
}
