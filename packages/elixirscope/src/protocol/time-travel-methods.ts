import { z } from "zod";
import type { Snapshot } from "./time-travel-answers.ts";

export interface SnapshotInput {
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

/** Questions about the past; part of {@link Methods}. */
export interface TimeTravelMethods {
  /** Every process that was alive at an instant, with its state, its mailbox and its place. */
  readonly snapshotAt: { readonly input: SnapshotInput; readonly output: Snapshot };
}

const instant = z.number().int();
const named = z.string().min(1).max(512);

export const timeTravelSchemas: {
  readonly [M in keyof TimeTravelMethods]: z.ZodType<TimeTravelMethods[M]["input"]>;
} = {
  snapshotAt: z.strictObject({
    t: instant,
    process: named.optional(),
    search: z.string().max(200).optional(),
    limit: z.number().int().min(1).max(10_000).optional(),
    offset: z.number().int().nonnegative().optional(),
    tree: z.boolean().optional(),
  }),
};
