import { z } from "zod";
import { type EventsFilter, eventsFilterSchema, type NodeFilter, nodeSchema } from "./event-filter.ts";
import type {
  AggregateAnswer,
  CallGraphAnswer,
  CriticalPathAnswer,
  FlameAnswer,
  HotAnswer,
  LastEventsAnswer,
  MessageFlowAnswer,
  PathAnswer,
  SlowestAnswer,
  WaitsAnswer,
} from "./performance-answers.ts";

/**
 * What is summed up.
 *
 * - `events`, `bytes`: events, and the sizes of their terms; of all that there are
 * - `duration`, `own`: of calls of traced functions and of callbacks, with and without what they called
 * - `mailbox`: from when a message was sent until its callback began (until it was received, below the level `state`)
 * - `work`: callbacks, from their beginning to the state after them
 */
export const MEASURES = ["events", "bytes", "duration", "own", "mailbox", "work"] as const;
export type Measure = (typeof MEASURES)[number];

export const AGGREGATE_KEYS = [
  "kind",
  "node",
  "process",
  "peer",
  "mfa",
  "tag",
  "application",
  "caller",
] as const;
export type AggregateKey = (typeof AGGREGATE_KEYS)[number];

/** Events that are read for what no store can sum up: the newest ones. */
interface Reading {
  /** Default 20,000 (of messages that are paired 5,000 of each end), at most 2,000,000. */
  readonly read?: number | undefined;
}

export interface AggregateInput extends EventsFilter, Reading {
  /** Default `events`. */
  readonly of?: Measure | undefined;
  /** Default: by kind; at most three. */
  readonly by?: readonly AggregateKey[] | undefined;
  /** Resolution in nanoseconds; absent: no series. */
  readonly everyNs?: number | undefined;
  /** Groups; default 20, at most 1,000. The rest is summed up. */
  readonly limit?: number | undefined;
}

export const GROUPINGS = ["process", "name", "application", "supervisor", "node"] as const;
export type Grouping = (typeof GROUPINGS)[number];

export interface MessageFlowInput extends Omit<EventsFilter, "kinds" | "mfa" | "flow"> {
  /** What stands at both ends; default `process`. */
  readonly by?: Grouping | undefined;
  /** Names with `*`, the first that fits is a process's group: `Hello.*`; all others go by `by`. */
  readonly groups?: readonly string[] | undefined;
  /** Pairs; default 30, at most 10,000. The rest is summed up. */
  readonly limit?: number | undefined;
}

/** Which work is looked at. Instants inclusive. */
export interface WorkInput extends Reading, NodeFilter {
  readonly process?: string | undefined;
  readonly flow?: string | undefined;
  /** As `mfa` of {@link EventsFilter}. */
  readonly mfa?: string | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** Rows; default 30, at most 2,000. */
  readonly limit?: number | undefined;
}

/** One of the first three is needed. */
export interface PathInput {
  readonly flow?: string | undefined;
  readonly process?: string | undefined;
  /** Id of a request, or of an event in it. */
  readonly request?: number | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** Steps; default 500, at most 10,000. */
  readonly limit?: number | undefined;
}

export interface LastEventsInput {
  /** Its newest end; of a name, of whoever held it then. */
  readonly process: string;
  /** Default 30, at most 1,000. */
  readonly limit?: number | undefined;
}

/** Questions about sums, paths and time spent; part of `Methods`. */
export interface WorkMethods {
  /** Counts, sums and percentiles, by groups and over time. */
  readonly aggregate: { readonly input: AggregateInput; readonly output: AggregateAnswer };
  /** Who sent whom how many messages. */
  readonly messageFlow: { readonly input: MessageFlowInput; readonly output: MessageFlowAnswer };
  /** Callbacks, calls and messages of a flow, a request or a process as one tree. */
  readonly path: { readonly input: PathInput; readonly output: PathAnswer };
  /** Who called whom, how often and for how long. With `mfa` only its callers and callees. */
  readonly callGraph: { readonly input: WorkInput; readonly output: CallGraphAnswer };
  /** Calls of traced functions, callbacks and GenServer calls in one list. */
  readonly slowest: { readonly input: WorkInput; readonly output: SlowestAnswer };
  /** Everything that a process did last before it ended. */
  readonly lastEvents: { readonly input: LastEventsInput; readonly output: LastEventsAnswer };
  readonly flame: { readonly input: WorkInput; readonly output: FlameAnswer };
  /** Functions and callbacks by their own time. */
  readonly hot: { readonly input: WorkInput; readonly output: HotAnswer };
  /** Time in the mailbox against time at work, by process. */
  readonly waits: { readonly input: WorkInput; readonly output: WaitsAnswer };
  /** Which work and which waiting made a flow last as long as it did. */
  readonly criticalPath: { readonly input: { readonly flow: string }; readonly output: CriticalPathAnswer };
}

const { kinds: _kinds, mfa: _mfa, flow: _flow, ...messageFilterSchema } = eventsFilterSchema;
const instant = z.number().int();
const named = z.string().min(1).max(512);
const upTo = (most: number): z.ZodOptional<z.ZodNumber> => z.number().int().min(1).max(most).optional();
const read = upTo(2_000_000);
const work = z.strictObject({
  ...nodeSchema,
  process: named.optional(),
  flow: named.optional(),
  mfa: named.optional(),
  from: instant.optional(),
  to: instant.optional(),
  read,
  limit: upTo(2_000),
});

export const workSchemas: { readonly [M in keyof WorkMethods]: z.ZodType<WorkMethods[M]["input"]> } = {
  aggregate: z.strictObject({
    ...eventsFilterSchema,
    of: z.enum(MEASURES).optional(),
    by: z.array(z.enum(AGGREGATE_KEYS)).max(3).optional(),
    everyNs: z.number().int().min(1).optional(),
    limit: upTo(1_000),
    read,
  }),
  messageFlow: z.strictObject({
    ...messageFilterSchema,
    by: z.enum(GROUPINGS).optional(),
    groups: z.array(named).max(100).optional(),
    limit: upTo(10_000),
  }),
  path: z
    .strictObject({
      flow: named.optional(),
      process: named.optional(),
      request: z.number().int().nonnegative().optional(),
      from: instant.optional(),
      to: instant.optional(),
      limit: upTo(10_000),
    })
    .refine(
      ({ flow, process, request }) =>
        [flow, process, request].filter((one) => one !== undefined).length === 1,
      {
        message: "Say of which flow, which process or which request: one of them.",
      },
    ),
  callGraph: work,
  slowest: work,
  lastEvents: z.strictObject({ process: named, limit: upTo(1_000) }),
  flame: work,
  hot: work,
  waits: work,
  criticalPath: z.strictObject({ flow: named }),
};
