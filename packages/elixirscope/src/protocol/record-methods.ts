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

/** Questions about the recording itself; part of `Methods`. */
export interface RecordMethods {
  /** By their beginning. */
  readonly pins: { readonly input: Readonly<Record<string, never>>; readonly output: readonly PinRow[] };
  /** Answers all pins. One of the same name is replaced. */
  readonly pin: { readonly input: PinInput; readonly output: readonly PinRow[] };
  /** What no other method answers, in SQL that can only look. */
  readonly query: { readonly input: QueryInput; readonly output: QueryAnswer };
  readonly unpin: { readonly input: { readonly name: string }; readonly output: readonly PinRow[] };
}

const name = z.string().min(1).max(200);
const instant = z.number().int();

export const recordSchemas: {
  readonly [M in keyof RecordMethods]: z.ZodType<RecordMethods[M]["input"]>;
} = {
  pins: z.strictObject({}),
  pin: z.strictObject({ name, from: instant.optional(), to: instant.optional() }),
  query: z.strictObject({
    sql: z.string().min(1).max(100_000),
    limit: z.number().int().min(1).max(100_000).optional(),
  }),
  unpin: z.strictObject({ name }),
};
