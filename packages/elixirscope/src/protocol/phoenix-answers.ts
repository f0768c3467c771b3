import type { ProcessRef, TermText } from "./answers.ts";
import type { RepeatRow } from "./work-answers.ts";

// Phoenix as things with histories. Durations in nanoseconds, null where unknown; `id` is that of an event.

export interface RequestStage {
  readonly id: number;
  /** `router`, `render`, `mount`, `query` … */
  readonly name: string;
  readonly what: string;
  readonly startNs: number;
  readonly durationNs: number;
  readonly failed: boolean;
}

export interface RequestFailure {
  readonly kind: string;
  readonly exception: string | null;
  readonly message: string | null;
  /** The first functions of the stack, innermost first: `MyAppWeb.PageController.show` and `lib/…:7`. */
  readonly frames: readonly { readonly function: string; readonly place: string }[];
}

export interface RequestRow {
  readonly id: number;
  /** The flow that it is a part of, such as `f-12`; null: none that is known. */
  readonly flow: string | null;
  readonly t: number;
  readonly at: string;
  readonly process: ProcessRef | null;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  /** Null: it has not ended in the record. */
  readonly status: number | null;
  readonly durationNs: number | null;
  readonly route: string | null;
  /** `MyAppWeb.PageController.show` or the LiveView's module. */
  readonly handler: string | null;
  readonly format: string | null;
  readonly params: TermText | null;
  readonly stages: readonly RequestStage[];
  readonly error: RequestFailure | null;
  /** Queries that ran at least five times for this request, in tasks that it started too; the most often first. */
  readonly repeatedQueries: readonly RepeatRow[];
}

export interface RequestList {
  readonly rows: readonly RequestRow[];
  /**
   * Telemetry events of a busy application that were counted and not recorded: there were more requests than these
   * (see `toldPerSecond`). Those that raised are here in any case.
   */
  readonly untold: number;
  /** False: there are older ones than were looked at. */
  readonly complete: boolean;
}

/** One plug of a request's pipeline, or a stage of it (`render`, `query` …), in the order in which they began. */
export interface RequestStepRow {
  /** Of the event of the plug's call, of a stage that of its end. */
  readonly id: number;
  /** `endpoint`, `plug`, `router`, `pipeline`, `controller`, `action`, or the name of a stage. */
  readonly type: string;
  /** `Plug.Head`, `Phoenix.Controller.accepts`, `HelloWeb.RoomController.show`, what a stage is about. */
  readonly name: string;
  /** Plugs that it stands in. */
  readonly depth: number;
  /** From the first plug on; without plugs from the request's start. */
  readonly startNs: number;
  readonly durationNs: number | null;
  /** Without the plugs in it; of a stage null. */
  readonly ownNs: number | null;
  /** What it made of the connection, up to the first plug in it: of the fields that are recorded. */
  readonly changes: readonly {
    readonly path: string;
    readonly before: string | null;
    readonly after: string | null;
  }[];
  /** There are more changes. */
  readonly more: boolean;
  /** Fields that were too large on either side. */
  readonly unknown: readonly string[];
  readonly halted: boolean;
  readonly sent: boolean;
  readonly failed: boolean;
}

export interface RequestAnswer extends RequestRow {
  /** Id (`phx-…`) of the LiveView whose page it rendered first; null: it rendered none. */
  readonly liveView: string | null;
  /** False: no plug is in the record, which has them from level `state` on. */
  readonly plugs: boolean;
  readonly steps: readonly RequestStepRow[];
}

export interface LiveViewRow {
  /** `phx-…` */
  readonly id: string;
  /** The one that it shows now. */
  readonly view: string | null;
  /** One after another, as its user went from one to the next. */
  readonly views: readonly string[];
  /** Of the connected view, oldest first. */
  readonly processes: readonly ProcessRef[];
  readonly t: number;
  readonly at: string;
  readonly alive: boolean;
  readonly endedAt: number | null;
  readonly exitReason: TermText | null;
  readonly mounts: number;
  readonly events: number;
  readonly messages: number;
  readonly renders: number;
  readonly crashes: number;
  /** Of all renders. */
  readonly renderNs: number;
}

export interface LiveViewList {
  readonly rows: readonly LiveViewRow[];
  readonly complete: boolean;
}

export interface LiveViewStepRow {
  readonly id: number;
  /** The flow that it is a part of, such as `f-12`; null: none that is known. */
  readonly flow: string | null;
  readonly t: number;
  readonly at: string;
  readonly process: ProcessRef | null;
  readonly type: string;
  readonly connected: boolean;
  readonly name: string;
  readonly detail: TermText | null;
  readonly durationNs: number | null;
  readonly failed: boolean;
  /** The component that it is about. */
  readonly cid: number | null;
  /** Of a push: the diff as JSON; null where it was not recorded whole. */
  readonly bytes: number | null;
  /** What this step changed; only at the last step of a callback, and from level `state` on. */
  readonly assigns: readonly AssignRow[];
}

export interface AssignRow {
  readonly key: string;
  /** Null: there was none. */
  readonly before: TermText | null;
  readonly after: TermText | null;
}

