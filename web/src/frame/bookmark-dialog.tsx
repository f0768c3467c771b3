import { type ReactElement, useState } from "react";
import { bookmarkable } from "../domain/bookmarks.ts";
import { instantText } from "../domain/format.ts";
import { Modal } from "../parts/modal.tsx";
import { say } from "../parts/notice.ts";
import { useTextSetting } from "../parts/setting.ts";
import { placeNow } from "../place/use-place.ts";
import { useStatus } from "../server/hooks.ts";
import { nowInstant } from "../server/live.ts";
import { useBookmarks } from "../server/use-bookmarks.ts";

/** Asks for a comment to what is bookmarked; Enter alone bookmarks it without one. */
export function BookmarkDialog({ onClose }: { readonly onClose: () => void }): ReactElement {
  // What is bookmarked is what was there when the key was pressed.
  const [on] = useState(() => bookmarkable(placeNow(), nowInstant()));
  const [text, setText] = useState("");
  const [name, setName] = useTextSetting("name");
  const { add } = useBookmarks();
  const startedAt = useStatus()?.startedAt ?? "";
  const instant = (t: number): string => instantText(startedAt, t);
  const what =
    on.type !== "range"
      ? `${on.type === "state" ? "the state" : "the event"} #${on.id}`
      : on.from === on.to
        ? `the instant ${instant(on.from)}`
        : `${instant(on.from)} – ${instant(on.to)}`;
  return (
    <Modal label="Bookmark" className="palette bookmark-dialog" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onClose();
          void add({ on, by: name.trim(), text: text.trim() }).then(say);
        }}
      >
        <input
          type="text"
          // biome-ignore lint/a11y/noAutofocus: the dialog was opened to type into
          autoFocus
          aria-label="Comment"
          placeholder={`Comment to ${what}, if any`}
          maxLength={4_000}
          value={text}
          onChange={({ target }) => setText(target.value)}
        />
        <div className="bookmark-foot">
          <span className="muted">Bookmarks {what}.</span>
          <label>
            <span className="muted">as</span>
            <input
              type="text"
              aria-label="Your name"
              placeholder="your name"
              maxLength={40}
              value={name}
              onChange={({ target }) => setName(target.value)}
            />
          </label>
          <button type="submit" className="button primary">
            Bookmark
          </button>
        </div>
      </form>
    </Modal>
  );
}
