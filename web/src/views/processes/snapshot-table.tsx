import type { SnapshotRow } from "elixirscope/protocol";
import { type KeyboardEvent, type ReactElement, useDeferredValue, useRef } from "react";
import { plural } from "../../domain/format.ts";
import { hasModifier, movedTo } from "../../parts/list-keys.ts";
import { ProcessLink } from "../../parts/process-link.tsx";
import { LoadingRows, StateBox } from "../../parts/state-box.tsx";
import { Summary } from "../../parts/summary.tsx";
import { TermInline } from "../../parts/term-inline.tsx";
import { useFirstFocus } from "../../parts/use-first-focus.ts";
import { useRowWindow } from "../../parts/use-row-window.ts";
import { go, select, usePlace } from "../../place/use-place.ts";
import { useSnapshot } from "../../server/at-instant.ts";
import { lengthWords } from "../process/process-instant.tsx";

const ROW = 28;
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
      <SnapshotRows rows={data.rows} total={data.total} />
      <p className="list-foot muted">
        {plural(data.alive, "process", "processes")} alive then
        {data.total > data.rows.length &&
          `; the first ${data.rows.length} of ${data.total} are shown, search to find others`}
        .
      </p>
    </>
  );
}

interface RowsProps {
  readonly rows: readonly SnapshotRow[];
  readonly total: number;
}

function SnapshotRows({ rows, total }: RowsProps): ReactElement {
  const box = useRef<HTMLDivElement>(null);
  const { selection } = usePlace();
  const selected = selection?.type === "process" ? selection.process : undefined;
  const active = rows.findIndex((row) => row.handle === selected);
  const virtual = useRowWindow(box, rows.length, ROW, ROW);
  useFirstFocus(box, true);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (hasModifier(event)) return;
    const to = movedTo(event.key, active, rows.length);
    if (to !== undefined) {
      select({ type: "process", process: rows[to]!.handle }, { replace: true });
      virtual.scrollTo(to);
    } else if (event.key === "Enter" && rows[active]) {
      go({ view: "process", process: rows[active].handle, selection: undefined });
    } else return;
    event.preventDefault();
  };
  return (
    <div
      ref={box}
      className="scroll-list"
      role="grid"
      aria-label="Processes at this instant"
      aria-rowcount={total + 1}
      tabIndex={0}
      aria-activedescendant={virtual.has(active) ? `row-${rows[active]!.handle}` : undefined}
      onKeyDown={onKeyDown}
    >
      <div className="row snapshot-row table-head" role="row" aria-rowindex={1}>
        {COLUMNS.map((text) => (
          <div key={text} role="columnheader">
            {text}
          </div>
        ))}
      </div>
      <div className="scroll-size" style={{ height: virtual.height }} role="rowgroup">
        {virtual.items.map(({ index, start }) => {
          const row = rows[index]!;
          return (
            <SnapshotLine
              key={row.handle}
              row={row}
              index={index}
              top={start}
              selected={row.handle === selected}
            />
          );
        })}
      </div>
    </div>
  );
}

interface LineProps {
  readonly row: SnapshotRow;
  readonly index: number;
  readonly top: number;
  readonly selected: boolean;
}

function SnapshotLine({ row, index, top, selected }: LineProps): ReactElement {
  const { state, stateWhy, mailbox, callback } = row;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are on the grid, which holds the focus
    <div
      id={`row-${row.handle}`}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selected}
      className="row snapshot-row"
      style={{ transform: `translateY(${top}px)` }}
      onClick={() => select({ type: "process", process: row.handle })}
      onDoubleClick={() => go({ view: "process", process: row.handle, selection: undefined })}
    >
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
    </div>
  );
}
