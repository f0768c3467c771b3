import type { Budget, EventKind, GapCause, Level, Sample } from "../model/index.ts";
import type { LoweredBy, ScopeInput } from "./control.ts";

// What ElixirScope answers its clients (UI, CLI, later MCP), as JSON. `methods.ts` holds the questions.
//
// Instants are `t`: nanoseconds since the recording's origin (the node's clock at attach), a whole number, safe for
// 104 days; what was known before the attach has `t` 0 or below. `at` is wall time, ISO 8601 with microseconds.

/** Grows with every change that an older client could misread. */
export const SCHEMA_VERSION = 1;

/** A process as everything names it. */
export interface ProcessRef {
  /** `p-<n>`: stable over the recording, also where a pid is used again. */
  readonly handle: string;
  /** As the node prints it: `#PID<0.123.0>`. */
  readonly pid: string;
  /** Registered name, else `$process_label`, else initial call; never empty: at worst the pid. */
  readonly label: string;
  /** Registered name as Elixir prints it (`Hello.Counter`, `:kernel_sup`), or null. */
  readonly name: string | null;
  /** The node that it lives on, as short as can be said (`shop`); left out where the recording has one node, and it is that one. */
  readonly node?: string;
}

/** A term as it prints in IEx. `truncated` counts what was cut, 0 when whole. */
export interface TermText {
  readonly text: string;
  readonly bytes: number;
  readonly truncated: boolean;
}

export type ConnectionState = "connecting" | "connected" | "disconnected" | "ended" | "recording";

export interface NodeStatus {
  /** Its number in the recording; -1: it was not attached to yet. */
  readonly index: number;
  readonly name: string;
  /** `recording`: opened from a file; `ended`: the node went down or we detached, see `reason`. */
  readonly state: ConnectionState;
  /** Why it is not connected, for a person; "" while it is. */
  readonly reason: string;
  readonly otp: string;
  readonly elixir: string;
  readonly level: Level;
  readonly patterns: readonly string[];
  readonly flows: FlowsStatus;
  /** Modules whose lines are recorded. */
  readonly lines: readonly string[];
  /** Why it did not take what was to be traced last, and goes on as before; "" where it did. */
  readonly refused: string;
  /** Its clock beside that of the timeline; null where there is no other node, or it was not looked at yet. */
  readonly clock: NodeClock | null;
  /** Nodes that it is connected to as it sees it, hidden ones left out; none while it is out of reach. */
  readonly peers: readonly string[];
  /** "session" (OTP 27+: a trace session of our own) or "legacy" (the node's one tracer). */
  readonly tracing: "session" | "legacy" | "none";
  readonly cost: NodeCost;
  readonly control: NodeControl;
  /**
   * `on`: long garbage collections, schedules, mailboxes … are told of; `off`; or which other process holds the node's
   * one system monitor, which is left to it.
   */
  readonly systemMonitor: string;
}

/** Where a node's clock stands; its events are on the timeline's, which is that of the first node. */
export interface NodeClock {
  /** Nanoseconds by which it is ahead of the timeline's. */
  readonly aheadNs: number;
  /** By how much that may be wrong. */
  readonly errorNs: number;
  /** By how much its events were put right; 0 while it may as well be none. */
  readonly correctedNs: number;
  readonly isTimeline: boolean;
}

/** What of the level that is wanted is in force, and what was left out or lost by that. */
export interface NodeControl {
  /** `off`: nothing is traced now, the circuit breaker is open (or nothing is attached). */
  readonly inForce: Level | "off";
  /** Why that is less than the level that is wanted; null where it is not. */
  readonly loweredBy: LoweredBy | null;
  readonly scope: ScopeInput;
  readonly sample: Sample;
  readonly budget: Budget;
  /** Since the last attach. */
  readonly droppedByCause: Readonly<Partial<Record<GapCause, number>>>;
  /** Events that were left out by sampling since the last attach: not among the dropped. */
  readonly sampledOut: number;
  /** Events that came since the last attach. */
  readonly sent?: number | undefined;
}

