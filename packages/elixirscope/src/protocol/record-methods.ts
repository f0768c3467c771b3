import { z } from "zod";

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

/** Questions about the recording itself; part of `Methods`. */
export interface RecordMethods {
  /** By their beginning. */
  readonly pins: { readonly input: Readonly<Record<string, never>>; readonly output: readonly PinRow[] };
  /** Answers all pins. One of the same name is replaced. */
  readonly pin: { readonly input: PinInput; readonly output: readonly PinRow[] };
  readonly unpin: { readonly input: { readonly name: string }; readonly output: readonly PinRow[] };
}

const name = z.string().min(1).max(200);
const instant = z.number().int();

export const recordSchemas: {
  readonly [M in keyof RecordMethods]: z.ZodType<RecordMethods[M]["input"]>;
} = {
  pins: z.strictObject({}),
  pin: z.strictObject({ name, from: instant.optional(), to: instant.optional() }),
  unpin: z.strictObject({ name }),
};
