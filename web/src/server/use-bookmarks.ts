import { useQueryClient } from "@tanstack/react-query";
import type {
  AddBookmarkInput,
  BookmarkMethods,
  BookmarkRow,
  CommentInput,
  Input,
} from "elixirscope/protocol";
import { ask } from "./ask.ts";
import { useAnswer, useLive } from "./hooks.ts";

const EVERY_MS = 250;

export interface Bookmarks {
  readonly bookmarks: readonly BookmarkRow[];
  readonly add: (input: AddBookmarkInput) => Promise<string>;
  readonly comment: (input: CommentInput) => Promise<string>;
  readonly drop: (id: string) => Promise<string>;
}

/** Bookmarks of the recording, as they change, whoever changes them. What changes them answers with what became of it. */
export function useBookmarks(): Bookmarks {
  const client = useQueryClient();
  const version = useLive(({ status }) => status?.bookmarks ?? 0);
  const { data } = useAnswer("bookmarks", {}, { version, everyMs: EVERY_MS });
  const change = async <M extends keyof BookmarkMethods>(
    method: M,
    input: Input<M>,
    done: string,
  ): Promise<string> => {
    try {
      client.setQueryData(["bookmarks", {}], await ask(method, input));
      return done;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };
  return {
    bookmarks: data ?? [],
    add: (input) => change("addBookmark", input, "Bookmarked (g b)."),
    comment: (input) =>
      change("commentBookmark", input, input.text === "" ? "Deleted the comment." : "Commented."),
    drop: (id) => change("dropBookmark", { id }, `Deleted ${id}.`),
  };
}
