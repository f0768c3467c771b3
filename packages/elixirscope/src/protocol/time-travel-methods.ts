import { z } from "zod";
import { type NodeFilter, nodeSchema } from "./event-filter.ts";
import type { ChangeAnswer, DiffAnswer, Snapshot, StepAnswer, UntilAnswer } from "./time-travel-answers.ts";

export interface SnapshotInput extends NodeFilter {
  /** The instant. */
  readonly t: number;
  /** Only this process; its state and mailbox are told at length. */
  readonly process?: string | undefined;
  /** Part of a name, pid, initial call or application, in any case. */
  readonly search?: string | undefined;
  /** Default 200, at most 10,000. */
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
  /** With the supervision tree. */
  readonly tree?: boolean | undefined;
}

/** Where to begin: behind (before) an event, or at an instant; without either at the end of the record that the direction leads away from. */
export interface PlaceInput {
  /** Id of an event. */
  readonly cursor?: number | undefined;
  readonly t?: number | undefined;
}

export interface StepInput extends PlaceInput {
  readonly direction: "forward" | "backward";
  /** `process` takes `process`; `flow` takes `flow`, or goes by that of the event `cursor`; `callback`: states, of all processes or of one. */
  readonly by: "event" | "process" | "flow" | "callback";
  readonly process?: string | undefined;
  /** Such as `f-12`. */
  readonly flow?: string | undefined;
}

export interface UntilInput extends PlaceInput {
  readonly direction: "forward" | "backward";
  readonly process?: string | undefined;
  /** Becomes true: `state.count == 5`, `assigns.user != nil`, `count > limit`. */
  readonly state?: string | undefined;
  /** A pattern on a message: `{:set, n} when n > 5`; of a process those that it takes in, else those that are sent. */
  readonly message?: string | undefined;
}

/** A state: the last one of a process at or before a place; without a place the last one of all. */
export interface PlaceOfState extends PlaceInput {
  readonly process: string;
}

export interface DiffInput {
  readonly a: PlaceOfState;
  readonly b: PlaceOfState;
}

export interface ChangeInput extends PlaceInput {
  readonly process: string;
  /** `assigns.user`, `state.items`, `length(items)`. */
  readonly path: string;
}

/** Questions about the past; part of {@link Methods}. */
export interface TimeTravelMethods {
  /** Every process that was alive at an instant, with its state, its mailbox and its place. */
  readonly snapshotAt: { readonly input: SnapshotInput; readonly output: Snapshot };
  /** The next event, or the previous one, with what changed. */
  readonly step: { readonly input: StepInput; readonly output: StepAnswer };
  /** Where a condition on a state, or a message, comes true. */
  readonly until: { readonly input: UntilInput; readonly output: UntilAnswer };
  /** What differs between two states: of two instants, or of two processes. */
  readonly diff: { readonly input: DiffInput; readonly output: DiffAnswer };
  /** When a value in the state of a process changed last, and what led to it. */
  readonly lastChange: { readonly input: ChangeInput; readonly output: ChangeAnswer };
}

const instant = z.number().int();
const named = z.string().min(1).max(512);
const pattern = z.string().min(1).max(4_096);
const place = { cursor: z.number().int().nonnegative().optional(), t: instant.optional() };
const direction = z.enum(["forward", "backward"]);

export const timeTravelSchemas: {
  readonly [M in keyof TimeTravelMethods]: z.ZodType<TimeTravelMethods[M]["input"]>;
} = {
  snapshotAt: z.strictObject({
    ...nodeSchema,
    t: instant,
    process: named.optional(),
    search: z.string().max(200).optional(),
    limit: z.number().int().min(1).max(10_000).optional(),
    offset: z.number().int().nonnegative().optional(),
    tree: z.boolean().optional(),
  }),
  step: z
    .strictObject({
      ...place,
      direction,
      by: z.enum(["event", "process", "flow", "callback"]),
      process: named.optional(),
      flow: named.optional(),
    })
    .refine(({ by, process }) => by !== "process" || process !== undefined, {
      message: "Say of which process.",
      path: ["process"],
    })
    .refine(({ by, flow, cursor }) => by !== "flow" || flow !== undefined || cursor !== undefined, {
      message: "Say of which flow.",
      path: ["flow"],
    }),
  until: z.strictObject({
    ...place,
    direction,
    process: named.optional(),
    state: pattern.optional(),
    message: pattern.optional(),
  }),
  diff: z.strictObject({
    a: z.strictObject({ ...place, process: named }),
    b: z.strictObject({ ...place, process: named }),
  }),
  lastChange: z.strictObject({ ...place, process: named, path: pattern }),
};