/** Whether flows start on a node. */
export interface FlowsStatus {
  /** `off`: the level is below, or the node has none of the entry points; `taken`: another tool holds the system tracer. */
  readonly state: "on" | "off" | "taken";
  /** Entry points that were asked for; none: those of common libraries. */
  readonly patterns: readonly string[];
  /** Why there are none, for a person; "" otherwise. */
  readonly reason: string;
}

/** What ElixirScope costs in the node, from the agent's own accounts; zeros before the first report. */
export interface NodeCost {
  /** Of one scheduler, 0–100. */
  readonly schedulerPercent: number;
  readonly agentMemoryBytes: number;
  readonly mailboxLength: number;
  readonly inFlightBytes: number;
}

export interface Status {
  readonly schemaVersion: number;
  readonly version: string;
  /** Where the recording is; null while it is kept in memory. */
  readonly file: string | null;
  readonly startedAt: string;
  /** Seconds from the first to the last event (or now, while live). */
  readonly seconds: number;
  readonly nodes: readonly NodeStatus[];
  readonly events: number;
  readonly dropped: number;
  readonly droppedByKind: Readonly<Partial<Record<EventKind, number>>>;
  readonly gaps: number;
  readonly processesAlive: number;
  /** Over the last second. */
  readonly eventsPerSecond: number;
  readonly lastEventId: number;
  /** Grows whenever a process came, went, or got another name or parent: a tree fetched at this number is current. */
  readonly treeVersion: number;
  /** Grows whenever bookmarks or their comments changed: those fetched at this number are current. */
  readonly bookmarks: number;
  /** The instant of "now" while live, of the last event in a recording. */
  readonly t: number;
  /** Why what is recorded cannot be stored just now, with what to do about it; empty: it is. */
  readonly storeTrouble: string;
  /** Nodes that lost each other while both were there, newest last, at most 20. */
  readonly splits: readonly SplitRow[];
  /** Why acts on nodes are not in the audit log just now, with what to do about it; absent: they are. */
  readonly auditTrouble?: string | undefined;
  /** An attach that is under way for the first time. */
  readonly attaching?: Attaching | undefined;
}

export interface SplitRow {
  readonly nodes: readonly [string, string];
  readonly from: number;
  /** Null: they do not see each other now, or did not at the end of the recording. */
  readonly to: number | null;
}

export interface Attaching {
  readonly node: string;
  /** The end of a sentence: `it waits for the agent to start`. */
  readonly waitsFor: string;
}

export interface FoundNode {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** Is it one that this ElixirScope is attached to? */
  readonly attached: boolean;
}

export interface ProcessRow extends ProcessRef {
  /** Names in `:global`, registries and `:via` modules, as code writes them: `{:via, Registry, {MyReg, "zoe"}}`. */
  readonly names: readonly string[];
  readonly alive: boolean;
  readonly initialCall: string;
  readonly currentFunction: string;
  readonly application: string | null;
  /** Bytes, messages, reductions, status of the newest sample; null: never sampled. */
  readonly memory: number | null;
  readonly mailbox: number | null;
  readonly reductions: number | null;
  readonly status: string | null;
  readonly spawnedAt: number | null;
  readonly exitedAt: number | null;
  readonly exitReason: TermText | null;
}

export interface ProcessList {
  readonly total: number;
  readonly rows: readonly ProcessRow[];
}

/** A monitor that holds; of a process that ended, that held at its end. */
export interface MonitorRow {
  /** The other side; null where that is no known process, see `item`. */
  readonly process: ProcessRef | null;
  /** What is monitored as Elixir prints it, where it is a port, a clock or a name. */
  readonly item: string | null;
  /** Null: before the attach. */
  readonly since: number | null;
  readonly event: number | null;
  /** False: monitors of before the attach were taken away since, and this may be one of them. */
  readonly certain: boolean;
}

export type ProcessMonitors = Pick<ProcessDetail, "monitors" | "monitoredBy" | "monitorsComplete">;

