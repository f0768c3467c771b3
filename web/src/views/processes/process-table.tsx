import type { ProcessRow } from "elixirscope/protocol";
import { type KeyboardEvent, type ReactElement, useDeferredValue, useRef } from "react";
import { plural } from "../../domain/format.ts";
import { hasModifier, movedTo } from "../../parts/list-keys.ts";
import { LoadingRows, StateBox } from "../../parts/state-box.tsx";
import { useFirstFocus } from "../../parts/use-first-focus.ts";
import { useRowWindow, useStartAtTop } from "../../parts/use-row-window.ts";
import type { ProcessOptions } from "../../place/place.ts";
import { go, select, usePlace } from "../../place/use-place.ts";
import { useAnswer, useLastEventId } from "../../server/hooks.ts";
import { NoProcesses } from "./no-processes.tsx";
import { TableHead } from "./table-head.tsx";
import { TableLine } from "./table-line.tsx";

const ROW = 28;
const LIMIT = 5_000;
const EVERY_MS = 1_000;

/** The processes by size, work or name. Sorted by the server, which knows all of them. */
export function ProcessTable({ options }: { readonly options: ProcessOptions }): ReactElement {
  const search = useDeferredValue(options.search.trim());
  const version = useLastEventId();
  const { data, error } = useAnswer(
    "processes",
    {
      sort: options.sort,
      order: options.order,
      limit: LIMIT,
      ...(search && { search }),
      ...(options.liveness !== "all" && { alive: options.liveness === "alive" }),
    },
    { version, everyMs: EVERY_MS },
  );
  if (error && !data) {
    return (
      <StateBox title="No processes" tone="failure">
        <p>{error.message}</p>
      </StateBox>
    );
  }
  if (!data) return <LoadingRows />;
  if (data.rows.length === 0) return <NoProcesses options={options} />;
  return (
    <>
      <TableRows rows={data.rows} total={data.total} options={options} />
      {data.total > data.rows.length && (
        <p className="list-foot muted">
          The first {plural(data.rows.length, "process", "processes")} of {data.total}; search to find others.
        </p>
      )}
    </>
  );
}

interface RowsProps {
  readonly rows: readonly ProcessRow[];
  readonly total: number;
  readonly options: ProcessOptions;
}

function TableRows({ rows, total, options }: RowsProps): ReactElement {
  const box = useRef<HTMLDivElement>(null);
  const { selection } = usePlace();
  const selected = selection?.type === "process" ? selection.process : undefined;
  const active = rows.findIndex((row) => row.handle === selected);
  const virtual = useRowWindow(box, rows.length, ROW, ROW);
  useStartAtTop(box, `${options.search}/${options.liveness}/${options.sort}/${options.order}`);
  useFirstFocus(box, rows.length > 0);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (hasModifier(event) || (event.target instanceof Element && event.target.closest("button"))) return;
    const to = movedTo(event.key, active, rows.length);
    if (to !== undefined) {
      select({ type: "process", process: rows[to]!.handle }, { replace: true });
      virtual.scrollTo(to);
    } else if (event.key === "Enter" && rows[active]) {
      go({ view: "process", process: rows[active].handle, selection: undefined });
    } else return;
    event.preventDefault();
  };
  const most = {
    memory: Math.max(1, ...rows.map((row) => row.memory ?? 0)),
    mailbox: Math.max(1, ...rows.map((row) => row.mailbox ?? 0)),
  };
  return (
    <div
      ref={box}
      className="scroll-list"
      role="grid"
      aria-label="Processes"
      aria-rowcount={total + 1}
      tabIndex={0}
      aria-activedescendant={virtual.has(active) ? `row-${rows[active]!.handle}` : undefined}
      onKeyDown={onKeyDown}
    >
      <TableHead options={options} />
      <div className="scroll-size" style={{ height: virtual.height }} role="rowgroup">
        {virtual.items.map(({ index, start }) => {
          const row = rows[index]!;
          return (
            <TableLine
              key={row.handle}
              row={row}
              index={index}
              top={start}
              selected={row.handle === selected}
              most={most}
            />
          );
        })}
      </div>
    </div>
  );
}
