import type { EventRow, ProcessRef, TermText } from "./answers.ts";
import type { StateChange } from "./state-answers.ts";

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
  /** What was done: `click increment on HelloWeb.CounterLive`, `GET /api/count`; else the call, as in `summary`. */
  readonly title: string;
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
  /** The reason of the first one that did; null: none. */
  readonly error: string | null;
}

export interface FlowList {
  /** In the order that was asked for. */
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
  /** What is known of its work besides messages, in the order in which it began. */
  readonly steps: readonly FlowStep[];
  readonly hops: readonly FlowHop[];
}

/**
 * - `request`, `served` (by `Plug.Static`), `connect` (a socket), `join`, `in`, `reply`, `channel_info`, `track`, `untrack` …: HTTP, sockets, channels
 * - `mount`, `handle_params`, `event`, `component_event`, `component_update`, `info`, `async`, `call`, `cast`, `render`, `push`, `crash`: LiveView
 * - `broadcast`, `subscribe`, `unsubscribe`: Phoenix.PubSub
 * - `query` (Ecto), `job` (Oban), `http` (Finch), `telemetry` (any other)
 * - `execution`: a call of a traced function · `state`: what a callback changed · `log`
 */
export type FlowStepType = string;

/** Something that a process did of a flow, besides sending messages. */
export interface FlowStep {
  /** Of the event that tells of it. */
  readonly id: number;
  /** When it began, as far as that is known. */
  readonly t: number;
  readonly type: FlowStepType;
  /** What of it: an event's name, a topic, a function, a path. */
  readonly name: string;
  /** All of it in one line: `GET /api/count → 200`, `broadcast on counter:updates reached 1 process`. */
  readonly text: string;
  readonly durationNs: number | null;
  readonly failed: boolean;
  /** Of a `broadcast` that is in the record from its call on. */
  readonly broadcast: FlowBroadcast | null;
  /** Of a `state`: what is other than before. */
  readonly changes: readonly StateChange[];
}

export interface FlowBroadcast {
  readonly topic: string;
  /** On all nodes together; null: it cannot be told. */
  readonly reached: number | null;
  readonly receivers: readonly ProcessRef[];
  readonly nearest: { readonly topic: string; readonly subscribers: number } | null;
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
  /** The message in one line; of what goes to a browser the frame: `98 bytes to the browser: ["4",null,"lv:phx-…","diff",…]`. */
  readonly summary: string;
  /** Of what goes to a browser over its socket. */
  readonly frameBytes: number | null;
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
