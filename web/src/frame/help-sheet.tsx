import type { ReactElement } from "react";
import { KIND_LOOKS } from "../domain/kinds.ts";
import { KindLabel } from "../parts/kind-mark.tsx";
import { Modal } from "../parts/modal.tsx";

const KEYS: readonly { readonly title: string; readonly keys: readonly (readonly [string, string])[] }[] = [
  {
    title: "Go",
    keys: [
      ["g n", "Now: the overview"],
      ["g t", "Timeline"],
      ["g p", "Processes"],
      ["g f", "Flows: what led to what"],
      ["g w", "Web: requests, LiveViews, topics, broadcasts"],
      ["g c", "Code: sources with what ran in them"],
      ["g i", "Node: memory, applications, ETS tables, ports"],
      ["g e", "Events"],
      ["g h", "Performance: what is hot; flame graph, waiting"],
      ["g q", "Query: SQL, and every question by its name"],
      ["g a", "Ask: why, in words; what went wrong"],
      ["g b", "Bookmarks"],
      ["Ctrl .", "Stop: everything of ours out of the node, at once"],
      ["Ctrl K", "Palette: go to, find, do"],
      ["/", "Search in this view"],
      ["Esc", "One step back"],
      ["?", "This sheet"],
    ],
  },
  {
    title: "Time",
    keys: [
      ["Space", "Pause here, or live again"],
      ["← →", "Previous, next event"],
      ["⇧ ← →", "The same, of the selected process"],
      ["Alt ← →", "The same, of the event’s flow"],
      ["w s", "In the timeline: zoom in, out, as long as held (Ctrl wheel, pinch)"],
      ["a d", "In the timeline: earlier, later (wheel to the side)"],
      ["drag", "The axis of the time bar: through time; its bars: only that range"],
    ],
  },
  {
    title: "Lists",
    keys: [
      ["j k ↓ ↑", "Next, previous row"],
      ["Home End", "First, last row"],
      ["Enter", "Open"],
      ["→ ←", "Unfold, fold (tree)"],
      ["[ ]", "Fold all, unfold all (tree)"],
      ["y", "Copy the term as Elixir"],
      ["b", "Bookmark what is selected, the range, or the instant"],
    ],
  },
];

export function HelpSheet({ onClose }: { readonly onClose: () => void }): ReactElement {
  return (
    <Modal label="Help" className="sheet" onClose={onClose}>
      <div className="sheet-head">
        <h1>Keys and marks</h1>
        <button type="button" className="button" onClick={onClose}>
          Close
        </button>
      </div>
      <div className="sheet-columns">
        {KEYS.map(({ title, keys }) => (
          <section key={title}>
            <h2>{title}</h2>
            <dl className="key-list">
              {keys.map(([key, text]) => (
                <div key={key}>
                  <dt>
                    <kbd>{key}</kbd>
                  </dt>
                  <dd>{text}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <h2>Kinds of events</h2>
      <dl className="kind-legend">
        {KIND_LOOKS.map(({ kind, means }) => (
          <div key={kind}>
            <dt>
              <KindLabel kind={kind} />
            </dt>
            <dd>{means}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}
