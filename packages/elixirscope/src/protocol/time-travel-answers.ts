import type { EventRow, ProcessMonitors, ProcessRef, TermText, TreeNode } from "./answers.ts";
import type { StateDiff, StateRow } from "./state-answers.ts";

// Time travel: how everything stood at an instant. What was not recorded is null or a bound, with the reason beside it.

/** A node at the instant. */
export interface SnapshotNode {
  readonly index: number;
  readonly name: string;
  /** False: it was not observed then, so its processes are left out; `why` says why. */
  readonly observed: boolean;
  /** Level in force; "" where that is not known. */
  readonly level: string;
  readonly why: string;
}

/** The last state at or before the instant. */
export interface SnapshotState {
  /** Its event, for the whole of it. */
  readonly id: number;
  /** Since when. */
  readonly t: number;
  /** Callback module. */
  readonly module: string | null;
  readonly term: TermText;
  /** As `StateRow.extent`. */
  readonly extent: "whole" | "cut" | "not_copied";
}

export interface SnapshotMessage {
  /** The receive where it was taken in, else the send. */
  readonly event: EventRow;
  /** Who sent it; null where that is not known. */
  readonly from: ProcessRef | null;
  /** False: at this instant it may have been on its way still, or be taken already. */
  readonly sure: boolean;
}

/** Messages that came and were not handled yet. */
export interface SnapshotMailbox {
  /** Null: not known, see `why`; the bounds say what is. */
  readonly length: number | null;
  readonly atLeast: number;
  readonly atMost: number | null;
  /** The oldest, at most 100. */
  readonly messages: readonly SnapshotMessage[];
  /** Its length when the process was looked at last; null: never. */
  readonly sampled: number | null;
  readonly why: string;
}

export interface SnapshotRow extends ProcessRef {
  /** Names in `:global`, registries and `:via` modules. */
  readonly names: readonly string[];
  readonly parent: ProcessRef | null;
  readonly supervisor: ProcessRef | null;
  readonly links: readonly ProcessRef[];
  /** Whom it monitored, and who it; null in a list: ask for one process. As `ProcessDetail.monitors`. */
  readonly monitors: ProcessMonitors | null;
  readonly initialCall: string;
  readonly application: string | null;
  readonly spawnedAt: number | null;
  /** Null: not known, `stateWhy` says why. In a callback this is the state that it was called with. */
  readonly state: SnapshotState | null;
  readonly stateWhy: string;
  /** The callback that it was in; null: in none, as far as callbacks were recorded. */
  readonly callback: EventRow | null;
  readonly mailbox: SnapshotMailbox;
  /** Topics of Phoenix.PubSub. */
  readonly subscriptions: readonly { readonly pubsub: string; readonly topic: string }[];
}

/** Everything at an instant. */
export interface Snapshot {
  readonly t: number;
  readonly at: string;
  readonly nodes: readonly SnapshotNode[];
  /** Processes that were alive, and those of them that the question is about. */
  readonly alive: number;
  readonly total: number;
  readonly rows: readonly SnapshotRow[];
  /** The supervision tree; null where it was not asked for. */
  readonly tree: readonly TreeNode[] | null;
}

/** Where a step ended. `cursor` goes into the next one. */
export interface StepAnswer {
  /** Null: there is none in this direction. */
  readonly event: EventRow | null;
  readonly cursor: number | null;
  /** With what changed, where the event is a state. */
  readonly state: StateRow | null;
  readonly why: string;
}

/** Where a condition became true. */
export interface UntilAnswer {
  readonly event: EventRow | null;
  readonly state: StateRow | null;
  readonly cursor: number | null;
  /** Id of the last event that was looked at; null: none was. */
  readonly searched: number | null;
  /** There may be others further on, in the same direction. */
  readonly more: boolean;
  /** Why there is none; "" where there is one. */
  readonly why: string;
}

/** What differs between two states. */
export interface DiffAnswer {
  /** Null: none is recorded. */
  readonly a: StateRow | null;
  readonly b: StateRow | null;
  readonly diff: StateDiff | null;
  readonly why: string;
}

/** One link of a chain of causes. */
export interface CauseLink {
  /**
   * `callback`: it was in this callback; `message`, `timer`: it was called with this message; `entry`: here a flow starts;
   * `spawn`: the process was started by this one; `process`: what it did is not told by callbacks, see `why`.
   */
  readonly type: "callback" | "message" | "timer" | "entry" | "spawn" | "process";
  /** Who did it: of a message who sent it. */
  readonly process: ProcessRef | null;
  readonly summary: string;
  /** Events that show it: of a message the send and the receive. */
  readonly events: readonly number[];
  readonly t: number;
  readonly at: string;
  readonly certain: boolean;
  /** What is not known, or not certain, and why. */
  readonly why: string;
}

/** When a value changed last, and why. */
export interface ChangeAnswer {
  /** The version with the new value, with all that changed; null: no change was found. */
  readonly state: StateRow | null;
  /** The value before and after, as text; null: it was not there, or not recorded. */
  readonly before: string | null;
  readonly after: string | null;
  /** From the change back to where it began. */
  readonly chain: readonly CauseLink[];
  readonly searched: number | null;
  readonly more: boolean;
  readonly why: string;
}
