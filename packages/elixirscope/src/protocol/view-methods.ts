import { z } from "zod";

/** A place of the UI by a name. */
export interface SavedView {
  readonly name: string;
  /** Path and query: view, cursor, selection, filters. */
  readonly href: string;
}

export interface SaveViewInput extends SavedView {
  /** It was called this so far: it is renamed. */
  readonly was?: string | undefined;
}

/** Views that people saved, kept in the recording; part of `Methods`. Each answers all of them, by name. */
export interface ViewMethods {
  readonly views: { readonly input: Readonly<Record<string, never>>; readonly output: readonly SavedView[] };
  /** One of the same name is replaced. */
  readonly saveView: { readonly input: SaveViewInput; readonly output: readonly SavedView[] };
  readonly dropView: { readonly input: { readonly name: string }; readonly output: readonly SavedView[] };
}

const name = z.string().trim().min(1).max(200);

export const viewSchemas: { readonly [M in keyof ViewMethods]: z.ZodType<ViewMethods[M]["input"]> } = {
  views: z.strictObject({}),
  saveView: z.strictObject({
    name,
    href: z
      .string()
      .max(20_000)
      .regex(/^\/(?!\/)/),
    was: name.optional(),
  }),
  dropView: z.strictObject({ name }),
};
