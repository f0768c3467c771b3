import type { Who } from "./facts.ts";

// What detectors of leaks, of order and of messages without effect look at. As in `facts.ts`.

/** A figure at an instant, with the event that has it. */
export interface Figure {
  readonly id: number;
  readonly t: number;
  readonly value: number;
}

/** Nodes that lost each other while both were there, as both say. */
export interface SplitFact {
  readonly nodes: readonly [string, string];
  readonly from: number;
  /** Null: they have not found each other again. */
  readonly to: number | null;
  /** Ids of the events that say so. */
  readonly evidence: readonly number[];
}

/** How large something was over time, oldest first. */
export interface SizeFact {
  readonly process: Who;
  /** `memory` as it was sampled (its own heap), `state` as its callbacks left it; both in bytes. */
  readonly of: "memory" | "state";
  readonly points: readonly Figure[];
  /** Of a state: the part that grew most, `:history (3 → 250 elements)`. */
  readonly part: string | null;
}

/** ETS tables of one name and one owner: how many rows they had. */
export interface TableFact {
  readonly name: string;
  readonly owner: Who | null;
  readonly rows: readonly Figure[];
  readonly tables: readonly Figure[];
  /** Bytes at the end. */
  readonly memory: number;
}

/** An ETS table that was there and went with its owner. */
export interface LostTableFact {
  readonly name: string;
  readonly owner: Who;
  /** An inventory that has it. */
  readonly seenId: number;
  /** The end of its owner, and the event of that where there is one. */
  readonly endedAt: number;
  readonly endId: number | null;
}

/** A name that a process has or had, as code writes it: `Shop.Cart`, `{:via, Registry, {Shop.Carts, "7"}}`. */
export interface NameFact {
  readonly text: string;
  readonly who: Who;
}

/** Who started a process, and when. */
export interface StartFact {
  readonly by: Who;
  readonly t: number;
  /** The event of it. */
  readonly id: number | null;
}

/** Figures of a whole node. */
export interface NodeFact {
  readonly atoms: readonly Figure[];
  /** Bytes of binaries outside of heaps. */
  readonly binaries: readonly Figure[];
  /** Who took in most bytes in large messages, most first, with one of these messages. */
  readonly takers: readonly {
    readonly who: Who;
    readonly bytes: number;
    readonly count: number;
    readonly id: number;
  }[];
}

/** Ports (sockets, files, programs) of one owner. */
export interface PortFact {
  readonly owner: Who;
  readonly what: string;
  readonly points: readonly Figure[];
}

/** Monitors that one process set. */
export interface MonitorFact {
  readonly process: Who;
  /** Oldest first. */
  readonly set: readonly { readonly id: number; readonly t: number }[];
  /** Whom: different processes, and who most often. */
  readonly targets: number;
  readonly most: { readonly who: Who; readonly count: number } | null;
  /** Taken away, or over since whom they watched has ended. */
  readonly over: number;
}

/** A message from one process to another, without the envelope of calls and casts. */
export interface SendFact {
  readonly id: number;
  readonly t: number;
  readonly from: Who;
  readonly to: Who;
  readonly type: "call" | "cast" | "info";
  /** `:tick`, `{:reading, 7}`. */
  readonly text: string;
  /** The atom in front, `reading`; null: none. */
  readonly name: string | null;
  /** Elements of the tuple; 0: it is none. */
  readonly arity: number;
  /** Whole numbers by their place in the tuple. */
  readonly numbers: ReadonlyMap<number, number>;
}

/** One callback of a message: what it left behind. */
export interface TurnFact {
  readonly id: number;
  readonly t: number;
  readonly process: Who;
  /** `handle_cast/2` */
  readonly callback: string;
  /** What tells the message apart: `increment`; "" without. */
  readonly name: string;
  readonly durationNs: number;
  readonly changed: boolean;
  /** Messages that it sent but its answer, processes that it started, timers that it set. */
  readonly effects: number;
}

/** A clause head of a callback, as it stands in the source. */
export interface ClauseFact {
  readonly callback: "handle_call" | "handle_cast" | "handle_info";
  readonly line: number;
  /** Of its first argument. */
  readonly pattern: string;
  /** Any message fits: a variable without a guard. */
  readonly takesAll: boolean;
}

/** Clauses of the module that a process runs. */
export interface ServerFact {
  readonly process: Who;
  readonly module: string;
  readonly clauses: readonly ClauseFact[];
}

/** An error that the application logged. */
export interface LogFact {
  readonly id: number;
  readonly t: number;
  readonly process: Who;
  readonly level: string;
  readonly text: string;
}

/** A call past a context's door, with its calls. */
export interface LeakFact {
  readonly caller: string;
  readonly callee: string;
  readonly context: string;
  readonly place: string | null;
  readonly calls: readonly { readonly id: number; readonly t: number; readonly process: Who | null }[];
}

/** The second half of what detectors look at. */
export interface MoreFacts {
  readonly sizes: readonly SizeFact[];
  readonly tables: readonly TableFact[];
  readonly nodes: readonly NodeFact[];
  readonly ports: readonly PortFact[];
  readonly monitors: readonly MonitorFact[];
  /** The newest, oldest first. */
  readonly sends: readonly SendFact[];
  /** What tasks sent to whoever started them, `{reference, value}`; likewise. */
  readonly results: readonly SendFact[];
  readonly turns: readonly TurnFact[];
  readonly servers: readonly ServerFact[];
  readonly logs: readonly LogFact[];
  readonly leaks: readonly LeakFact[];
  /** Reductions of processes within the record, most first, with the newest sample. */
  readonly busy: readonly {
    readonly process: Who;
    readonly reductions: number;
    readonly share: number;
    readonly id: number;
    readonly at: string | null;
    /** Samples in which it worked, of all. */
    readonly working: number;
    readonly samples: number;
  }[];
  /** Names of nodes that were observed, or heard from. */
  readonly knownNodes: readonly string[];
  /** Did nodes say to which others they are connected? One that was recorded alone need not. */
  readonly nodesSeen: boolean;
  /** Oldest first. */
  readonly splits: readonly SplitFact[];
  readonly names: readonly NameFact[];
  readonly lostTables: readonly LostTableFact[];
  /** Undefined for those that were there before the record. */
  readonly startOf: (process: Who) => StartFact | undefined;
}

export const NO_MORE_FACTS: MoreFacts = {
  sizes: [],
  tables: [],
  nodes: [],
  ports: [],
  monitors: [],
  sends: [],
  results: [],
  turns: [],
  servers: [],
  logs: [],
  leaks: [],
  busy: [],
  knownNodes: [],
  nodesSeen: false,
  splits: [],
  names: [],
  lostTables: [],
  startOf: () => undefined,
};
