import { z } from "zod";
import { type NodeFilter, nodeSchema } from "./event-filter.ts";

// What is usual, and what is not. All instants `t`, all durations in nanoseconds.

export interface PatternsInput extends NodeFilter {
  /** Default: of everything, by kind and by process. */
  readonly process?: string | undefined;
  /** Instants; default: all that was recorded. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** Resolution; default: so that there are about 1,500 points. */
  readonly everyNs?: number | undefined;
  /** Series; default 40, at most 500: those with the most events. */
  readonly limit?: number | undefined;
  /** Events that are read for durations and times in mailboxes, the newest; default 200,000, at most 2,000,000. */
  readonly read?: number | undefined;
}

export interface AnomaliesInput extends PatternsInput {
  /** What is usual is learned from here on, up to `from`; default: from the beginning on. `from` defaults to two thirds of the way. */
  readonly learnFrom?: number | undefined;
  /** So long one would have to watch one series until chance alone gives an alarm; default ten days. */
  readonly onceInNs?: number | undefined;
}

/** - `events`: how many in each stretch · `duration`, `mailbox`: 95 of a hundred are shorter · `memory`, `mailbox length`, `state size`: as sampled */
export type SeriesOf = "events" | "duration" | "wait" | "memory" | "mailbox" | "state size";

export interface SeriesName {
  readonly of: SeriesOf;
  /** `receive {:add, _}`, `Hello.Counter`, `Hello.Cart.add/2`. */
  readonly key: string;
  /** Handle, where it is a process. */
  readonly process: string | null;
  readonly unit: "events" | "ns" | "bytes" | "messages";
}

export interface PatternRow extends SeriesName {
  /** Stretches that it was learned from. */
  readonly points: number;
  /** It repeats itself so often; null: not. */
  readonly periodNs: number | null;
  readonly expected: number;
  /** Nine of ten lie between, season left aside. */
  readonly usually: readonly [number, number];
}

export interface PatternsAnswer {
  readonly from: number;
  readonly to: number;
  readonly everyNs: number;
  readonly rows: readonly PatternRow[];
  /** Series with too few points. */
  readonly tooShort: number;
}

export interface AnomalyRow extends SeriesName {
  /** - `grows`: and goes on growing; `new`: never there before */
  readonly what: "above" | "below" | "grows" | "new";
  readonly from: number;
  readonly to: number;
  readonly value: number;
  readonly expected: number;
  /** By chance alone once in so long; null: not known (`grows`, `new`). */
  readonly onceInNs: number | null;
  readonly summary: string;
}

export interface AnomaliesAnswer {
  readonly from: number;
  readonly to: number;
  readonly learnedFrom: number;
  readonly everyNs: number;
  /** Series that were watched. */
  readonly watched: number;
  readonly tooShort: number;
  /** The least likely first. */
  readonly rows: readonly AnomalyRow[];
}

/** Questions about what is usual; part of `Methods`. */
export interface AnomalyMethods {
  /** How rates, durations, mailboxes, memory and state sizes behave. */
  readonly patterns: { readonly input: PatternsInput; readonly output: PatternsAnswer };
  /** Where they did not behave as they had before. */
  readonly anomalies: { readonly input: AnomaliesInput; readonly output: AnomaliesAnswer };
}

const instant = z.number().int();
const length = z.number().int().min(1_000_000);
const patterns = {
  ...nodeSchema,
  process: z.string().min(1).max(512).optional(),
  from: instant.optional(),
  to: instant.optional(),
  everyNs: length.optional(),
  limit: z.number().int().min(1).max(500).optional(),
  read: z.number().int().min(1).max(2_000_000).optional(),
};

export const anomalySchemas: {
  readonly [M in keyof AnomalyMethods]: z.ZodType<AnomalyMethods[M]["input"]>;
} = {
  patterns: z.strictObject(patterns),
  anomalies: z.strictObject({ ...patterns, learnFrom: instant.optional(), onceInNs: length.optional() }),
};
