import type { BookmarkRow } from "elixirscope/protocol";
import { type ReactElement, useState } from "react";
import { Link } from "wouter";
import { placeOfBookmark } from "../../domain/bookmarks.ts";
import { instantText } from "../../domain/format.ts";
import { say } from "../../parts/notice.ts";
import { ProcessLink } from "../../parts/process-link.tsx";
import { useTextSetting } from "../../parts/setting.ts";
import { StateBox } from "../../parts/state-box.tsx";
import { useHref } from "../../place/use-place.ts";
import { useStatus } from "../../server/hooks.ts";
import { type Bookmarks, useBookmarks } from "../../server/use-bookmarks.ts";

/** What people marked, in the order in which it happened, with what they wrote to it. */
export function BookmarksView(): ReactElement {
  const all = useBookmarks();
  return (
    <div className="list-view">
      <div className="toolbar">
        <h1>Bookmarks</h1>
        <span className="muted toolbar-end">
          <kbd>b</kbd> bookmarks what is selected
        </span>
      </div>
      <div className="web-body bookmarks">
        {all.bookmarks.length === 0 && (
          <StateBox title="No bookmarks">
            <p>
              <kbd>b</kbd> bookmarks the selected event, a version of a state that was chosen, the range that
              is marked, or the instant of the cursor. They stand in the recording, and everybody who looks at
              it sees them.
            </p>
          </StateBox>
        )}
        <ul aria-label="Bookmarks">
          {all.bookmarks.map((row) => (
            <Entry key={row.id} row={row} all={all} />
          ))}
        </ul>
      </div>
    </div>
  );
}

interface Props {
  readonly row: BookmarkRow;
  readonly all: Bookmarks;
}

const SORTS = { event: "event", state: "state", range: "range" } as const;

function Entry({ row, all }: Props): ReactElement {
  const { id, on, from, to, what, process, comments } = row;
  const href = useHref();
  const startedAt = useStatus()?.startedAt ?? "";
  const instant = (t: number): string => instantText(startedAt, t);
  const when = from === to ? instant(from) : `${instant(from)} – ${instant(to)}`;
  return (
    <li className="bookmark">
      <p className="bookmark-head">
        <Link href={href(placeOfBookmark(row))} className="mono">
          {when}
        </Link>
        <span className="tag">{from === to && on.type === "range" ? "instant" : SORTS[on.type]}</span>
        {process && <ProcessLink process={process} />}
        <span className="mono ellipsis">{what}</span>
        <button
          type="button"
          className="link-button"
          aria-label={`Delete ${id}`}
          onClick={() => void all.drop(id).then(say)}
        >
          delete
        </button>
      </p>
      {comments.map(({ text, by, at }, index) => (
        <p key={`${at} ${text}`} className="bookmark-comment">
          <span className="wrap">{text}</span>{" "}
          <span className="muted">{[by, new Date(at).toLocaleString()].filter(Boolean).join(", ")}</span>
          <button
            type="button"
            className="link-button"
            aria-label={`Delete the comment ${text}`}
            onClick={() => void all.comment({ id, text: "", index }).then(say)}
          >
            delete
          </button>
        </p>
      ))}
      <CommentForm id={id} all={all} />
    </li>
  );
}

function CommentForm({ id, all }: { readonly id: string; readonly all: Bookmarks }): ReactElement {
  const [text, setText] = useState("");
  const [name] = useTextSetting("name");
  return (
    <form
      className="view-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() === "") return;
        void all.comment({ id, text: text.trim(), by: name.trim() }).then(say);
        setText("");
      }}
    >
      <input
        type="text"
        aria-label={`Comment to ${id}`}
        placeholder="Comment"
        maxLength={4_000}
        value={text}
        onChange={({ target }) => setText(target.value)}
      />
      <button type="submit" className="button small" disabled={text.trim() === ""}>
        Comment
      </button>
    </form>
  );
}
