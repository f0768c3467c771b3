import { z } from "zod";
import { type AgentOptions, type HeldBoot, LEVELS, type Level } from "../model/index.ts";
import { type AlertMethods, alertSchemas } from "./alert-methods.ts";
import { type AnomalyMethods, anomalySchemas } from "./anomaly-methods.ts";
import type {
  EventDetail,
  EventList,
  FoundNode,
  GapRow,
  ProcessDetail,
  ProcessList,
  Rates,
  Status,
  Tree,
} from "./answers.ts";
import { type BookmarkMethods, bookmarkSchemas } from "./bookmark-methods.ts";
import { type CompletionMethods, completionSchemas } from "./completion-methods.ts";
import { type ControlInput, controlSchema } from "./control.ts";
import { type DiagnoseMethods, diagnoseSchemas } from "./diagnose-methods.ts";
import { type EventsFilter, eventsFilterSchema, type NodeFilter, nodeSchema } from "./event-filter.ts";
import type { ExecutionList, ExecutionOutcome } from "./execution-answers.ts";
import { type ExportMethods, exportSchemas } from "./export-methods.ts";
import type { FlowAnswer, FlowList } from "./flow-answers.ts";
import { agentSchema } from "./limits.ts";
import type { LineList } from "./line-answers.ts";
import type { CallList, MessageAnswer } from "./message-answers.ts";
import type { CrashAnswer, CrashList, History, Inventory } from "./observer-answers.ts";
import { type PhoenixMethods, phoenixSchemas } from "./phoenix-methods.ts";
import { PROFILE_NAME, type ProfileRow } from "./profile.ts";
import { type RecordMethods, recordSchemas } from "./record-methods.ts";
import { type ReplayMethods, replaySchemas } from "./replay.ts";
import { type SourceMethods, sourceSchemas } from "./source-methods.ts";
import type { StateList } from "./state-answers.ts";
import { type TestMethods, testSchemas } from "./test-methods.ts";
import { type TimeTravelMethods, timeTravelSchemas } from "./time-travel-methods.ts";
import { type ViewMethods, viewSchemas } from "./view-methods.ts";
import { type Way, waySchema } from "./way.ts";
import { type WorkMethods, workSchemas } from "./work-methods.ts";

// Each question is `POST /api/<method>` with a JSON object; the answer is JSON, an error an `ErrorAnswer` with status 4xx/5xx.
// Wherever a process is named, a handle ("p-12"), a pid ("#PID<0.1.2>", "<0.1.2>", "0.1.2") or a registered name
// ("Hello.Counter", ":kernel_sup", "kernel_sup") will do; so will a name in `:global`, a registry or a `:via` module, as
// code writes it (`{:global, :leader}`, `{:via, Registry, {MyReg, "zoe"}}`) or short (`global/leader`, `MyReg/zoe`).

export interface AttachInput extends ControlInput, AgentOptions {
  readonly node: string;
  /** Name of a profile: what it says holds where nothing else is given here. */
  readonly profile?: string | undefined;
  /** The nodes that it is connected to as well, now and whenever one comes. */
  readonly cluster?: boolean | undefined;
  /** How it is reached, where its name and EPMD do not say that. */
  readonly way?: Way | undefined;
  /** Absent: that of the profile, else the user's `~/.erlang.cookie` or ELIXIRSCOPE_COOKIE of the serving process. */
  readonly cookie?: string | undefined;
  readonly level?: Level | undefined;
  /**
   * Call patterns: `Mod.fun/arity`, `Mod.fun`, `Mod`, `Mod.*` (and all modules below), an Erlang module is `:lists` or
   * `lists`; with arguments and conditions as `Mod.fun(_, %{qty: q}) when q > 10` (docs/cli.md).
   */
  readonly patterns?: readonly string[] | undefined;
  /** Call patterns at which flows start, from the level `flows` on; none: entry points of common libraries. */
  readonly flows?: readonly string[] | undefined;
  /** Modules whose lines are recorded: `MyApp.Cart`, `MyApp.*`. */
  readonly lines?: readonly string[] | undefined;
  /** Of a node that `elixirscope run` has just started. */
  readonly heldBoot?: HeldBoot | undefined;
}

/** One of the nodes that are attached, by its name; `a` will do for `a@127.0.0.1`. */
export interface NodeInput {
  readonly node?: string | undefined;
}

