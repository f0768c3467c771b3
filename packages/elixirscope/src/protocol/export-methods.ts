import { z } from "zod";
import type { EventRow, TermText } from "./answers.ts";
import { eventsFilterSchema, type NodeFilter, nodeSchema } from "./event-filter.ts";
import type { FlowAnswer } from "./flow-answers.ts";
import type { EventsInput } from "./methods.ts";

// What exports are made of: everything, page by page, oldest first.

/** Which events; as in a list of them. */
export type EventChoice = Omit<EventsInput, "order" | "limit">;

export interface ExportEventsInput extends EventChoice {
  /** Without terms, but with the other halves of messages: quicker. */
  readonly brief?: boolean | undefined;
}

export interface ExportEventRow extends EventRow {
  /** As in an `EventDetail`; left out of brief rows. */
  readonly term?: TermText;
  /** The same as data, see docs/export.md; left out where there is none, or where it is too large. */
  readonly value?: unknown;
  /** Of brief rows: of a send its receive, of a receive its send, where that is certain and not many events away. */
  readonly pair?: number;
}

/** As much as one answer takes. */
export interface ExportEvents {
  readonly rows: readonly ExportEventRow[];
  /** What to give as `afterId` for the next page; null: this was the last one. */
  readonly next: number | null;
}

/** Which flows; as in a list of them. */
export interface FlowChoice extends NodeFilter {
  readonly entry?: string | undefined;
  readonly process?: string | undefined;
  readonly failed?: boolean | undefined;
  /** Instants `t` of the start, inclusive. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

export interface ExportFlowsInput extends FlowChoice {
  /** Id of the start of the flow that was the last one. */
  readonly after?: number | undefined;
}

export interface ExportFlows {
  /** In the order of their starts. */
  readonly flows: readonly FlowAnswer[];
  /** What to give as `after` for the next page; null: this was the last one. */
  readonly next: number | null;
}

/** Questions that answer everything, in pages; part of `Methods`. */
export interface ExportMethods {
  readonly exportEvents: { readonly input: ExportEventsInput; readonly output: ExportEvents };
  readonly exportFlows: { readonly input: ExportFlowsInput; readonly output: ExportFlows };
}

const instant = z.number().int();
const id = z.number().int().nonnegative();
const named = z.string().min(1).max(512);
const pattern = z.string().min(1).max(4_096);

export const exportSchemas: {
  readonly [M in keyof ExportMethods]: z.ZodType<ExportMethods[M]["input"]>;
} = {
  exportEvents: z.strictObject({
    ...eventsFilterSchema,
    match: pattern.optional(),
    text: pattern.optional(),
    brief: z.boolean().optional(),
  }),
  exportFlows: z.strictObject({
    ...nodeSchema,
    entry: z.string().min(1).max(200).optional(),
    process: named.optional(),
    failed: z.boolean().optional(),
    from: instant.optional(),
    to: instant.optional(),
    after: id.optional(),
  }),
};
