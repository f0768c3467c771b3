import { ChevronRight } from "lucide-react";
import { memo, type NamedExoticComponent, type ReactElement } from "react";
import type { TimelineRow } from "../../domain/timeline-rows.ts";
import { AXIS, ROW } from "./paint-timeline.ts";

const INDENT = 12;
const DEEPEST = 8;

interface Props {
  readonly row: TimelineRow;
  readonly top: number;
  readonly active: boolean;
  readonly selected: boolean;
  readonly onPick: () => void;
  readonly onToggle: () => void;
}

interface ListProps {
  readonly rows: readonly TimelineRow[];
  /** Those in sight; `last` is exclusive. */
  readonly first: number;
  readonly last: number;
  readonly active: string | undefined;
  readonly selected: string | undefined;
  readonly onPick: (index: number) => void;
  readonly onToggle: (index: number) => void;
}

/** Names of the tracks in sight. */
export const TrackLabels: NamedExoticComponent<ListProps> = memo(function TrackLabels({
  rows,
  first,
  last,
  active,
  selected,
  onPick,
  onToggle,
}) {
  return (
    <>
      {rows.slice(first, last).map((row, place) => (
        <TrackLabel
          key={row.key}
          row={row}
          top={AXIS + (first + place) * ROW}
          active={row.key === active}
          selected={row.process !== undefined && row.process === selected}
          onPick={() => onPick(first + place)}
          onToggle={() => onToggle(first + place)}
        />
      ))}
    </>
  );
});

/** The name of a track, to the left of it. */
function TrackLabel({ row, top, active, selected, onPick, onToggle }: Props): ReactElement {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are on the tree, which holds the focus
    <div
      id={`track-${row.key}`}
      role="treeitem"
      aria-level={row.level}
      aria-expanded={row.expandable ? row.expanded : undefined}
      aria-selected={selected}
      className={active ? "row track-label active" : "row track-label"}
      style={{
        transform: `translateY(${top}px)`,
        height: ROW,
        paddingLeft: 8 + (Math.min(row.level, DEEPEST) - 1) * INDENT,
      }}
      onClick={onPick}
    >
      {row.expandable ? (
        <button
          type="button"
          className={row.expanded ? "fold open" : "fold"}
          tabIndex={-1}
          aria-label={`${row.expanded ? "Fold" : "Unfold"} ${row.label}`}
          onClick={(event) => {
            event.stopPropagation();
            onToggle();
          }}
        >
          <ChevronRight size={13} aria-hidden="true" />
        </button>
      ) : (
        <span className="fold" />
      )}
      <span className={row.process === undefined ? "ellipsis strong" : "ellipsis"} title={row.label}>
        {row.label}
      </span>
    </div>
  );
}