export interface ProcessDetail extends ProcessRow {
  readonly parent: ProcessRef | null;
  readonly ancestors: readonly ProcessRef[];
  readonly links: readonly ProcessRef[];
  readonly children: readonly ProcessRef[];
  /** Whom it monitors, but for calls that wait; recorded from the level `messages` on, before that as found at the attach. */
  readonly monitors: readonly MonitorRow[];
  readonly monitoredBy: readonly MonitorRow[];
  /** False: only the newest monitors were looked at. */
  readonly monitorsComplete: boolean;
  /** False: it was left out by sampling, so what it did is not recorded. */
  readonly inSample: boolean;
  readonly events: number;
  readonly eventsByKind: Readonly<Partial<Record<EventKind, number>>>;
}

export interface TreeNode {
  /** Unique in the tree: a handle, or `node:<name>`, `app:<name>`, `other`. */
  readonly key: string;
  /** `node` where a recording has several: what is below is on that node. */
  readonly type: "node" | "application" | "supervisor" | "worker" | "process" | "group";
  /** Child id in its supervisor as Elixir prints it, else null. */
  readonly childId: string | null;
  readonly label: string;
  readonly process: ProcessRef | null;
  /** Supervisors: `one_for_one` and so on; "" where unknown. */
  readonly strategy: string;
  /** False: a child that its supervisor has and that does not run, see `childState`. */
  readonly alive: boolean;
  /** How often this child was seen to be restarted. */
  readonly restarts: number;
  /** Null for those that no supervisor names. `undefined`: stopped, or its start said `:ignore`. */
  readonly childState: "running" | "restarting" | "undefined" | null;
  readonly childSpec: ChildSpecAnswer | null;
  /** False: a supervisor that did not answer when it was asked last; its children may be others. Null: none that was asked. */
  readonly answers: boolean | null;
  /** Null for those that are no supervisors. */
  readonly restartLimit: RestartLimit | null;
  readonly children: readonly TreeNode[];
}

export interface ChildSpecAnswer {
  /** `permanent`, `transient` or `temporary`. */
  readonly restart: string;
  /** Milliseconds, or a word. */
  readonly shutdown: number | "brutal_kill" | "infinity";
  /** As Elixir prints them. */
  readonly modules: readonly string[] | "dynamic";
  readonly significant: boolean;
  /** `Mod.fun/arity`; null where it is not known. */
  readonly start: string | null;
}

/** How near a supervisor is to giving up: one restart more than `max` within `seconds` ends it. Null: not known. */
export interface RestartLimit {
  readonly max: number | null;
  readonly seconds: number | null;
  /** Restarts within the last `seconds`. */
  readonly recent: number;
  /** Instants of all that are known, oldest first: as it counts them, to the second, and as they were seen. */
  readonly times: readonly number[];
}

export interface Tree {
  readonly version: number;
  readonly roots: readonly TreeNode[];
}

export interface EventRow {
  readonly id: number;
  readonly t: number;
  readonly at: string;
  readonly node: number;
  readonly kind: EventKind;
  readonly process: ProcessRef | null;
  readonly peer: ProcessRef | null;
  /** `Mod.fun/arity`, or null. */
  readonly mfa: string | null;
  readonly tag: string | null;
  /** One line for a list, such as `{:set, 3}` or `Hello.Worker.run(3)`. */
  readonly summary: string;
}

export interface EventList {
  readonly rows: readonly EventRow[];
  /** Are there more in the direction asked? With `match`: or might there be? */
  readonly more: boolean;
  /** With `match`: the search was given up behind this event, without as many rows as were asked for; go on from there. */
  readonly searched?: number;
}

export interface EventDetail extends EventRow {
  readonly term: TermText;
}

export interface GapRow {
  readonly from: number;
  readonly to: number;
  /** Number of the node that it is about. */
  readonly node: number;
  readonly cause: GapCause;
  readonly dropped: Readonly<Partial<Record<EventKind, number>>>;
  readonly total: number;
}

export interface Rates {
  readonly from: number;
  readonly to: number;
  readonly bucketNs: number;
  readonly series: Readonly<Partial<Record<EventKind, readonly number[]>>>;
  readonly gaps: readonly GapRow[];
}

/** What the WebSocket pushes, about four times a second while something changes. */
export type Push = { readonly type: "status"; readonly status: Status };

/** Every HTTP error answer. `code` is stable, `message` says what to do. */
export interface ErrorAnswer {
  readonly error: { readonly code: string; readonly message: string };
}
