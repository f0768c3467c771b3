import type { EventKind } from "../../model/index.ts";
import type { MoreFacts } from "./more-facts.ts";

// What detectors look at: plain data, gathered by the query layer in bounded amounts. Instants are nanoseconds on one
// axis; `id` is that of an event.

/** A process as answers name it. */
export interface Who {
  /** `p-12` */
  readonly handle: string;
  readonly label: string;
}

export interface BroadcastFact {
  readonly id: number;
  readonly t: number;
  readonly process: Who | null;
  readonly topic: string;
  /** How: by a pubsub (default), to a group of `pg` or a key of a registry, or to who was looked up in one. */
  readonly by?: "pubsub" | "dispatch" | "lookup";
  /** It reached nobody, and not only since its sender leaves itself out. */
  readonly unheard: boolean;
  readonly receivers: readonly Who[];
  readonly nearest: { readonly topic: string; readonly subscribers: number } | null;
  /** Nodes that it did not get to, though somebody is subscribed there. */
  readonly missed?: readonly MissedNode[];
}

export interface MissedNode {
  /** Full names of the node that it was sent on, and of this one. */
  readonly between: readonly [string, string];
  /** As short as it can be said. */
  readonly name: string;
  readonly subscribers: number;
}

export interface CrashFact {
  readonly id: number;
  readonly t: number;
  readonly process: Who;
  /** As Elixir prints it. */
  readonly reason: string;
  readonly supervisor: Who | null;
  readonly childId: string | null;
  readonly reaction: "restarted" | "not_restarted" | "gave_up" | null;
  /** What it worked on, with who sent that. */
  readonly cause: MessageFact | null;
  /** Other events that tell of it: what was logged. */
  readonly logs: readonly number[];
}

export interface MessageFact {
  readonly id: number;
  readonly text: string;
  readonly sender: Who | null;
  readonly sendId: number | null;
}

export interface CallFact {
  readonly id: number;
  readonly from: Who;
  readonly to: Who;
  readonly t: number;
  readonly request: string;
  /** When the caller had its answer, or went on without one; null: it still waits at the end of the record. */
  readonly until: number | null;
  /** The answer's receive, or what the caller did instead. */
  readonly untilId: number | null;
  readonly answered: boolean;
  /** From the request's send until it was taken in. */
  readonly queueNs: number | null;
  readonly replyId: number | null;
  readonly reply: string | null;
  /** Of one without an answer: when its callee took it in. */
  readonly takenAt: number | null;
}

/** A message to nobody. */
export interface LostSendFact {
  readonly id: number;
  readonly t: number;
  readonly from: Who;
  readonly message: string;
  /** The name that nobody held; null: it went to a process that had ended. */
  readonly name: string | null;
  /** Did anybody hold that name at some time of the record? */
  readonly wasHeld: boolean;
  readonly nearestName: string | null;
  readonly to: Who | null;
  readonly endedAt: number | null;
  readonly endId: number | null;
  /** A living process of the same label. */
  readonly successor: Who | null;
}

/** A message that the default callback of GenServer or LiveView took, and logged. */
export interface UnhandledFact {
  readonly id: number;
  readonly t: number;
  readonly process: Who;
  readonly callback: string;
  readonly message: string;
  readonly received: MessageFact | null;
}

export interface SamplePoint {
  readonly id: number;
  readonly t: number;
  readonly mailbox: number;
  /** Bytes. */
  readonly memory: number;
  readonly reductions: number;
  /** `Mod.fun/arity` */
  readonly at: string | null;
  readonly status: string;
}

export interface MailboxFact {
  readonly process: Who;
  /** Oldest first. */
  readonly samples: readonly SamplePoint[];
  /** Most messages first, with one of their events. */
  readonly senders: readonly { readonly who: Who; readonly count: number; readonly id: number }[];
}

/** Processes of one sort that one process started. */
export interface SpawnFact {
  readonly parent: Who;
  readonly what: string;
  /** Oldest first. */
  readonly spawned: readonly { readonly id: number; readonly t: number }[];
  readonly ended: number;
  /** Messages that the living ones took in in the last half of the record; null: messages were not recorded. */
  readonly receivedLately: number | null;
}

/** Timers of one sort of message that one process set for itself. */
export interface TimerFact {
  readonly process: Who;
  readonly message: string;
  /** Oldest first. */
  readonly set: readonly { readonly id: number; readonly t: number }[];
  readonly alive: boolean;
  /** What the process took in last. */
  readonly lastMessage: MessageFact | null;
}

export interface RequestFact {
  readonly id: number;
  readonly t: number;
  readonly process: Who | null;
  /** `GET /orders` */
  readonly what: string;
  readonly status: number | null;
  readonly durationNs: number | null;
  /** `RuntimeError: no such page (lib/…:7)` */
  readonly error: string | null;
  /** The slowest part. */
  readonly slowest: { readonly id: number; readonly what: string; readonly durationNs: number } | null;
}

/** A run of a job that failed. */
export interface JobFact {
  readonly id: number;
  readonly t: number;
  readonly process: Who | null;
  readonly worker: string;
  readonly state: string;
  readonly error: string;
  readonly insertedId: number | null;
}

export interface RepeatFact {
  readonly ids: readonly number[];
  readonly process: Who | null;
  /** `GET /orders` */
  readonly work: string;
  readonly workId: number;
  readonly query: string;
  readonly count: number;
  /** Different parameters; null: not recorded. */
  readonly parameters: number | null;
  readonly totalNs: number;
  readonly place: string | null;
}

/** A user's event in a LiveView, and what came of it before the next one. */
export interface UserEventFact {
  readonly id: number;
  readonly t: number;
  readonly process: Who | null;
  readonly view: string;
  readonly name: string;
  readonly flow: string | null;
  readonly failed: boolean;
  /** Names of the assigns that changed until the next event; null: states were not recorded. */
  readonly changed: readonly string[] | null;
  readonly pushes: readonly number[];
  readonly infos: readonly number[];
  /** When the next one came, or the page ended; null: neither. */
  readonly until: number | null;
}

export interface Facts extends MoreFacts {
  /** The stretch that was looked at. */
  readonly from: number;
  readonly to: number;
  /** Events by kind. */
  readonly counts: Readonly<Partial<Record<EventKind, number>>>;
  readonly broadcasts: readonly BroadcastFact[];
  readonly crashes: readonly CrashFact[];
  /** Oldest first. */
  readonly calls: readonly CallFact[];
  readonly lostSends: readonly LostSendFact[];
  readonly unhandled: readonly UnhandledFact[];
  readonly mailboxes: readonly MailboxFact[];
  readonly spawns: readonly SpawnFact[];
  readonly timers: readonly TimerFact[];
  readonly requests: readonly RequestFact[];
  readonly jobs: readonly JobFact[];
  readonly repeats: readonly RepeatFact[];
  readonly userEvents: readonly UserEventFact[];
  /** The newest sample of a process in a stretch. */
  readonly sampleIn: (process: Who, from: number, to: number) => SamplePoint | undefined;
}