/** Replaces what was traced before, on all nodes or on one; the budget stays where none is given. */
export interface TracingInput extends ControlInput, NodeInput {
  readonly level: Level;
  readonly patterns?: readonly string[] | undefined;
  /** As in {@link AttachInput}. */
  readonly flows?: readonly string[] | undefined;
  /** Modules whose lines are recorded: `MyApp.Cart`, `MyApp.*`. */
  readonly lines?: readonly string[] | undefined;
}

export interface ProcessesInput extends NodeFilter {
  readonly search?: string | undefined;
  readonly sort?: "memory" | "mailbox" | "reductions" | "label" | "pid" | "spawned" | undefined;
  readonly order?: "asc" | "desc" | undefined;
  readonly alive?: boolean | undefined;
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
}

export interface EventsInput extends EventsFilter {
  /**
   * A pattern in Elixir's syntax that occurs in the event's term (message, state, arguments, result, reason …), as a whole or
   * as a part: `%{user_id: 42}`, `{:count, n} when n > 5`.
   */
  readonly match?: string | undefined;
  /** What stands in the event's term as it prints, in any case. */
  readonly text?: string | undefined;
  readonly order?: "oldest_first" | "newest_first" | undefined;
  /** Default 100, at most 10,000. */
  readonly limit?: number | undefined;
}

export interface RatesInput extends NodeFilter {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** Default 120, at most 2,000. */
  readonly buckets?: number | undefined;
}

export interface CallsInput extends NodeFilter {
  /** As caller or callee. */
  readonly process?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** Instants of the request, inclusive. Replies are looked for up to 10 s behind the second. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  /** Those that took so long, or longer (one without an answer took longest), and so long at most. */
  readonly minNs?: number | undefined;
  readonly maxNs?: number | undefined;
  /** Default 100, at most 2,000. */
  readonly limit?: number | undefined;
  /** Default `slowest`: those without an answer first, since they took longest. */
  readonly sort?: "slowest" | "newest" | undefined;
}

export interface FlowsInput extends NodeFilter {
  /** Part of the entry point's name or of the call, in any case. */
  readonly entry?: string | undefined;
  /** A process that took part. */
  readonly process?: string | undefined;
  readonly failed?: boolean | undefined;
  /** Part of the reason that a process of it failed with, in any case. */
  readonly error?: string | undefined;
  /** Those that took so long, or longer. */
  readonly minNs?: number | undefined;
  /** Default `newest`. */
  readonly sort?: "newest" | "slowest" | undefined;
  /** Instants `t` of the start, inclusive. Without `from` the newest are looked at. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** Default 100, at most 2,000. */
  readonly limit?: number | undefined;
}

/** States of one process. Instants inclusive, ids exclusive; default 100 rows, at most 10,000. */
export interface StatesInput extends NodeFilter {
  readonly process: string;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly afterId?: number | undefined;
  readonly beforeId?: number | undefined;
  readonly limit?: number | undefined;
  /** Default `oldest_first`. */
  readonly order?: "oldest_first" | "newest_first" | undefined;
  /** With what changed since the version before. */
  readonly diff?: boolean | undefined;
}

/** Calls of traced functions. Default: 100 of the newest, at most 2,000. */
export interface ExecutionsInput extends NodeFilter {
  readonly process?: string | undefined;
  /** As `mfa` of {@link EventsInput}. */
  readonly mfa?: string | undefined;
  readonly outcome?: ExecutionOutcome | undefined;
  /** Instants of the call, inclusive. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** Those that took so long, or longer (one that still runs took longest), and so long at most. */
  readonly minNs?: number | undefined;
  readonly maxNs?: number | undefined;
  /** `slowest`, `own`: by duration, by own time; those that still run come first. */
  readonly sort?: "newest" | "slowest" | "own" | undefined;
  readonly limit?: number | undefined;
  /** Only those whose end has a higher id than this, in the order of their ends: to follow what comes. */
  readonly endedAfterId?: number | undefined;
}

export interface CrashInput {
  /** Its newest end; of a name, of whoever held it then. */
  readonly process: string;
  /** So many messages received and sent before the end; default 10, at most 1,000. */
  readonly messages?: number | undefined;
}

export interface CrashesInput extends NodeFilter {
  /** Default 50, at most 1,000. */
  readonly limit?: number | undefined;
}

/** Instants inclusive. */
export interface HistoryInput {
  readonly process: string;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** Default 300, at most 10,000. */
  readonly points?: number | undefined;
}

