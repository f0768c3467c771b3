import type { EventRow } from "elixirscope/protocol";
import { memo, type NamedExoticComponent, type ReactElement } from "react";
import { isFailure } from "../../domain/exits.ts";
import { clockTime, offset } from "../../domain/format.ts";
import { gapWords } from "../../domain/gap-text.ts";
import { KindLabel } from "../../parts/kind-mark.tsx";
import { ProcessLink } from "../../parts/process-link.tsx";
import { TermInline } from "../../parts/term-inline.tsx";

interface Props {
  readonly row: EventRow;
  readonly top: number;
  readonly of: string | undefined;
  readonly selected: boolean;
  /** The last one at or before the cursor. */
  readonly atCursor: boolean;
  readonly onPick: () => void;
}

export const EventLine: NamedExoticComponent<Props> = memo(
  Line,
  (a, b) => a.row === b.row && a.top === b.top && a.selected === b.selected && a.atCursor === b.atCursor,
);

function Line({ row, top, of, selected, atCursor, onPick }: Props): ReactElement {
  const failed = isFailure(row);
  const states = `${row.kind === "gap" ? "gap-line" : ""} ${failed ? "failure-line" : ""} ${atCursor ? "at-cursor" : ""}`;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are on the grid, which holds the focus
    <div
      id={`event-${row.id}`}
      role="row"
      aria-selected={selected}
      className={`row event-line ${states}`}
      style={{ transform: `translateY(${top}px)` }}
      onClick={onPick}
    >
      <span role="gridcell" className="mono time" title={`${row.at}, ${offset(row.t)}`}>
        {clockTime(row.at)}
      </span>
      <span role="gridcell">
        <KindLabel kind={row.kind} failed={failed} />
      </span>
      {row.kind === "gap" ? <GapCell row={row} /> : <StoryCells row={row} of={of} />}
    </div>
  );
}

function StoryCells({ row, of }: { readonly row: EventRow; readonly of: string | undefined }): ReactElement {
  return (
    <>
      <span role="gridcell" className="ellipsis">
        {row.process && (
          <span className={row.process.handle === of ? "self" : undefined}>
            <ProcessLink process={row.process} quiet />
          </span>
        )}
      </span>
      <span role="gridcell" className="ellipsis">
        {row.peer && (
          <span className="peer">
            <span aria-hidden="true">{row.kind === "spawned" ? "← " : "→ "}</span>
            <ProcessLink process={row.peer} quiet />{" "}
          </span>
        )}
        <TermInline text={row.summary} />
      </span>
    </>
  );
}

function GapCell({ row }: { readonly row: EventRow }): ReactElement {
  const { title, why, remedy } = gapWords(row.tag ?? "");
  return (
    <span role="gridcell" className="gap-cell" title={`${why} ${remedy}`}>
      <strong>{title}</strong> {row.summary}
    </span>
  );
}
