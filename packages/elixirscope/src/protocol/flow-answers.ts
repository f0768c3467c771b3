import type { EventRow, ProcessRef, TermText } from "./answers.ts";

// Flows: what an entry point (a request, an event of a user, a call pattern) led to, from process to process.

/** A flow in a list. Durations in nanoseconds. */
export interface FlowRow {
  /** `f-<id of its start>`: stable over the recording. */
  readonly id: string;
  /** What it started at: the call pattern, or `socket message`, `HTTP request` … */
  readonly entry: string;
  readonly t: number;
  readonly at: string;
  /** To its newest event: a flow that still goes on grows. */
  readonly durationNs: number;
  readonly process: ProcessRef | null;
  /** The call, such as `Hello.Users.click("ada")`. */
  readonly summary: string;
  readonly processes: number;
  /** Messages and spawns. */
  readonly messages: number;
  /** Nodes that it passed, by number. */
  readonly nodes: readonly number[];
  /** False: `why` says what may be missing. */
  readonly complete: boolean;
  readonly why: string;
  /** A process of it ended with an error while it was at it. */
  readonly failed: boolean;
}

export interface FlowList {
  /** Newest first. */
  readonly rows: readonly FlowRow[];
  /** Events that were read for this, and whether there are more flows than those. */
  readonly scanned: number;
  readonly more: boolean;
  /** Events of flows that began before what was read, or of which a gap left too little. */
  readonly strays: number;
  /** Entry points that were reached with a token of the application's own (seq_trace), which was left alone: no flows. */
  readonly foreign: number;
}

/** What one process did of a flow. */
export interface FlowSpan {
  readonly process: ProcessRef | null;
  readonly node: number;
  /** How it came to it: the start, or the message as it was taken. */
  readonly opened: EventRow;
  /** To its last event; where `ended` is true, to the end of its callback. */
  readonly durationNs: number;
  readonly ended: boolean;
  /** The reason where it crashed in it, `{class, value}` where an exception left the entry point. */
  readonly failure: TermText | null;
  /** Entry points that it reached, too. */
  readonly entries: readonly EventRow[];
  readonly hops: readonly FlowHop[];
}

/** A message or a spawn, on its way from the span that it stands in. */
export interface FlowHop {
  readonly type: "message" | "spawn";
  /** It answers a request, so that it comes back to a span that is there already. */
  readonly reply: boolean;
  /** Who took it, else who was to. */
  readonly to: ProcessRef | null;
  /** Null: sent by a process that is not traced, on another node. */
  readonly sent: EventRow | null;
  readonly received: EventRow | null;
  /** The message in one line. */
  readonly summary: string;
  /** Sent to taken. */
  readonly mailboxNs: number | null;
  /** Why nobody took it; "" otherwise. */
  readonly why: string;
  /** What the receiver did with it; null for a reply, and where it did nothing that is known. */
  readonly span: FlowSpan | null;
}

export interface FlowAnswer extends FlowRow {
  readonly root: FlowSpan;
  /** The tree was cut: it has more spans than an answer may hold. */
  readonly cut: boolean;
}