/** What ran of a module, line by line. */
export interface LinesInput {
  /** `MyApp.Cart`, `:lists` or `lists`. */
  readonly module: string;
  /** Only what was before this instant. */
  readonly t?: number | undefined;
}

/** Takes nothing: an empty object. */
type Empty = Readonly<Record<string, never>>;

/** Every method: what it takes and what it answers. */
export interface Methods
  extends PhoenixMethods,
    RecordMethods,
    TimeTravelMethods,
    ExportMethods,
    WorkMethods,
    AnomalyMethods,
    CompletionMethods,
    ViewMethods,
    BookmarkMethods,
    AlertMethods,
    DiagnoseMethods,
    ReplayMethods,
    SourceMethods,
    TestMethods {
  readonly status: { readonly input: Empty; readonly output: Status };
  /** Nodes that EPMD on this host knows, or that of another one where the way leads there. */
  readonly nodes: {
    readonly input: { readonly way?: Way | undefined };
    readonly output: readonly FoundNode[];
  };
  /** What the user attaches to often. */
  readonly profiles: { readonly input: Empty; readonly output: readonly ProfileRow[] };
  readonly attach: { readonly input: AttachInput; readonly output: Status };
  /** Removes everything of ours from all nodes, or from one; the recording stays open. */
  readonly detach: { readonly input: NodeInput; readonly output: Status };
  readonly tracing: { readonly input: TracingInput; readonly output: Status };
  readonly processes: { readonly input: ProcessesInput; readonly output: ProcessList };
  readonly process: { readonly input: { readonly process: string }; readonly output: ProcessDetail };
  readonly tree: { readonly input: NodeFilter; readonly output: Tree };
  readonly events: { readonly input: EventsInput; readonly output: EventList };
  readonly event: { readonly input: { readonly id: number }; readonly output: EventDetail };
  /** The other half of a send or receive, and the call that it belongs to. */
  readonly message: { readonly input: { readonly id: number }; readonly output: MessageAnswer };
  /** The newest GenServer calls with their replies, within a bound that the answer states. */
  readonly calls: { readonly input: CallsInput; readonly output: CallList };
  /** Lines of a module that ran, with the newest values of what was bound there. */
  readonly lines: { readonly input: LinesInput; readonly output: LineList };
  /** Calls of traced functions with how they ended, within a bound that the answer states. */
  readonly executions: { readonly input: ExecutionsInput; readonly output: ExecutionList };
  /** What was recorded at the levels `state` and `calls`. */
  readonly states: { readonly input: StatesInput; readonly output: StateList };
  /** What entry points led to, newest first, within a bound that the answer states. */
  readonly flows: { readonly input: FlowsInput; readonly output: FlowList };
  /** One of them, as a tree. */
  readonly flow: { readonly input: { readonly flow: string }; readonly output: FlowAnswer };
  /** How a process ended, and what it did last. */
  readonly crash: { readonly input: CrashInput; readonly output: CrashAnswer };
  /** Processes that ended otherwise than in good order. */
  readonly crashes: { readonly input: CrashesInput; readonly output: CrashList };
  /** Memory and mailbox of a process over time. */
  readonly history: { readonly input: HistoryInput; readonly output: History };
  /** ETS tables, ports and applications: now, where a node is attached. */
  readonly inventory: { readonly input: Empty; readonly output: Inventory };
  readonly rates: { readonly input: RatesInput; readonly output: Rates };
  readonly gaps: { readonly input: NodeFilter; readonly output: readonly GapRow[] };
}

export type MethodName = keyof Methods;
export type Input<M extends MethodName> = Methods[M]["input"];
export type Output<M extends MethodName> = Methods[M]["output"];

const level = z.enum(LEVELS);
const instant = z.number().int();
/** Nanoseconds. */
const duration = z.number().int().nonnegative();
const id = z.number().int().nonnegative();
const empty = z.strictObject({});
const named = z.string().min(1).max(512);
const callPattern = z.string().min(1).max(4_096);

