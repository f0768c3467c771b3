import { z } from "zod";
import type { ProcessRef } from "./answers.ts";

export interface AlertsInput {
  /** Only those after this one. */
  readonly afterId?: number | undefined;
}

/** Something that newly went wrong while it was recorded. */
export interface AlertRow {
  /** Ascending, from 1. */
  readonly id: number;
  /** When it was noticed. */
  readonly t: number;
  readonly at: string;
  readonly detector: string;
  readonly summary: string;
  readonly processes: readonly ProcessRef[];
  /** Ids of events. */
  readonly evidence: readonly number[];
}

export interface AlertsAnswer {
  /** Oldest first, the newest hundred at most; the same is told once. */
  readonly rows: readonly AlertRow[];
  /** That were left away since there were too many at once: `diagnose` has them. */
  readonly untold: number;
  /** False: this is a recording, in which nothing new happens. */
  readonly watching: boolean;
  /** Why it is not looked any more; "": it is. */
  readonly why: string;
  /** Looking took so long the last time, ms; null: it was not looked yet. */
  readonly tookMs: number | null;
  /** So long it rests before it looks again, ms. */
  readonly restMs: number;
}

/** Part of `Methods`. */
export interface AlertMethods {
  /** What newly goes wrong. Looked for only while somebody asks, and so seldom that it costs a tenth of the engine's time at most. */
  readonly alerts: { readonly input: AlertsInput; readonly output: AlertsAnswer };
}

export const alertSchemas: { readonly [M in keyof AlertMethods]: z.ZodType<AlertMethods[M]["input"]> } = {
  alerts: z.strictObject({ afterId: z.number().int().nonnegative().optional() }),
};
