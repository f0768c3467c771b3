import { z } from "zod";
import type { ProcessRef, TermText } from "./answers.ts";
import { type NodeFilter, nodeSchema } from "./event-filter.ts";
import type { RequestFailure } from "./phoenix-answers.ts";

// Queries of Ecto and jobs of Oban, and for what work they were. Durations in nanoseconds, null where unknown.

export interface QueriesInput extends NodeFilter {
  /** As it was known at this instant; absent: now, or at the end of the recording. */
  readonly t?: number | undefined;
  /** Part of the SQL or of the source. */
  readonly search?: string | undefined;
  /** Only those that ran at least five times for one piece of work (n + 1). */
  readonly repeated?: boolean | undefined;
  /** Default `total`: which took most time altogether. */
  readonly sort?: "total" | "count" | "slowest" | undefined;
  /** Default 100, at most 2,000. */
  readonly limit?: number | undefined;
}

/** What a process was asked to do: a request, a callback of a LiveView, a message of a channel, a job. */
export interface WorkRef {
  /** Event that ended it; of a message to a LiveView that began it. */
  readonly id: number;
  /** `request`, `mount`, `event`, `info`, `job` … */
  readonly kind: string;
  /** `GET /orders`, `load on MyAppWeb.OrdersLive`. */
  readonly what: string;
  readonly process: ProcessRef | null;
}

/** The same query again and again for one piece of work. */
export interface RepeatRow {
  readonly work: WorkRef;
  readonly query: string;
  readonly count: number;
  /** How many different parameters; null: not recorded, 1: the same question each time. */
  readonly parameters: number | null;
  readonly totalNs: number;
  /** `lib/…:7`: the application's function that asked; null: not known. */
  readonly place: string | null;
  /** At most 100 of the queries' events, oldest first. */
  readonly ids: readonly number[];
  /** `12 times in GET /orders, each time with another parameter (lib/shop.ex:40)` */
  readonly verdict: string;
}

/** One SQL text of one repo. */
export interface QueryRow {
  /** The slowest one's event. */
  readonly id: number;
  readonly repo: string | null;
  readonly source: string | null;
  readonly query: string;
  readonly count: number;
  readonly failed: number;
  readonly error: string | null;
  readonly totalNs: number;
  readonly slowestNs: number;
  readonly queryNs: number;
  readonly queueNs: number;
  readonly decodeNs: number;
  /** Of all; null at level `observe`. */
  readonly rows: number | null;
  readonly place: string | null;
  /** Work that it ran for, the most often first; at most 20. `count` 1 or more each. */
  readonly work: readonly { readonly work: WorkRef; readonly count: number }[];
  /** The worst first; at most 20. */
  readonly repeats: readonly RepeatRow[];
}

export interface QueryList {
  readonly rows: readonly QueryRow[];
  /** False: there are older ones than were looked at. */
  readonly complete: boolean;
}

export interface JobsInput extends NodeFilter {
  /** As it was known at this instant; absent: now, or at the end of the recording. */
  readonly t?: number | undefined;
  /** Part of the worker or the queue. */
  readonly search?: string | undefined;
  /** Only those that failed. */
  readonly failed?: boolean | undefined;
  readonly limit?: number | undefined;
}

export interface JobRow {
  readonly id: number;
  readonly t: number;
  readonly at: string;
  readonly process: ProcessRef | null;
  readonly job: number;
  readonly worker: string;
  readonly queue: string;
  readonly attempt: number | null;
  readonly maxAttempts: number | null;
  readonly args: TermText | null;
  /** Null: it has not ended in the record. */
  readonly durationNs: number | null;
  readonly queueNs: number | null;
  readonly state: string;
  readonly error: RequestFailure | null;
  /** Who inserted it; null: not in the record, or inserted with others at once. */
  readonly inserted: {
    readonly id: number;
    readonly process: ProcessRef | null;
    readonly work: WorkRef | null;
  } | null;
}

export interface JobList {
  readonly rows: readonly JobRow[];
  readonly complete: boolean;
}

/** Part of `PhoenixMethods`. */
export interface WorkMethods {
  readonly queries: { readonly input: QueriesInput; readonly output: QueryList };
  /** Runs of jobs, the newest first. */
  readonly jobs: { readonly input: JobsInput; readonly output: JobList };
}

const text = z.string().max(512);
const limit = z.number().int().min(1).max(2_000);
const t = z.number().int().optional();

export const workSchemas: { readonly [M in keyof WorkMethods]: z.ZodType<WorkMethods[M]["input"]> } = {
  queries: z.strictObject({
    ...nodeSchema,
    t,
    search: text.optional(),
    repeated: z.boolean().optional(),
    sort: z.enum(["total", "count", "slowest"]).optional(),
    limit: limit.optional(),
  }),
  jobs: z.strictObject({
    ...nodeSchema,
    t,
    search: text.optional(),
    failed: z.boolean().optional(),
    limit: limit.optional(),
  }),
};
