import type { EventRow, ProcessRef } from "elixirscope/protocol";
import { memo, type NamedExoticComponent, type ReactElement } from "react";
import { isFailure } from "../../domain/exits.ts";
import { clockTime, offset } from "../../domain/format.ts";
import { gapWords } from "../../domain/gap-text.ts";
import { KindLabel } from "../../parts/kind-mark.tsx";
import { ProcessLink } from "../../parts/process-link.tsx";
import { Summary } from "../../parts/summary.tsx";

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
  (a, b) =>
    a.row === b.row &&
    a.of === b.of &&
    a.top === b.top &&
    a.selected === b.selected &&
    a.atCursor === b.atCursor,
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
      className={`row event-line ${of === undefined ? "" : "of-one"} ${states}`}
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

interface StoryProps {
  readonly row: EventRow;
  readonly of: string | undefined;
}

/** Who, whom, what. On a process's own page only the other one is named. */
function StoryCells({ row, of }: StoryProps): ReactElement {
  const { process, peer } = row;
  const story = <Summary row={row} />;
  if (of === undefined) {
    return (
      <>
        <span role="gridcell" className="ellipsis">
          {process && <ProcessLink process={process} quiet />}
        </span>
        <span role="gridcell" className="ellipsis">
          {peer && <Peer process={peer} towards={row.kind !== "spawned"} />} {story}
        </span>
      </>
    );
  }
  const own = process?.handle === of;
  const other = own ? peer : process;
  return (
    <>
      <span role="gridcell" className="ellipsis">
        {other && <Peer process={other} towards={own === (row.kind !== "spawned")} />}
      </span>
      <span role="gridcell" className="ellipsis">
        {story}
      </span>
    </>
  );
}

function Peer({
  process,
  towards,
}: {
  readonly process: ProcessRef;
  readonly towards: boolean;
}): ReactElement {
  return (
    <span className="peer">
      <span aria-hidden="true">{towards ? "→ " : "← "}</span>
      <ProcessLink process={process} quiet />
    </span>
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
