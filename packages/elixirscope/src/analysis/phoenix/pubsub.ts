import { type Pid, Pid as PidTerm, type Term, Tuple } from "@elixirscope/etf";
import type { Steps } from "../steps.ts";
import { elementsOf, nameOf, numberOf, type PhoenixEvent, textOf } from "./fields.ts";
import { broadcastKey, forwardings } from "./forwarding.ts";
import { Subscriptions } from "./subscriptions.ts";
import { nearestTopic } from "./topic-distance.ts";

/** `StoredEvent` of the store has this shape. */
export interface PubSubEvent extends PhoenixEvent {
  /** Number of the node that told it. */
  readonly node: number;
}

/** What became of a broadcast on another node that is recorded. */
export interface BroadcastElsewhere {
  readonly node: number;
  /** Subscribers there when it was sent. */
  readonly subscribers: number;
  /** Did it get there? `undefined`: it cannot be told. */
  readonly arrived: boolean | undefined;
  /** Of what the adapter did there with it. */
  readonly id: number | undefined;
  /** `undefined`: it cannot be told. */
  readonly reached: number | undefined;
  readonly receivers: readonly number[];
}

/** A topic of one pubsub, and who is subscribed to it at the end of the events. */
export interface Topic {
  readonly pubsub: string;
  readonly topic: string;
  /** Process dictionary indexes; one that subscribed twice is there twice, as it gets each message twice. */
  readonly subscribers: readonly number[];
  readonly broadcasts: number;
  /** Of these, those that reached nobody. */
  readonly unheard: number;
  readonly lastBroadcastAt: bigint | undefined;
}

export interface Broadcast {
  readonly id: number;
  readonly ts: bigint;
  readonly pid: number;
  /** `broadcast`, `local_broadcast`, `direct_broadcast`. */
  readonly operation: string;
  readonly pubsub: string;
  readonly topic: string;
  readonly message: Term | undefined;
  /** Number of the node that it was sent on. */
  readonly node: number;
  /** On its own node. `undefined`: it cannot be told (a dispatcher of its own, events lost, or too recent). */
  readonly reached: number | undefined;
  readonly receivers: readonly number[];
  /** It reached nobody since only its sender is subscribed, whom it leaves out. */
  readonly onlySender: boolean;
  /** Where it reached nobody: the subscribed topic that was probably meant. */
  readonly nearest: { readonly topic: string; readonly subscribers: number } | undefined;
  /** On other nodes, where somebody was subscribed or it was dispatched. */
  readonly elsewhere: readonly BroadcastElsewhere[];
}

export interface PubSubHistory {
  readonly topics: readonly Topic[];
  /** Oldest first. */
  readonly broadcasts: readonly Broadcast[];
}

export interface PubSubOptions {
  readonly indexOf: (pid: Pid) => number;
  /** Who was subscribed before the events, which is followed on; left out: nobody. */
  readonly known?: Subscriptions | undefined;
  /** Number of the node that a process lives on; `undefined`: one that is not recorded. */
  readonly nodeOf: (process: number) => number | undefined;
  /** After this instant a broadcast without dispatch may still be on its way on this node. */
  readonly settledAt: (node: number) => bigint;
  /** Were calls of this node lost at this instant? */
  readonly lost: (ts: bigint, node: number) => boolean;
  /** The instant that is told of; later events only say whom earlier broadcasts reached. */
  readonly until?: bigint | undefined;
}

/** Dispatchers whose calls are recorded: without one of these, silence says nothing. */
const DISPATCHERS: ReadonlySet<string> = new Set(["Elixir.Phoenix.PubSub", "Elixir.Phoenix.Channel.Server"]);

/** Follows subscriptions and broadcasts through events of the kinds `pubsub` and `exit`, oldest first. */
export function* pubSubHistorySteps(
  events: readonly PubSubEvent[],
  options: PubSubOptions,
): Steps<PubSubHistory> {
  const walk = new Walk(options);
  for (const event of events) {
    walk.step(event);
    yield;
  }
  return walk.result();
}

