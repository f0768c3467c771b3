import { z } from "zod";
import type { LineHistory } from "./line-answers.ts";

/** A module as `MyApp.Cart`, `:lists` or `lists`. */
export interface SourceInput {
  readonly module: string;
  /** As this node has it; absent: the first that has it, of those that are attached. */
  readonly node?: string | undefined;
}

/** Where the text of a source was found. */
export type SourceOrigin = "node" | "recording" | "this_machine";

export interface SourceAnswer {
  readonly module: string;
  /** Its path where it was compiled, or null. */
  readonly file: string | null;
  /** Secrets in it are overwritten; null where it was not found. */
  readonly text: string | null;
  readonly origin: SourceOrigin | null;
  /** Why there is no text, and what to do; "" where there is one. */
  readonly why: string;
  /** SHA-256 of the text, hexadecimal; "" without one. */
  readonly hash: string;
  /** The file was written after the code that runs was made: lines may have moved. */
  readonly changed: boolean;
  /** Lines that can be recorded; null where nobody knows (no debug info). */
  readonly executable: readonly number[] | null;
  /** Where its functions begin, by `name/arity`; of traced modules. */
  readonly functions: Readonly<Record<string, number>>;
  /** How the user opens a file in the editor, from ELIXIRSCOPE_EDITOR or PLUG_EDITOR; null where neither is set. */
  readonly editor: string | null;
}

/** A module that the record speaks of, or that an application of the node has. */
export interface ModuleRow {
  readonly module: string;
  /** Of an application of the node that is attached which is neither Erlang's nor Elixir's. */
  readonly isOwn: boolean;
  /** Its functions in the record; 0 where the node has it and the record does not speak of it. */
  readonly functions: number;
  /** Its source where it was compiled, or null. */
  readonly file: string | null;
  /** Its text is in the recording. */
  readonly hasText: boolean;
  /** Lines of it were recorded. */
  readonly hasLines: boolean;
}

/** What was bound at one line, newest first. */
export interface LineHistoryInput {
  readonly module: string;
  readonly line: number;
  /** Only what was before this instant. */
  readonly t?: number | undefined;
  /** Default 50, at most 1,000. */
  readonly limit?: number | undefined;
}

export interface SourceMethods {
  /** The text of a module's source, from the node, the recording or this machine. */
  readonly source: { readonly input: SourceInput; readonly output: SourceAnswer };
  /** Modules that the record speaks of and, of the nodes that are attached (or one of them), those of their applications; by name. */
  readonly modules: {
    readonly input: { readonly node?: string | undefined };
    readonly output: readonly ModuleRow[];
  };
  /** Values bound at a line, each time that it was recorded. */
  readonly lineHistory: { readonly input: LineHistoryInput; readonly output: LineHistory };
}

const module = z.string().min(1).max(512);
const node = module.optional();

export const sourceSchemas: {
  readonly [M in keyof SourceMethods]: z.ZodType<SourceMethods[M]["input"]>;
} = {
  source: z.strictObject({ module, node }),
  modules: z.strictObject({ node }),
  lineHistory: z.strictObject({
    module,
    line: z.number().int().positive(),
    t: z.number().int().optional(),
    limit: z.number().int().min(1).max(1_000).optional(),
  }),
};
