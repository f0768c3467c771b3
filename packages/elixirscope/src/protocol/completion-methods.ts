import { z } from "zod";

/** The beginning of a call pattern, or of a module's name. */
export interface CompletionsInput {
  readonly text: string;
  readonly what: "functions" | "modules";
  /** Only of this node; absent: of all that are attached. */
  readonly node?: string | undefined;
  /** Default 20, at most 200. */
  readonly limit?: number | undefined;
}

/** What it may become, the nearest first: `Hello.Counter.`, `Hello.Counter.increment/1`. */
export interface CompletionList {
  readonly rows: readonly string[];
  readonly more: boolean;
}

/** Questions about names in the nodes that are attached; part of `Methods`. */
export interface CompletionMethods {
  readonly completions: { readonly input: CompletionsInput; readonly output: CompletionList };
}

export const completionSchemas: {
  readonly [M in keyof CompletionMethods]: z.ZodType<CompletionMethods[M]["input"]>;
} = {
  completions: z.strictObject({
    text: z.string().max(512),
    what: z.enum(["functions", "modules"]),
    node: z.string().min(1).max(512).optional(),
    limit: z.number().int().min(1).max(200).optional(),
  }),
};
