import { Bookmark } from "lucide-react";
import { type ReactElement, useCallback, useState } from "react";
import { Link } from "wouter";
import { say } from "../parts/notice.ts";
import { Popover } from "../parts/popover.tsx";
import { formatPlace } from "../place/place.ts";
import { placeNow } from "../place/use-place.ts";
import { type ShownView, useViews } from "../server/use-views.ts";

/** Places by a name: to go back to, and to share. */
export function ViewsMenu(): ReactElement {
  const [open, setOpen] = useState(false);
  const close = useCallback(() => setOpen(false), []);
  return (
    <div className="views-menu">
      <button
        type="button"
        className="icon-button"
        aria-label="Saved views"
        title="Saved views"
        aria-haspopup="dialog"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <Bookmark size={16} aria-hidden="true" />
      </button>
      {open && (
        <Popover label="Saved views" onClose={close} align="end">
          <ViewList onDone={close} />
        </Popover>
      )}
    </div>
  );
}

function ViewList({ onDone }: { readonly onDone: () => void }): ReactElement {
  const { views, save, drop } = useViews();
  const [name, setName] = useState("");
  const href = formatPlace(placeNow());
  const tell = async (work: Promise<string>): Promise<void> => say(await work);
  return (
    <>
      <form
        className="view-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() === "") return;
          void tell(save({ name: name.trim(), href }));
          setName("");
        }}
      >
        <input
          type="text"
          // biome-ignore lint/a11y/noAutofocus: the menu was opened to name the view or to choose one
          autoFocus
          aria-label="Name of this view"
          placeholder="Name of this view"
          value={name}
          onChange={({ target }) => setName(target.value)}
        />
        <button type="submit" className="button" disabled={name.trim() === ""}>
          Save
        </button>
      </form>
      <ul className="view-list" aria-label="Saved views">
        {views.map((view) => (
          <Line
            key={`${view.kept} ${view.name}`}
            view={view}
            onGo={onDone}
            onRename={(next) => void tell(save({ name: next, href: view.href }, view))}
            onDrop={() => void tell(drop(view))}
          />
        ))}
      </ul>
      {views.length === 0 && <p className="muted">View, cursor, selection and filters, as they are now.</p>}
      <div className="popover-foot">
        <button type="button" className="link-button" onClick={() => void copyLink(href)}>
          copy the link to this view
        </button>
        <span className="muted">It holds no token.</span>
      </div>
    </>
  );
}

interface LineProps {
  readonly view: ShownView;
  readonly onGo: () => void;
  readonly onRename: (name: string) => void;
  readonly onDrop: () => void;
}

function Line({ view, onGo, onRename, onDrop }: LineProps): ReactElement {
  const [name, setName] = useState<string | undefined>();
  if (name !== undefined) {
    return (
      <li>
        <form
          className="view-form"
          onSubmit={(event) => {
            event.preventDefault();
            if (name.trim() !== "" && name.trim() !== view.name) onRename(name.trim());
            setName(undefined);
          }}
        >
          <input
            type="text"
            // biome-ignore lint/a11y/noAutofocus: the field was opened to type into
            autoFocus
            aria-label={`Other name of ${view.name}`}
            value={name}
            onChange={({ target }) => setName(target.value)}
          />
          <button type="submit" className="button">
            Rename
          </button>
        </form>
      </li>
    );
  }
  return (
    <li className="view-entry">
      <Link href={view.href} className="ellipsis" onClick={onGo} title={view.href}>
        {view.name}
      </Link>
      {view.kept === "browser" && <span className="tag">this browser</span>}
      <button
        type="button"
        className="link-button"
        aria-label={`Rename ${view.name}`}
        onClick={() => setName(view.name)}
      >
        rename
      </button>
      <button type="button" className="link-button" aria-label={`Delete ${view.name}`} onClick={onDrop}>
        delete
      </button>
    </li>
  );
}

async function copyLink(href: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(location.origin + href);
    say("Copied the link.");
  } catch (error) {
    say(`Not copied: ${error instanceof Error ? error.message : String(error)}`);
  }
}
