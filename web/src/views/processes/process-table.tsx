import type { ProcessRow } from "elixirscope/protocol";
import { type ReactElement, useDeferredValue } from "react";
import { plural } from "../../domain/format.ts";
import { LoadingRows, StateBox } from "../../parts/state-box.tsx";
import type { ProcessOptions } from "../../place/place.ts";
import { useAnswer, useLastEventId } from "../../server/hooks.ts";
import { NoProcesses } from "./no-processes.tsx";
import { ProcessGrid } from "./process-grid.tsx";
import { TableHead } from "./table-head.tsx";
import { TableLine } from "./table-line.tsx";

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
  const most = {
    memory: Math.max(1, ...rows.map((row) => row.memory ?? 0)),
    mailbox: Math.max(1, ...rows.map((row) => row.mailbox ?? 0)),
  };
  return (
    <ProcessGrid
      label="Processes"
      rows={rows}
      total={total}
      what={`${options.search}/${options.liveness}/${options.sort}/${options.order}`}
      head={<TableHead options={options} />}
      renderLine={(row, place) => <TableLine key={row.handle} row={row} place={place} most={most} />}
    />
  );
}
