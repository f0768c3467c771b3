import type { ReactElement } from "react";
import { duration } from "../../domain/format.ts";
import { lengthOf, type Stretch, zoomed } from "../../domain/timeline-window.ts";

/** Buttons for the mouse, and how much is in sight. */
export function Zoom({
  view,
  limits,
  onView,
}: {
  readonly view: Stretch;
  readonly limits: Stretch;
  readonly onView: (view: Stretch) => void;
}): ReactElement {
  const middle = view.from + lengthOf(view) / 2;
  return (
    <span className="timeline-zoom">
      <button
        type="button"
        className="button"
        aria-label="Zoom in"
        title="Zoom in (w)"
        onClick={() => onView(zoomed(view, 0.5, middle, limits))}
      >
        +
      </button>
      <button
        type="button"
        className="button"
        aria-label="Zoom out"
        title="Zoom out (s)"
        onClick={() => onView(zoomed(view, 2, middle, limits))}
      >
        −
      </button>
      <button type="button" className="button" onClick={() => onView(limits)}>
        All
      </button>
      <span className="muted" role="status" aria-label="In sight">
        {duration(lengthOf(view))}
      </span>
    </span>
  );
}
