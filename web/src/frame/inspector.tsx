import type { ReactElement } from "react";
import { usePlace } from "../place/use-place.ts";
import { EventInspector } from "./event-inspector.tsx";
import { ProcessInspector } from "./process-inspector.tsx";

/** The selection, with the same anatomy for everything: what it is, facts, what happened. */
export function Inspector(): ReactElement {
  const { selection } = usePlace();
  return (
    <aside className={selection ? "inspector filled" : "inspector"} aria-label="Inspector">
      {!selection && (
        <div className="inspector-none">
          <p>Select an event or a process to see all of it here.</p>
          <p className="muted">
            <kbd>j</kbd> <kbd>k</kbd> move in a list, <kbd>Enter</kbd> opens, <kbd>?</kbd> shows every key.
          </p>
        </div>
      )}
      {selection?.type === "event" && <EventInspector key={selection.id} id={selection.id} />}
      {selection?.type === "process" && (
        <ProcessInspector key={selection.process} process={selection.process} />
      )}
    </aside>
  );
}
