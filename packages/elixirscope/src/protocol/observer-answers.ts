import type { ChildSpecAnswer, EventRow, ProcessRef, ProcessRow, TermText } from "./answers.ts";
import type { StateRow } from "./state-answers.ts";

// What the ProcessObserver tells of a process's end and of its past, and of the node beside processes.

/** What a supervisor did about the end of a child. */
export interface SupervisorReaction {
  /** Who supervised it. */
  readonly supervisor: ProcessRef;
  readonly childId: string | null;
  readonly spec: ChildSpecAnswer | null;
  /**
   * `restarted`: see `successor`; `gave_up`: the supervisor ended too, within a second; `not_restarted`: nothing was
   * started in its place in what was recorded.
   */
  readonly reaction: "restarted" | "not_restarted" | "gave_up";
  readonly successor: ProcessRef | null;
  /** From the end to the start of the successor. */
  readonly afterNs: number | null;
}

export interface CrashRow {
  readonly process: ProcessRef;
  readonly exit: EventRow;
  readonly reason: TermText;
  /** Null: no supervisor is known. */
  readonly supervision: SupervisorReaction | null;
}

export interface CrashList {
  /** Newest first: every end but those with `normal`, `shutdown` and `{shutdown, _}`. */
  readonly rows: readonly CrashRow[];
  /** There are older ones, or more than were looked at. */
  readonly more: boolean;
}

export interface LogRow {
  readonly event: EventRow;
  readonly level: string;
  /** As Logger's handlers get it, at most 20,000 characters. */
  readonly text: string;
  readonly mfa: string | null;
  readonly file: string | null;
  readonly line: number | null;
  readonly domain: readonly string[];
}

/** How a process ended and what it did last. All lists oldest first. */
export interface CrashAnswer extends Omit<CrashRow, "process"> {
  readonly process: ProcessRow;
  /** The last messages that it received and sent before its end. */
  readonly received: readonly EventRow[];
  readonly sent: readonly EventRow[];
  /** The message that it was working on: known with states; at the level `messages` the last that it received, no reply. */
  readonly lastMessage: EventRow | null;
  /** Its last state, recorded at the levels `state` and `calls`. */
  readonly state: StateRow | null;
  /** What was logged of it, from shortly before its end to shortly after. */
  readonly logs: readonly LogRow[];
  /** Others that ended for the same reason within a second: those linked to it. */
  readonly alsoEnded: readonly ProcessRef[];
  /** What is missing in this answer and why; "" when nothing is. */
  readonly note: string;
}

/** One moment of a process, or the highest figures of a stretch of time. */
export interface HistoryPoint {
  readonly t: number;
  /** ISO 8601 in UTC with microseconds. */
  readonly at: string;
  readonly memory: number;
  readonly mailbox: number;
  readonly reductions: number;
}

export interface History {
  readonly process: ProcessRef;
  /** Oldest first. */
  readonly points: readonly HistoryPoint[];
  /** Samples that the points are made of. */
  readonly samples: number;
}

export interface TableRow {
  readonly name: string;
  readonly named: boolean;
  readonly owner: ProcessRef | null;
  readonly size: number;
  readonly memory: number;
  readonly type: string;
  readonly protection: string;
}

export interface PortRow {
  readonly port: string;
  readonly name: string;
  readonly owner: ProcessRef | null;
  readonly input: number;
  readonly output: number;
  readonly osPid: number | null;
}

export interface ApplicationRow {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  /** Null: loaded, but not started, or a library. */
  readonly top: ProcessRef | null;
  /** Processes that are known to be of it, and their memory as it was sampled last. */
  readonly processes: number;
  readonly memory: number;
}

/** ETS tables, ports and applications at an instant. Sizes in bytes but a table's `size`, which is objects. */
export interface Inventory {
  readonly t: number;
  /** The largest (by memory), at most 200. */
  readonly tables: readonly TableRow[];
  readonly tablesTotal: number;
  readonly tablesMemory: number;
  /** Those with most traffic, at most 200. */
  readonly ports: readonly PortRow[];
  readonly portsTotal: number;
  readonly applications: readonly ApplicationRow[];
  /** `erlang:memory()`. */
  readonly memory: Readonly<Record<string, number>>;
  readonly limits: {
    readonly processes: readonly [used: number, limit: number];
    readonly ports: readonly [used: number, limit: number];
    readonly atoms: readonly [used: number, limit: number];
  };
}
