import { type Pid, Pid as PidTerm, type Term, Tuple } from "@elixirscope/etf";
import { elementsOf, nameOf, numberOf, type PhoenixEvent, textOf } from "./fields.ts";
import { Subscriptions } from "./subscriptions.ts";
import { nearestTopic } from "./topic-distance.ts";

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
  /** On the observed node. `undefined`: it cannot be told (a dispatcher of its own, events lost, or too recent). */
  readonly reached: number | undefined;
  readonly receivers: readonly number[];
  /** It reached nobody since only its sender is subscribed, whom it leaves out. */
  readonly onlySender: boolean;
  /** Where it reached nobody: the subscribed topic that was probably meant. */
  readonly nearest: { readonly topic: string; readonly subscribers: number } | undefined;
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
  /** After this instant a broadcast without dispatch may still be on its way. */
  readonly settledAt: bigint;
  /** Were calls lost at this instant? */
  readonly lost: (ts: bigint) => boolean;
  /** The instant that is told of; later events only say whom earlier broadcasts reached. */
  readonly until?: bigint | undefined;
}

/** Dispatchers whose calls are recorded: without one of these, silence says nothing. */
const DISPATCHERS: ReadonlySet<string> = new Set(["Elixir.Phoenix.PubSub", "Elixir.Phoenix.Channel.Server"]);

/** Follows subscriptions and broadcasts through events of the kinds `pubsub` and `exit`, oldest first. */
export function pubSubHistory(events: readonly PhoenixEvent[], options: PubSubOptions): PubSubHistory {
  const walk = new Walk(options);
  for (const event of events) walk.step(event);
  return walk.result();
}

interface Draft extends Omit<Broadcast, "reached" | "nearest" | "receivers" | "onlySender"> {
  readonly dispatcher: string;
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

  step(event: PhoenixEvent): void {
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
    for (const { pubsub, topic, reached, onlySender, ts } of this.#broadcasts) {
      const key = `${pubsub} ${topic}`;
      const known = topics.get(key) ?? { pubsub, topic, subscribers: [], broadcasts: 0, unheard: 0 };
      topics.set(key, {
        ...known,
        broadcasts: known.broadcasts + 1,
        unheard: known.unheard + (reached === 0 && !onlySender ? 1 : 0),
        lastBroadcastAt: ts,
      });
    }
    return { topics: [...topics.values()], broadcasts: this.#broadcasts };
  }

  #broadcast(event: PhoenixEvent, operation: string, rest: readonly Term[]): void {
    const [pubsub, topic, message, dispatcher, from] = rest;
    const draft: Draft = {
      id: event.id,
      ts: event.ts,
      pid: event.pid,
      operation,
      pubsub: nameOf(pubsub) ?? "?",
      topic: textOf(topic) ?? "?",
      message,
      dispatcher: nameOf(dispatcher) ?? "",
      from,
      receivers: [],
      reached: undefined,
      nearest: undefined,
      onlySender: false,
    };
    // Told now: who was subscribed when it is closed is another matter.
    if (!this.#subscriptions.topics.get(draft.pubsub)?.has(draft.topic)) draft.nearest = this.#nearest(draft);
    this.#broadcasts.push(draft);
    // Nothing is dispatched on this node.
    if (operation !== "direct_broadcast") this.#open.set(event.pid, draft);
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
    if (!DISPATCHERS.has(draft.dispatcher) || draft.ts > this.#options.settledAt) return;
    if (this.#options.lost(draft.ts)) return;
    draft.reached = 0;
  }

  #nearest(draft: Draft): Broadcast["nearest"] {
    const byTopic = this.#subscriptions.topics.get(draft.pubsub) ?? new Map<string, number[]>();
    const topic = nearestTopic(draft.topic, byTopic.keys());
    return topic === undefined ? undefined : { topic, subscribers: byTopic.get(topic)!.length };
  }
}

const entryPid = (entry: Term): readonly Pid[] =>
  entry instanceof Tuple && entry.elements[0] instanceof PidTerm ? [entry.elements[0]] : [];

const samePid = (pid: Pid, other: Term | undefined): boolean =>
  other instanceof PidTerm && pid.id === other.id && pid.serial === other.serial && pid.node === other.node;