/** A stateful component of one of the page's processes. */
export interface ComponentRow {
  readonly cid: number;
  readonly process: ProcessRef | null;
  readonly module: string;
  readonly componentId: TermText | null;
  /** `cid` of the component that it stands in. */
  readonly parent: number | null;
  readonly since: number;
  /** Null: it was on the page in the newest state of its process. */
  readonly goneAt: number | null;
  /** The newest. */
  readonly assigns: readonly { readonly key: string; readonly value: TermText }[];
  /** How they came about, oldest first; `id` is that of the state. */
  readonly versions: readonly {
    readonly id: number;
    readonly t: number;
    readonly assigns: readonly AssignRow[];
  }[];
  /** How often the page gave it assigns. */
  readonly updates: number;
  readonly events: number;
  /** Null: this version of LiveView does not tell (before 1.2). */
  readonly renders: number | null;
  /** Diffs with a part of it. */
  readonly sent: number;
}

export interface LiveViewAnswer extends LiveViewRow {
  readonly steps: readonly LiveViewStepRow[];
  /** In the order in which they came; empty below level `state`. */
  readonly components: readonly ComponentRow[];
  readonly assigns: readonly { readonly key: string; readonly value: TermText }[];
}

export interface TopicRow {
  readonly pubsub: string;
  readonly topic: string;
  readonly subscribers: readonly ProcessRef[];
  readonly broadcasts: number;
  readonly unheard: number;
  readonly lastBroadcastAt: number | null;
}

export interface TopicList {
  readonly rows: readonly TopicRow[];
  /** False: there are older broadcasts than were counted. Who is subscribed is known in any case. */
  readonly complete: boolean;
  /** Instant from which broadcasts were counted; null: all of them. */
  readonly since: number | null;
}

/** What became of a broadcast on another node that is recorded, and where somebody is subscribed or it was dispatched. */
export interface ElsewhereRow {
  readonly node: number;
  readonly name: string;
  /** Subscribers there when it was sent. */
  readonly subscribers: number;
  /** False: it did not get there, though somebody is subscribed; null: it cannot be told. */
  readonly arrived: boolean | null;
  /** Event of what the adapter did there with it. */
  readonly id: number | null;
  /** Null: it cannot be told. */
  readonly reached: number | null;
  /** At most 100 of them. */
  readonly receivers: readonly ProcessRef[];
}

export interface BroadcastRow {
  readonly id: number;
  /** Number of the node that it was sent on. */
  readonly node: number;
  /** The flow that it is a part of, such as `f-12`; null: none that is known. */
  readonly flow: string | null;
  readonly t: number;
  readonly at: string;
  readonly process: ProcessRef | null;
  readonly operation: string;
  readonly pubsub: string;
  readonly topic: string;
  readonly message: TermText | null;
  /** On its own node; null: it cannot be told. */
  readonly reached: number | null;
  /** At most 100 of them. */
  readonly receivers: readonly ProcessRef[];
  /** It reached nobody, on no node; not where its sender was the only subscriber, and was left out. */
  readonly unheard: boolean;
  readonly nearest: { readonly topic: string; readonly subscribers: number } | null;
  /** By node. */
  readonly elsewhere: readonly ElsewhereRow[];
  /** The same in words: `broadcast on counter:udpates reached nobody; counter:updates has 1 subscriber`. */
  readonly verdict: string;
}

export interface BroadcastList {
  readonly rows: readonly BroadcastRow[];
  readonly complete: boolean;
}

export interface ChannelStepRow {
  readonly id: number;
  /** The flow that it is a part of, such as `f-12`; null: none that is known. */
  readonly flow: string | null;
  readonly t: number;
  readonly type: string;
  readonly name: string;
  readonly detail: TermText | null;
  readonly durationNs: number | null;
}

export interface ChannelRow {
  readonly id: number;
  readonly t: number;
  readonly at: string;
  readonly process: ProcessRef | null;
  readonly topic: string;
  readonly channel: string | null;
  /** False: the join was refused. */
  readonly joined: boolean;
  readonly joinNs: number | null;
  readonly endedAt: number | null;
  readonly steps: readonly ChannelStepRow[];
}

export interface ChannelList {
  readonly rows: readonly ChannelRow[];
  readonly complete: boolean;
}

/** Somebody in a topic, by Phoenix.Presence or a tracker: once for each process of a key. */
export interface PresenceRow {
  /** Of the event that it joined by. */
  readonly id: number;
  readonly flow: string | null;
  readonly topic: string;
  readonly key: string;
  /** The process that is tracked: a channel, a LiveView. */
  readonly process: ProcessRef | null;
  readonly t: number;
  readonly at: string;
  /** Null: it is there. */
  readonly leftAt: number | null;
  /** How it left: it was untracked, or its process ended. */
  readonly by: "untracked" | "ended" | null;
  readonly meta: TermText | null;
  /** How often its metadata changed. */
  readonly updates: number;
}

export interface PresenceList {
  readonly rows: readonly PresenceRow[];
  readonly complete: boolean;
}