/** Checks what came over the wire before it reaches the QueryEngine. */
export const inputSchemas: { readonly [M in MethodName]: z.ZodType<Input<M>> } = {
  status: empty,
  nodes: z.strictObject({ way: waySchema.optional() }),
  profiles: empty,
  attach: z.strictObject({
    node: named,
    profile: z.string().regex(PROFILE_NAME).optional(),
    cluster: z.boolean().optional(),
    way: waySchema.optional(),
    cookie: z.string().min(1).max(255).optional(),
    level: level.optional(),
    patterns: z.array(callPattern).max(100).optional(),
    flows: z.array(callPattern).max(100).optional(),
    lines: z.array(named).max(100).optional(),
    ...controlSchema,
    ...agentSchema,
    heldBoot: z
      .strictObject({ awaited: named, env: z.record(named, z.string().max(100_000).nullable()) })
      .optional(),
  }),
  detach: z.strictObject({ node: named.optional() }),
  tracing: z.strictObject({
    node: named.optional(),
    level,
    patterns: z.array(callPattern).max(100).optional(),
    flows: z.array(callPattern).max(100).optional(),
    lines: z.array(named).max(100).optional(),
    ...controlSchema,
  }),
  processes: z.strictObject({
    search: z.string().max(200).optional(),
    sort: z.enum(["memory", "mailbox", "reductions", "label", "pid", "spawned"]).optional(),
    order: z.enum(["asc", "desc"]).optional(),
    alive: z.boolean().optional(),
    ...nodeSchema,
    limit: z.number().int().min(1).max(100_000).optional(),
    offset: z.number().int().nonnegative().optional(),
  }),
  process: z.strictObject({ process: named }),
  tree: z.strictObject(nodeSchema),
  events: z.strictObject({
    ...eventsFilterSchema,
    match: callPattern.optional(),
    text: named.optional(),
    order: z.enum(["oldest_first", "newest_first"]).optional(),
    limit: z.number().int().min(1).max(10_000).optional(),
  }),
  event: z.strictObject({ id }),
  message: z.strictObject({ id }),
  calls: z.strictObject({
    ...nodeSchema,
    process: named.optional(),
    from: named.optional(),
    to: named.optional(),
    since: instant.optional(),
    until: instant.optional(),
    minNs: duration.optional(),
    maxNs: duration.optional(),
    limit: z.number().int().min(1).max(2_000).optional(),
    sort: z.enum(["slowest", "newest"]).optional(),
  }),
  flows: z.strictObject({
    ...nodeSchema,
    entry: z.string().min(1).max(200).optional(),
    process: named.optional(),
    failed: z.boolean().optional(),
    error: z.string().min(1).max(200).optional(),
    minNs: duration.optional(),
    sort: z.enum(["newest", "slowest"]).optional(),
    from: instant.optional(),
    to: instant.optional(),
    limit: z.number().int().min(1).max(2_000).optional(),
  }),
  flow: z.strictObject({ flow: named }),
  lines: z.strictObject({ module: named, t: instant.optional() }),
  executions: z.strictObject({
    ...nodeSchema,
    process: named.optional(),
    mfa: named.optional(),
    outcome: z.enum(["returned", "raised", "ended", "open", "unknown"]).optional(),
    from: instant.optional(),
    to: instant.optional(),
    minNs: duration.optional(),
    maxNs: duration.optional(),
    sort: z.enum(["newest", "slowest", "own"]).optional(),
    limit: z.number().int().min(1).max(2_000).optional(),
    endedAfterId: id.optional(),
  }),
  states: z.strictObject({
    ...nodeSchema,
    process: named,
    from: instant.optional(),
    to: instant.optional(),
    afterId: id.optional(),
    beforeId: id.optional(),
    limit: z.number().int().min(1).max(10_000).optional(),
    order: z.enum(["oldest_first", "newest_first"]).optional(),
    diff: z.boolean().optional(),
  }),
  crash: z.strictObject({ process: named, messages: z.number().int().min(0).max(1_000).optional() }),
  crashes: z.strictObject({ ...nodeSchema, limit: z.number().int().min(1).max(1_000).optional() }),
  history: z.strictObject({
    process: named,
    from: instant.optional(),
    to: instant.optional(),
    points: z.number().int().min(1).max(10_000).optional(),
  }),
  inventory: empty,
  rates: z.strictObject({
    ...nodeSchema,
    from: instant.optional(),
    to: instant.optional(),
    buckets: z.number().int().min(1).max(2_000).optional(),
  }),
  gaps: z.strictObject(nodeSchema),
  ...phoenixSchemas,
  ...recordSchemas,
  ...timeTravelSchemas,
  ...exportSchemas,
  ...workSchemas,
  ...anomalySchemas,
  ...completionSchemas,
  ...viewSchemas,
  ...bookmarkSchemas,
  ...alertSchemas,
  ...diagnoseSchemas,
  ...replaySchemas,
  ...sourceSchemas,
  ...testSchemas,
};
