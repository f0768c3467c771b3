import { z } from "zod";
import type { ProcessRef } from "./answers.ts";

// Bookmarks and what people wrote to them, kept in the recording. All instants `t`.

/** What a bookmark is on: an event, a version of a state by the id of its event, or a stretch of time (an instant has no length). */
export type BookmarkOn =
  | { readonly type: "event" | "state"; readonly id: number }
  | { readonly type: "range"; readonly from: number; readonly to: number };

export interface BookmarkComment {
  readonly text: string;
  /** As who wrote it is called; "" where nobody said. */
  readonly by: string;
  /** ISO 8601. */
  readonly at: string;
}

export interface BookmarkRow {
  /** `b-1`: never given to another one. */
  readonly id: string;
  readonly on: BookmarkOn;
  readonly from: number;
  readonly to: number;
  /** Of an event or a state: its line in a list. */
  readonly what: string;
  /** Of an event or a state: whose. */
  readonly process: ProcessRef | null;
  readonly by: string;
  readonly at: string;
  /** Oldest first. */
  readonly comments: readonly BookmarkComment[];
}

export interface AddBookmarkInput {
  readonly on: BookmarkOn;
  readonly by?: string | undefined;
  /** The first comment. */
  readonly text?: string | undefined;
}

export interface CommentInput {
  /** Of the bookmark. */
  readonly id: string;
  readonly text: string;
  readonly by?: string | undefined;
  /** Replaces this one, counted from 0; with an empty text it goes. */
  readonly index?: number | undefined;
}

/** Part of `Methods`. Each answers all of them, by their beginning; `Status.bookmarks` tells when there is another answer. */
export interface BookmarkMethods {
  readonly bookmarks: {
    readonly input: Readonly<Record<string, never>>;
    readonly output: readonly BookmarkRow[];
  };
  /** Once more on the same thing: the comment goes to the bookmark that is there. */
  readonly addBookmark: { readonly input: AddBookmarkInput; readonly output: readonly BookmarkRow[] };
  readonly commentBookmark: { readonly input: CommentInput; readonly output: readonly BookmarkRow[] };
  readonly dropBookmark: {
    readonly input: { readonly id: string };
    readonly output: readonly BookmarkRow[];
  };
}

const by = z.string().trim().max(80);
const text = z.string().trim().max(4_000);
const id = z.string().regex(/^b-\d{1,9}$/);
const event = z.number().int().positive();
const instant = z.number().int();

/** As it is asked for, and as it stands in a recording. */
export const bookmarkOnSchema: z.ZodType<BookmarkOn> = z.union([
  z.strictObject({ type: z.enum(["event", "state"]), id: event }),
  z.strictObject({ type: z.literal("range"), from: instant, to: instant }),
]);

export const bookmarkSchemas: {
  readonly [M in keyof BookmarkMethods]: z.ZodType<BookmarkMethods[M]["input"]>;
} = {
  bookmarks: z.strictObject({}),
  addBookmark: z.strictObject({
    on: bookmarkOnSchema.refine((on) => on.type !== "range" || on.from <= on.to, {
      message: "A range ends where it begins, or later.",
    }),
    by: by.optional(),
    text: text.optional(),
  }),
  commentBookmark: z
    .strictObject({ id, text, by: by.optional(), index: z.number().int().nonnegative().optional() })
    .refine(({ text: words, index }) => words !== "" || index !== undefined, {
      message: "A comment has some text.",
    }),
  dropBookmark: z.strictObject({ id }),
};
