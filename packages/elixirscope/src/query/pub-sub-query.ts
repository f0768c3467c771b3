import { type Broadcast, type PubSubHistory, pubSubHistory, Subscriptions } from "../analysis/index.ts";
import { NONE } from "../model/index.ts";
import type {
  BroadcastList,
  BroadcastRow,
  BroadcastsInput,
  ProcessRef,
  TopicList,
  TopicsInput,
} from "../protocol/index.ts";
import type { StoredEvent, TraceStore } from "../store/index.ts";
import { flowsAt } from "./flow-locator.ts";
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

  async topics(input: TopicsInput): Promise<TopicList> {
    const { clock } = this.#sources.parts;
    const newest = this.#newest(input.t);
    while (newest.events.length < (input.read ?? COUNTED) && (await newest.more()));
    const { topics } = await this.#history(newest.events, newest.complete, input.t);
    const rows = topics
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

  async broadcasts(input: BroadcastsInput): Promise<BroadcastList> {
    const limit = input.limit ?? DEFAULT_LIMIT;
    const newest = this.#newest(input.t);
    let found: readonly Broadcast[] = [];
    while (found.length < limit && (await newest.more())) {
      const { broadcasts } = await this.#history(newest.events, newest.complete, input.t);
      found = broadcasts
        .filter(({ topic }) => input.topic === undefined || topic === input.topic)
        .filter((broadcast) => input.unheard !== true || isUnheard(broadcast));
    }
    const shown = found.toReversed().slice(0, limit);
    const flows = await flowsAt(this.#sources.store, this.#sources.lookup, shown);
    const rows = shown.map((broadcast, i) => ({ ...this.#row(broadcast), flow: flows[i] ?? null }));
    return { rows, complete: newest.complete };
  }

  /** Of these ids, in the order of the record. */
  async of(ids: ReadonlySet<number>): Promise<readonly BroadcastRow[]> {
    const { store } = this.#sources;
    const asked = await store.eventsByIds([...ids]);
    const [first, last] = [asked[0], asked.at(-1)];
    if (!first || !last) return [];
    const events = await allEvents(store, {
      kinds: ["pubsub"],
      afterId: first.id - 1,
      to: last.ts + SETTLE_NS,
    });
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
    const { last } = await store.totals();
    return pubSubHistory(events, {
      known,
      until: t === undefined ? undefined : parts.clock.ts(t),
      indexOf: (pid) => lookup.pid(pid),
      settledAt: (last ?? 0n) - SETTLE_NS,
      // A slice of a busy second may end between a broadcast and its dispatch.
      lost: (ts) => [...gaps, ...thinned].some(({ from, to }) => from <= ts && to >= ts - SETTLE_NS),
    });
  }

  #row(broadcast: Broadcast): BroadcastRow {
    const { parts } = this.#sources;
    const { clock } = parts;
    const reached = broadcast.reached ?? null;
    const nearest = broadcast.nearest && reached === 0 ? broadcast.nearest : null;
    return {
      id: broadcast.id,
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
      verdict: verdict(broadcast, reached, nearest),
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

/** Somebody was to hear it and nobody did; not where its sender was the only subscriber, and left out. */
const isUnheard = ({ reached, onlySender }: Broadcast): boolean => reached === 0 && !onlySender;

function verdict(
  { topic, onlySender }: Broadcast,
  reached: number | null,
  nearest: BroadcastRow["nearest"],
): string {
  if (reached === null) return `broadcast on ${topic}: whom it reached cannot be told`;
  if (reached > 0)
    return `broadcast on ${topic} reached ${reached === 1 ? "1 process" : `${reached} processes`}`;
  if (onlySender) return `broadcast on ${topic}: its sender is the only subscriber, and was left out`;
  if (!nearest) return `broadcast on ${topic} reached nobody`;
  const { subscribers } = nearest;
  const who = subscribers === 1 ? "1 subscriber" : `${subscribers} subscribers`;
  return `broadcast on ${topic} reached nobody; ${nearest.topic} has ${who}`;
}
