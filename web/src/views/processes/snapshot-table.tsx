import type { SnapshotRow } from "elixirscope/protocol";
import { type ReactElement, useDeferredValue } from "react";
import { plural } from "../../domain/format.ts";
import { ProcessLink } from "../../parts/process-link.tsx";
import { LoadingRows, StateBox } from "../../parts/state-box.tsx";
import { Summary } from "../../parts/summary.tsx";
import { TermInline } from "../../parts/term-inline.tsx";
import { useSnapshot } from "../../server/at-instant.ts";
import { lengthWords } from "../process/process-instant.tsx";
import { type LinePlace, ProcessGrid, ProcessLine } from "./process-grid.tsx";

const LIMIT = 500;
const COLUMNS = ["Process", "pid", "State", "Mailbox", "In a callback"] as const;

/** The processes that were alive at the cursor's instant, each with its state and mailbox. */
export function SnapshotTable({ search }: { readonly search: string }): ReactElement {
  const wanted = useDeferredValue(search.trim());
  const { data, error } = useSnapshot({ limit: LIMIT, ...(wanted && { search: wanted }) });
  if (error && !data) {
    return (
      <StateBox title="This instant cannot be shown" tone="failure">
        <p>{error.message}</p>
      </StateBox>
    );
  }
  if (!data) return <LoadingRows />;
  if (data.rows.length === 0) {
    const away = data.nodes.find(({ observed }) => !observed);
    return (
      <StateBox
        title={wanted ? `No process matches “${wanted}” at this instant` : "Nothing is known of this instant"}
      >
        {away && <p>{away.why}</p>}
      </StateBox>
    );
  }
  return (
    <>
      <ProcessGrid
        label="Processes at this instant"
        rows={data.rows}
        total={data.total}
        what={wanted}
        head={HEAD}
        renderLine={(row, place) => <SnapshotLine key={row.handle} row={row} place={place} />}
      />
      <p className="list-foot muted">
        {plural(data.alive, "process", "processes")} alive then
        {data.total > data.rows.length &&
          `; the first ${data.rows.length} of ${data.total} are shown, search to find others`}
        .
      </p>
    </>
  );
}

const HEAD = (
  <div className="row snapshot-row table-head" role="row" aria-rowindex={1}>
    {COLUMNS.map((text) => (
      <div key={text} role="columnheader">
        {text}
      </div>
    ))}
  </div>
);

function SnapshotLine({
  row,
  place,
}: {
  readonly row: SnapshotRow;
  readonly place: LinePlace;
}): ReactElement {
  const { state, stateWhy, mailbox, callback } = row;
  return (
    <ProcessLine process={row.handle} place={place} className="snapshot-row">
      <div role="gridcell">
        <ProcessLink process={row} quiet />
      </div>
      <div role="gridcell" className="pid">
        {row.pid}
      </div>
      <div role="gridcell" className="mono ellipsis" title={stateWhy}>
        {state ? <TermInline text={state.term.text} /> : <span className="muted">not known</span>}
      </div>
      <div role="gridcell" className="ellipsis" title={mailbox.why}>
        {lengthWords(mailbox)}
      </div>
      <div role="gridcell" className="mono muted ellipsis">
        {callback && <Summary row={callback} />}
      </div>
    </ProcessLine>
  );
}
