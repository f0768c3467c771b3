import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { z } from "zod";
import { ElixirScopeError, isClickHouse } from "../model/index.ts";
import { type BookmarkOn, bookmarkOnSchema } from "../protocol/index.ts";
import type { TraceStore } from "../store/index.ts";

// Where bookmarks are kept, as JSON: in the recording's facts while it is made. One that is only read stays as it is, byte
// for byte; its bookmarks stand in a file beside it.

/** As they are kept: `what` and `process` are of the event, which is asked each time. */
export interface KeptBookmark {
  readonly id: string;
  readonly on: BookmarkOn;
  readonly by: string;
  readonly at: string;
  readonly comments: readonly { readonly text: string; readonly by: string; readonly at: string }[];
}

export interface KeptBookmarks {
  /** Number of the next one. */
  readonly next: number;
  readonly rows: readonly KeptBookmark[];
}

const BOOKMARKS_KEY = "bookmarks";

/** The file beside a recording that is only read. */
export const bookmarkFile = (recording: string): string => `${recording}.bookmarks.json`;

const text = z.string().max(4_000);
const kept: z.ZodType<KeptBookmark> = z.object({
  id: z.string().regex(/^b-\d{1,9}$/),
  on: bookmarkOnSchema,
  by: z.string().max(80),
  at: z.string().max(40),
  comments: z.array(z.object({ text, by: z.string().max(80), at: z.string().max(40) })).max(1_000),
});
const outline = z.object({ next: z.number().int().positive(), rows: z.array(z.unknown()).max(10_000) });

/** What somebody else's file says is no more than text; what is no bookmark is left out. */
export function parseBookmarks(json: string | undefined): KeptBookmarks | undefined {
  if (json === undefined) return undefined;
  try {
    const { next, rows } = outline.parse(JSON.parse(json));
    return { next, rows: rows.flatMap((row) => kept.safeParse(row).data ?? []) };
  } catch {
    return undefined;
  }
}

/** @param opened the file, where it is only read */
export async function readBookmarks(store: TraceStore, opened: string | undefined): Promise<KeptBookmarks> {
  const none = { next: 1, rows: [] };
  if (opened !== undefined && !isClickHouse(opened)) {
    const beside = parseBookmarks(await readFile(bookmarkFile(opened), "utf8").catch(() => undefined));
    if (beside) return beside;
  }
  return parseBookmarks((await store.meta()).get(BOOKMARKS_KEY)) ?? none;
}

/**
 * Bookmarks of a copy whose events have other ids: those on events that are not in it are left out.
 * @param ids by the id that an event had, 0: it is not there any more
 */
export function bookmarksOf(
  { next, rows }: KeptBookmarks,
  ids: ReadonlyMap<number, number>,
  told: (text: string) => string,
): KeptBookmarks {
  return {
    next,
    rows: rows.flatMap((row) => {
      const { on } = row;
      const id = on.type === "range" ? undefined : (ids.get(on.id) ?? 0);
      if (id === 0) return [];
      const comments = row.comments.map((one) => ({ ...one, text: told(one.text), by: told(one.by) }));
      const moved: BookmarkOn = on.type === "range" || id === undefined ? on : { ...on, id };
      return [{ ...row, by: told(row.by), comments, on: moved }];
    }),
  };
}

/** @throws ElixirScopeError `STORE_READ_ONLY` where it can be written neither in there nor beside it */
export async function writeBookmarks(
  store: TraceStore,
  opened: string | undefined,
  bookmarks: KeptBookmarks,
): Promise<void> {
  const json = JSON.stringify(bookmarks);
  if (opened === undefined || isClickHouse(opened)) {
    store.putMeta(BOOKMARKS_KEY, json);
    return;
  }
  const file = bookmarkFile(opened);
  const part = `${file}.part-${process.pid}`;
  try {
    await writeFile(part, json);
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    throw new ElixirScopeError(
      "STORE_READ_ONLY",
      `Bookmarks of a recording that is only read stand beside it, in ${file}, which cannot be written. Copy the recording to where you may write.`,
      { file },
      error,
    );
  }
}
