import { z } from "zod";
import type { ProcessRef } from "./answers.ts";
import { type NodeFilter, nodeSchema } from "./event-filter.ts";

/** A stretch of the recording that retention spares. Instants `t`, inclusive. */
export interface PinRow {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** Left out: up to the start, or the end (now). */
export interface PinInput {
  readonly name: string;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

export interface QueryInput {
  /** One SELECT, see docs/recording-format.md for tables and views. */
  readonly sql: string;
  /** Most rows; default 1,000, at most 100,000. */
  readonly limit?: number | undefined;
}

/** 64-bit numbers and times are texts. */
export interface QueryAnswer {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly unknown[])[];
  readonly more: boolean;
}

/** What can be asked in SQL. */
export interface SqlSchemaAnswer {
  readonly columns: readonly {
    readonly table: string;
    readonly name: string;
    readonly type: string;
    readonly comment: string;
  }[];
  readonly examples: readonly { readonly title: string; readonly sql: string }[];
  /** Unix nanoseconds of `t` 0, as text: what `ts` in the tables is counted from. */
  readonly origin: string;
}

/** A look at many processes over time. Instants `t`; left out: from the first event to the newest. */
export interface TimelineInput extends NodeFilter {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** At most; default 200, at most 2,000. There are half as many at least, each a power of two of nanoseconds wide. */
  readonly buckets?: number | undefined;
  /** As everywhere that a process is named; left out: those with the most events in that stretch. */
  readonly processes?: readonly string[] | undefined;
  /** Processes in the answer; default 50, at most 1,000. */
  readonly limit?: number | undefined;
}

/** Of each bucket one number in each series. */
export interface TimelineTrack {
  readonly process: ProcessRef;
  readonly events: readonly number[];
  /** Nanoseconds in callbacks, from their `dispatch` to the state that they left; each counts in the bucket in which it ended. */
  readonly busyNs: readonly number[];
  /** The longest callback that ended in the bucket, 0: none. */
  readonly longestNs: readonly number[];
}

/** Those with the most events first. */
export interface Timeline {
  /** It begins and ends at whole buckets, so that it may be a little more than was asked for. */
  readonly from: number;
  readonly to: number;
  readonly bucketNs: number;
  readonly tracks: readonly TimelineTrack[];
}

/** Questions about the recording itself; part of `Methods`. */
export interface RecordMethods {
  /** By their beginning. */
  readonly pins: { readonly input: Readonly<Record<string, never>>; readonly output: readonly PinRow[] };
  /** Answers all pins. One of the same name is replaced. */
  readonly pin: { readonly input: PinInput; readonly output: readonly PinRow[] };
  /** What each process did over time, at the resolution of a screen, however long that time is. */
  readonly timeline: { readonly input: TimelineInput; readonly output: Timeline };
  /** What no other method answers, in SQL that can only look. */
  readonly query: { readonly input: QueryInput; readonly output: QueryAnswer };
  /** Tables and columns for `query`, and examples. */
  readonly sqlSchema: {
    readonly input: Readonly<Record<string, never>>;
    readonly output: SqlSchemaAnswer;
  };
  readonly unpin: { readonly input: { readonly name: string }; readonly output: readonly PinRow[] };
}

const name = z.string().min(1).max(200);
const instant = z.number().int();

export const recordSchemas: {
  readonly [M in keyof RecordMethods]: z.ZodType<RecordMethods[M]["input"]>;
} = {
  pins: z.strictObject({}),
  pin: z.strictObject({ name, from: instant.optional(), to: instant.optional() }),
  timeline: z.strictObject({
    from: instant.optional(),
    to: instant.optional(),
    buckets: z.number().int().min(1).max(2_000).optional(),
    ...nodeSchema,
    processes: z.array(z.string().min(1).max(512)).max(1_000).optional(),
    limit: z.number().int().min(1).max(1_000).optional(),
  }),
  query: z.strictObject({
    sql: z.string().min(1).max(100_000),
    limit: z.number().int().min(1).max(100_000).optional(),
  }),
  sqlSchema: z.strictObject({}),
  unpin: z.strictObject({ name }),
};
