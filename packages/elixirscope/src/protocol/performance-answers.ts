import type { EventRow, ProcessRef } from "./answers.ts";
import type { FlowRow } from "./flow-answers.ts";

// Sums over the record, and where time went. All durations in nanoseconds, all instants `t`.

/** How much was read for an answer that no store can sum up. */
export interface Scanned {
  /** Events that were read. */
  readonly scanned: number;
  /** False: there are more than were read (the newest ones were). */
  readonly complete: boolean;
}

/** Of some values. Null where they were not measured. */
export interface Statistics {
  readonly count: number;
  readonly sum: number | null;
  readonly avg: number | null;
  readonly least: number | null;
  readonly most: number | null;
  /** Values that 50, 95, 99 of a hundred do not pass (nearest rank). Null also where groups were put together. */
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

export interface AggregateGroup extends Statistics {
  /** In the order of `by`; "" for none. */
  readonly key: readonly string[];
  /** Handles of those that are processes. */
  readonly handles: readonly (string | null)[];
  /** One for each stretch of time that has anything. */
  readonly series: readonly (Statistics & { readonly t: number })[];
}

export interface AggregateAnswer extends Scanned {
  readonly of: string;
  readonly unit: "events" | "bytes" | "ns";
  readonly by: readonly string[];
  /** Instants between which events were looked at. */
  readonly from: number;
  readonly to: number;
  readonly everyNs: number | null;
  /** Those with the greatest sum first; of events those with most of them. */
  readonly groups: readonly AggregateGroup[];
  /** What is in no group that is listed. */
  readonly other: { readonly count: number; readonly sum: number | null };
  readonly total: { readonly count: number; readonly sum: number | null };
}

export interface MessageFlowRow {
  readonly from: string;
  readonly to: string;
  /** Where the ends are processes: their handles. */
  readonly fromHandle: string | null;
  readonly toHandle: string | null;
  readonly count: number;
  readonly bytes: number;
  /** From the send to the receive, of those that were read. */
  readonly waits: Statistics;
}

export interface MessageFlowAnswer extends Scanned {
  readonly by: string;
  /** `messages`: all that were sent. `flows`: those in flows, since no others were recorded. */
  readonly source: "messages" | "flows";
  readonly from: number;
  readonly to: number;
  readonly rows: readonly MessageFlowRow[];
  /** What is in no row; exact. */
  readonly other: { readonly count: number; readonly bytes: number };
  readonly total: { readonly count: number; readonly bytes: number };
}

export interface PathStep {
  /** `flow`: what one process did of it. `callback`, `call`, or the kind of an event. */
  readonly type: string;
  /** Of the event that tells of it. */
  readonly id: number;
  readonly t: number;
  readonly process: ProcessRef | null;
  readonly text: string;
  readonly durationNs: number | null;
  readonly ownNs: number | null;
  readonly failed: boolean;
  readonly children: readonly PathStep[];
}

export interface PathAnswer extends Scanned {
  readonly roots: readonly PathStep[];
  /** There are more steps than an answer was to hold. */
  readonly cut: boolean;
}

export interface FunctionRow {
  /** `call` of a traced function, or `callback`. */
  readonly type: string;
  readonly name: string;
  readonly count: number;
  readonly ownNs: number;
  /** Of recursive calls only the outermost counts. */
  readonly totalNs: number;
  readonly mostNs: number | null;
  readonly failed: number;
  /** Those without a known end; they count with no time of their own. */
  readonly unfinished: number;
  readonly file: string | null;
  readonly line: number | null;
}

export interface HotAnswer extends Scanned {
  readonly rows: readonly FunctionRow[];
  /** Own time of all functions, those that are not listed too. */
  readonly totalNs: number;
}

export interface CallEdgeRow {
  readonly caller: string | null;
  readonly callee: string;
  readonly count: number;
  readonly totalNs: number;
  readonly ownNs: number;
}

export interface CallGraphAnswer extends Scanned {
  readonly rows: readonly CallEdgeRow[];
  readonly more: boolean;
}

export interface SlowRow {
  readonly type: "call" | "callback" | "request";
  readonly id: number;
  readonly t: number;
  readonly process: ProcessRef | null;
  /** Of a request: who answers. */
  readonly to: ProcessRef | null;
  readonly text: string;
  /** Null: it has not ended. */
  readonly durationNs: number | null;
  readonly ownNs: number | null;
}

export interface SlowestAnswer extends Scanned {
  readonly rows: readonly SlowRow[];
}

export interface LastEventsAnswer {
  readonly process: ProcessRef | null;
  /** Oldest first; the last one is its exit. */
  readonly rows: readonly EventRow[];
  readonly more: boolean;
}

/** Frames of one place in the stack, put together: own times add up to the total of the root. */
export interface FlameRow {
  readonly name: string;
  readonly count: number;
  readonly totalNs: number;
  readonly ownNs: number;
  readonly children: readonly FlameRow[];
}

export interface FlameAnswer extends Scanned {
  readonly name: string;
  readonly totalNs: number;
  readonly roots: readonly FlameRow[];
  /** Callbacks and calls without a known end: they stand in it with what they called, and no time of their own. */
  readonly unfinished: number;
}

export interface WaitRow {
  readonly process: ProcessRef | null;
  /** Time in the mailbox. */
  readonly mailbox: Statistics;
  /** Time in callbacks. */
  readonly work: Statistics;
  /** True: each time in the mailbox goes to the beginning of a callback; else some only to where it was received. */
  readonly exact: boolean;
  /** Share of the time looked at in which it was in a callback, 0 to 1. */
  readonly busy: number;
}

export interface WaitsAnswer extends Scanned {
  readonly from: number;
  readonly to: number;
  /** Those that kept messages waiting longest first. */
  readonly rows: readonly WaitRow[];
}

export interface CriticalRow {
  readonly type: "work" | "wait" | "unknown";
  readonly process: ProcessRef | null;
  readonly from: number;
  readonly to: number;
  readonly durationNs: number;
  /** Of the message that it waited for, or of what began this part. */
  readonly id: number;
  readonly text: string;
}

export interface CriticalPathAnswer {
  readonly flow: FlowRow;
  /** End to end: they add up to the flow's duration. */
  readonly rows: readonly CriticalRow[];
  readonly totalNs: number;
  readonly workNs: number;
  readonly waitNs: number;
  readonly unknownNs: number;
}
