import { z } from "zod";
import type { EventRow, ProcessRef } from "./answers.ts";
import { type NodeFilter, nodeSchema } from "./event-filter.ts";

// What went wrong, told with evidence: by the detectors, and in answer to a question in words.

/**
 * At most one of `process`, `flow`, `request` and `liveView`; without any of them everything. With a node what has to do with
 * processes of it. Instants inclusive.
 */
export interface DiagnoseInput extends NodeFilter {
  readonly process?: string | undefined;
  readonly flow?: string | undefined;
  /** Id of a request. */
  readonly request?: number | undefined;
  /** `phx-…`, or one of its processes. */
  readonly liveView?: string | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** Default 50, at most 1,000. */
  readonly limit?: number | undefined;
}

export interface FindingRow {
  /**
   * - `warn`: what happened is in the record, and it is wrong
   * - `recheck`: it looks wrong, but what was recorded cannot tell
   * - `ok`: it was looked at, and nothing of the kind was there
   */
  readonly verdict: "ok" | "warn" | "recheck";
  readonly detector: string;
  readonly summary: string;
  /** Who is to blame first. */
  readonly processes: readonly ProcessRef[];
  readonly t: number | null;
  readonly until: number | null;
  /** Ids of events that `summary` follows from. */
  readonly evidence: readonly number[];
  /** What would confirm it; "" where nothing is in doubt. */
  readonly confirm: string;
  readonly todo: string;
  /** 0 to 1: how sure it is that this is a fault, and how much of one. */
  readonly score: number;
}

export interface DiagnoseAnswer {
  readonly from: number;
  readonly to: number;
  /** `warn` and `recheck`, the highest score first. */
  readonly rows: readonly FindingRow[];
  readonly more: boolean;
  /** `ok`: what was looked at in vain. */
  readonly clear: readonly FindingRow[];
  /** `recheck` without evidence: what could not be looked at, since it was not recorded. */
  readonly blind: readonly FindingRow[];
}

export interface AskInput {
  /** In English: `Why didn't the counter update when I clicked increment?` */
  readonly question: string;
  /** Minutes that the asker's clock is ahead of UTC: what `after 14:03` means; default 0. */
  readonly zoneMinutes?: number | undefined;
}

export interface AskSentence {
  readonly text: string;
  /** Ids of events that it follows from; never empty. */
  readonly evidence: readonly number[];
}

export interface AskAnswer {
  readonly question: string;
  /** What it was taken to be about: processes, events of users, an instant. */
  readonly about: {
    readonly processes: readonly ProcessRef[];
    readonly userEvents: readonly EventRow[];
    readonly from: number;
    readonly to: number;
  };
  /** `warn`: a cause was found; `recheck`: only what may be one; `ok`: nothing wrong was seen. */
  readonly verdict: "ok" | "warn" | "recheck";
  /** The answer, the most probable cause first. */
  readonly sentences: readonly AskSentence[];
  /** What it is made of, the most probable first. */
  readonly findings: readonly FindingRow[];
  /** Warnings that seem to have nothing to do with it: see `diagnose`. */
  readonly others: number;
  /** What to do about the first of them; "" without any. */
  readonly todo: string;
  /** What could not be known, each with what to record for it. */
  readonly unknown: readonly string[];
}

/** Part of `Methods`. */
export interface DiagnoseMethods {
  /** What can be seen to go wrong. */
  readonly diagnose: { readonly input: DiagnoseInput; readonly output: DiagnoseAnswer };
  /** A question in words, answered from the record alone. */
  readonly ask: { readonly input: AskInput; readonly output: AskAnswer };
}

const instant = z.number().int();
const named = z.string().min(1).max(512);

export const diagnoseSchemas: {
  readonly [M in keyof DiagnoseMethods]: z.ZodType<DiagnoseMethods[M]["input"]>;
} = {
  diagnose: z
    .strictObject({
      ...nodeSchema,
      process: named.optional(),
      flow: named.optional(),
      request: z.number().int().nonnegative().optional(),
      liveView: named.optional(),
      from: instant.optional(),
      to: instant.optional(),
      limit: z.number().int().min(1).max(1_000).optional(),
    })
    .refine(
      ({ process, flow, request, liveView }) =>
        [process, flow, request, liveView].filter((one) => one !== undefined).length <= 1,
      { message: "Say of which process, flow, request or LiveView: one of them, or none." },
    ),
  ask: z.strictObject({
    question: z.string().trim().min(3).max(1_000),
    zoneMinutes: z.number().int().min(-1_000).max(1_000).optional(),
  }),
};