interface Draft extends Omit<Broadcast, "reached" | "nearest" | "receivers" | "onlySender" | "elsewhere"> {
  readonly dispatcher: string;
  readonly key: string;
  /** By node, but for its own: who was subscribed there. */
  readonly audience: ReadonlyMap<number, number>;
  /** Who is left out: the sender of `broadcast_from`. */
  readonly from: Term | undefined;
  receivers: readonly number[];
  reached: number | undefined;
  nearest: Broadcast["nearest"];
  onlySender: boolean;
}

class Walk {
  readonly #options: PubSubOptions;
  readonly #subscriptions: Subscriptions;
  readonly #broadcasts: Draft[] = [];
  /** The broadcast that a process is in: a dispatch of its belongs to it. */
  readonly #open = new Map<number, Draft>();

  constructor(options: PubSubOptions) {
    this.#options = options;
    this.#subscriptions = options.known ?? new Subscriptions(options.indexOf);
  }

  step(event: PubSubEvent): void {
    const later = event.ts > (this.#options.until ?? event.ts);
    if (!later) this.#subscriptions.step(event);
    if (event.kind !== "pubsub") return;
    const [operation, ...rest] = elementsOf(event.payload);
    const name = nameOf(operation);
    if (name === "dispatch") this.#dispatch(event.pid, rest);
    else if (name?.endsWith("broadcast")) {
      this.#endBroadcast(event.pid);
      if (!later) this.#broadcast(event, name, rest);
    }
  }

  result(): PubSubHistory {
    for (const draft of this.#open.values()) this.#close(draft);
    const topics = new Map<string, Topic>();
    for (const [pubsub, byTopic] of this.#subscriptions.topics) {
      for (const [topic, subscribers] of byTopic)
        topics.set(`${pubsub} ${topic}`, {
          pubsub,
          topic,
          subscribers,
          broadcasts: 0,
          unheard: 0,
          lastBroadcastAt: undefined,
        });
    }
    const broadcasts = this.#whole();
    for (const broadcast of broadcasts) {
      const { pubsub, topic, ts } = broadcast;
      const key = `${pubsub} ${topic}`;
      const known = topics.get(key) ?? { pubsub, topic, subscribers: [], broadcasts: 0, unheard: 0 };
      topics.set(key, {
        ...known,
        broadcasts: known.broadcasts + 1,
        unheard: known.unheard + (isUnheard(broadcast) ? 1 : 0),
        lastBroadcastAt: ts,
      });
    }
    return { topics: [...topics.values()], broadcasts };
  }

  /** Each with what became of it on other nodes; what an adapter did there is no broadcast of its own. */
  #whole(): readonly Broadcast[] {
    const origins = forwardings(this.#broadcasts);
    const there = new Map<Draft, Draft[]>();
    for (const [local, origin] of origins) there.set(origin, [...(there.get(origin) ?? []), local]);
    return this.#broadcasts
      .filter((draft) => !origins.has(draft))
      .map((draft) => ({ ...draft, elsewhere: this.#elsewhere(draft, there.get(draft) ?? []) }));
  }

  #elsewhere(draft: Draft, arrived: readonly Draft[]): readonly BroadcastElsewhere[] {
    const nodes = new Set([...draft.audience.keys(), ...arrived.map(({ node }) => node)]);
    return [...nodes]
      .sort((a, b) => a - b)
      .map((node) => {
        const local = arrived.find((one) => one.node === node);
        const subscribers = draft.audience.get(node) ?? 0;
        if (local) {
          const { id, reached, receivers } = local;
          return { node, subscribers, arrived: true, id, reached, receivers };
        }
        const { lost, settledAt } = this.#options;
        const unknown =
          draft.key === "" ||
          draft.ts > settledAt(node) ||
          lost(draft.ts, node) ||
          lost(draft.ts, draft.node);
        const none = unknown ? undefined : 0;
        return {
          node,
          subscribers,
          arrived: unknown ? undefined : false,
          id: undefined,
          reached: none,
          receivers: [],
        };
      });
  }

  #broadcast(event: PubSubEvent, operation: string, rest: readonly Term[]): void {
    const [pubsub, topic, message, dispatcher, from] = rest;
    const draft: Draft = {
      id: event.id,
      ts: event.ts,
      pid: event.pid,
      operation,
      pubsub: nameOf(pubsub) ?? "?",
      topic: textOf(topic) ?? "?",
      node: event.node,
      message,
      dispatcher: nameOf(dispatcher) ?? "",
      from,
      receivers: [],
      reached: undefined,
      nearest: undefined,
      onlySender: false,
      key: handedOn(operation, rest) ? broadcastKey(pubsub!, topic!, message, dispatcher) : "",
      audience: operation === "broadcast" ? this.#audience(event.node, rest) : new Map(),
    };
    // Told now: who was subscribed when it is closed is another matter.
    if (!this.#subscriptions.topics.get(draft.pubsub)?.has(draft.topic)) draft.nearest = this.#nearest(draft);
    this.#broadcasts.push(draft);
    // Nothing is dispatched on this node.
    if (operation !== "direct_broadcast") this.#open.set(event.pid, draft);
  }

  /** Subscribers on nodes other than this one. */
  #audience(own: number, [pubsub, topic]: readonly Term[]): ReadonlyMap<number, number> {
    const found = new Map<number, number>();
    const subscribers =
      this.#subscriptions.topics.get(nameOf(pubsub) ?? "?")?.get(textOf(topic) ?? "?") ?? [];
    for (const process of subscribers) {
      const node = this.#options.nodeOf(process);
      if (node !== undefined && node !== own) found.set(node, (found.get(node) ?? 0) + 1);
    }
    return found;
  }

  #endBroadcast(pid: number): void {
    const before = this.#open.get(pid);
    if (before) this.#close(before);
  }

  #dispatch(pid: number, [count, , entries]: readonly Term[]): void {
    const draft = this.#open.get(pid);
    if (!draft) return;
    this.#open.delete(pid);
    const pids = Array.isArray(entries) ? (entries as readonly Term[]).flatMap(entryPid) : [];
    const kept = pids.filter((one) => !samePid(one, draft.from));
    draft.receivers = kept.map(this.#options.indexOf);
    // Of very many the list was cut; the number was not.
    draft.reached = (numberOf(count) ?? pids.length) - (pids.length - kept.length);
    draft.nearest = undefined;
    draft.onlySender = draft.reached === 0;
  }

  /** No dispatch came: nobody was subscribed. */
  #close(draft: Draft): void {
    this.#open.delete(draft.pid);
    if (!DISPATCHERS.has(draft.dispatcher) || draft.ts > this.#options.settledAt(draft.node)) return;
    if (this.#options.lost(draft.ts, draft.node)) return;
    draft.reached = 0;
  }

  #nearest(draft: Draft): Broadcast["nearest"] {
    const byTopic = this.#subscriptions.topics.get(draft.pubsub) ?? new Map<string, number[]>();
    const topic = nearestTopic(draft.topic, byTopic.keys());
    return topic === undefined ? undefined : { topic, subscribers: byTopic.get(topic)!.length };
  }
}

/** May this be what an adapter was given, or gave on? It leaves nobody out. */
const handedOn = (operation: string, [pubsub, topic, , , from]: readonly Term[]): boolean =>
  pubsub !== undefined && topic !== undefined && (operation !== "local_broadcast" || nameOf(from) === "none");

/** Somebody was to hear it and nobody did, on no node; not where its sender was the only subscriber, and left out. */
export const isUnheard = ({
  reached,
  onlySender,
  elsewhere,
}: Pick<Broadcast, "reached" | "onlySender" | "elsewhere">): boolean =>
  reached === 0 && !onlySender && elsewhere.every((one) => one.reached === 0);

const entryPid = (entry: Term): readonly Pid[] =>
  entry instanceof Tuple && entry.elements[0] instanceof PidTerm ? [entry.elements[0]] : [];

const samePid = (pid: Pid, other: Term | undefined): boolean =>
  other instanceof PidTerm && pid.id === other.id && pid.serial === other.serial && pid.node === other.node;
