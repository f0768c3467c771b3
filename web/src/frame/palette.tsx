import type { ProcessRow } from "elixirscope/protocol";
import { type KeyboardEvent, type ReactElement, useDeferredValue, useEffect, useId, useState } from "react";
import { latestNodes, nodeLookedAt } from "../domain/node-state.ts";
import { Modal } from "../parts/modal.tsx";
import { useNode } from "../place/use-node.ts";
import { useAnswer, useStatus } from "../server/hooks.ts";
import { useViews } from "../server/use-views.ts";
import {
  askCommand,
  type Command,
  eventCommand,
  fixedCommands,
  matching,
  type Overlays,
  processCommand,
  viewCommand,
} from "./commands.ts";

interface Props extends Overlays {
  readonly onClose: () => void;
}

const LONGEST = 40;

/** Everything that can be gone to, found or done, by typing a few letters of it. */
export function Palette({ onClose, ...overlays }: Props): ReactElement {
  const [text, setText] = useState("");
  const [active, setActive] = useState(0);
  const listId = useId();
  const entries = useEntries(text, overlays);
  const run = (entry: Command | undefined): void => {
    if (!entry) return;
    onClose();
    entry.run();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0) setActive((active + step + entries.length) % Math.max(1, entries.length));
    else if (event.key === "Enter") run(entries[active]);
    else return;
    event.preventDefault();
  };
  useEffect(() => {
    document.getElementById(`${listId}-${active}`)?.scrollIntoView({ block: "nearest" });
  }, [active, listId]);
  return (
    <Modal label="Palette" className="palette" onClose={onClose}>
      <input
        type="text"
        role="combobox"
        aria-label="Go to, find, do"
        aria-expanded="true"
        aria-controls={listId}
        aria-activedescendant={`${listId}-${active}`}
        placeholder="A view, a process, #event, or something to do"
        spellCheck={false}
        autoComplete="off"
        value={text}
        onChange={({ target }) => {
          setText(target.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div className="palette-list" role="listbox" id={listId} aria-label="Matches">
        {entries.map((entry, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are on the combobox that owns this list
          <div
            key={entry.id}
            id={`${listId}-${index}`}
            role="option"
            aria-selected={index === active}
            className="palette-entry"
            onClick={() => run(entry)}
            onPointerMove={() => setActive(index)}
          >
            <span>{entry.title}</span>
            <span className="muted">{entry.hint}</span>
          </div>
        ))}
        {entries.length === 0 && <p className="palette-none muted">Nothing matches “{text}”.</p>}
      </div>
    </Modal>
  );
}

// The shortest label is the closest to what was typed.
const byLabelLength = (a: ProcessRow, b: ProcessRow): number => a.label.length - b.label.length;

function useEntries(text: string, overlays: Overlays): readonly Command[] {
  const search = useDeferredValue(text.trim());
  const status = useStatus();
  const found = useAnswer(
    "processes",
    { search, limit: 8, sort: "memory", order: "desc" },
    { enabled: search.length > 1 },
  );
  const processes =
    search.length > 1 ? [...(found.data?.rows ?? [])].sort(byLabelLength).map(processCommand) : [];
  const { views } = useViews();
  const node = nodeLookedAt(latestNodes(status?.nodes ?? []), useNode());
  const fixed = matching([...views.map(viewCommand), ...fixedCommands(node, overlays)], text);
  const first = [...eventCommand(text), ...fixed.slice(0, 8), ...askCommand(text)];
  return [...first, ...processes, ...fixed.slice(8)].slice(0, LONGEST);
}
