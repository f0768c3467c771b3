import { ElixirScopeError } from "../model/index.ts";
import type { AddBookmarkInput, BookmarkOn, BookmarkRow, CommentInput, EventRow } from "../protocol/index.ts";
import type { TraceStore } from "../store/index.ts";
import { type KeptBookmark, type KeptBookmarks, readBookmarks, writeBookmarks } from "./bookmark-file.ts";

const MOST = 1_000;
const MOST_COMMENTS = 200;

interface Parts {
  readonly store: TraceStore;
  /** The file, where it is only read. */
  readonly opened: string | undefined;
  /** @throws ElixirScopeError `QUERY_NO_SUCH_EVENT` */
  readonly event: (id: number) => Promise<EventRow>;
  readonly changed: () => void;
}

/** Bookmarks of a recording with what people wrote to them. */
export class Bookmarks {
  readonly #parts: Parts;
  /** One change after the other: each begins with what is kept, which another ElixirScope may have written. */
  #turn: Promise<unknown> = Promise.resolve();
  /** Grows with each change. */
  version = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async list(): Promise<readonly BookmarkRow[]> {
    const { rows } = await this.#read();
    const shown = await Promise.all(rows.map((row) => this.#row(row)));
    return shown.toSorted((a, b) => a.from - b.from || Number(a.id.slice(2)) - Number(b.id.slice(2)));
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_EVENT`, `QUERY_TOO_MANY_BOOKMARKS`, `QUERY_NOT_A_STATE`, `STORE_READ_ONLY` */
  async add({ on, by = "", text = "" }: AddBookmarkInput): Promise<readonly BookmarkRow[]> {
    await this.#check(on);
    return this.#change(({ next, rows }) => {
      const there = rows.find((row) => isSame(row.on, on));
      const comments = text === "" ? [] : [{ text, by, at: now() }];
      if (there) return { next, rows: replaced(rows, there.id, (row) => commented(row, comments)) };
      if (rows.length >= MOST) throw tooMany(`${MOST} bookmarks in this recording`);
      return { next: next + 1, rows: [...rows, { id: `b-${next}`, on, by, at: now(), comments }] };
    });
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_BOOKMARK`, `QUERY_TOO_MANY_BOOKMARKS`, `STORE_READ_ONLY` */
  async comment({ id, text, by = "", index }: CommentInput): Promise<readonly BookmarkRow[]> {
    return this.#change(({ next, rows }) => ({
      next,
      rows: replaced(rows, id, (row) => {
        if (index === undefined) return commented(row, [{ text, by, at: now() }]);
        if (index >= row.comments.length) throw noSuch(`${id} has no comment ${index}`);
        const comments = row.comments.flatMap((one, i) =>
          i !== index ? [one] : text === "" ? [] : [{ text, by, at: now() }],
        );
        return { ...row, comments };
      }),
    }));
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_BOOKMARK`, `STORE_READ_ONLY` */
  async drop(id: string): Promise<readonly BookmarkRow[]> {
    return this.#change(({ next, rows }) => {
      found(rows, id);
      return { next, rows: rows.filter((row) => row.id !== id) };
    });
  }

  #read(): Promise<KeptBookmarks> {
    return readBookmarks(this.#parts.store, this.#parts.opened);
  }

  async #change(change: (before: KeptBookmarks) => KeptBookmarks): Promise<readonly BookmarkRow[]> {
    const { store, opened } = this.#parts;
    const done = this.#turn.then(async () => {
      await writeBookmarks(store, opened, change(await this.#read()));
      this.version += 1;
      this.#parts.changed();
    });
    this.#turn = done.catch(() => undefined);
    await done;
    return this.list();
  }

  async #check(on: BookmarkOn): Promise<void> {
    if (on.type === "range") return;
    const { kind } = await this.#parts.event(on.id);
    if (on.type === "state" && kind !== "state") {
      throw new ElixirScopeError("QUERY_NOT_A_STATE", `Event #${on.id} is no state, but ${kind}.`, {
        id: on.id,
      });
    }
  }

  /** Retention may have taken its event since. */
  async #row({ on, ...row }: KeptBookmark): Promise<BookmarkRow> {
    if (on.type === "range") return { ...row, on, from: on.from, to: on.to, what: "", process: null };
    const event = await this.#parts.event(on.id).catch(() => undefined);
    const t = event?.t ?? 0;
    const what = event ? `${event.kind} ${event.summary}`.trim() : `event #${on.id} is not there any more`;
    return { ...row, on, from: t, to: t, what, process: event?.process ?? null };
  }
}

const now = (): string => new Date().toISOString();

function isSame(a: BookmarkOn, b: BookmarkOn): boolean {
  if (a.type === "range") return b.type === "range" && a.from === b.from && a.to === b.to;
  return b.type === a.type && b.id === a.id;
}

function commented(row: KeptBookmark, comments: KeptBookmark["comments"]): KeptBookmark {
  if (row.comments.length + comments.length > MOST_COMMENTS)
    throw tooMany(`${MOST_COMMENTS} comments to ${row.id}`);
  return { ...row, comments: [...row.comments, ...comments] };
}

function replaced(
  rows: readonly KeptBookmark[],
  id: string,
  change: (row: KeptBookmark) => KeptBookmark,
): readonly KeptBookmark[] {
  found(rows, id);
  return rows.map((row) => (row.id === id ? change(row) : row));
}

function found(rows: readonly KeptBookmark[], id: string): void {
  if (!rows.some((row) => row.id === id)) throw noSuch(`There is no bookmark ${id}`);
}

const noSuch = (what: string): ElixirScopeError =>
  new ElixirScopeError("QUERY_NO_SUCH_BOOKMARK", `${what}. All bookmarks: elixirscope bookmarks.`);

const tooMany = (what: string): ElixirScopeError =>
  new ElixirScopeError("QUERY_TOO_MANY_BOOKMARKS", `There are ${what} already. Delete one first.`);
