import type { ProcessRow } from "elixirscope/protocol";
import type { ReactElement } from "react";
import { isExpectedReason } from "../../domain/exits.ts";
import { bytes, count } from "../../domain/format.ts";
import { LifeDot } from "../../parts/life-dot.tsx";
import { ProcessLink } from "../../parts/process-link.tsx";
import { type LinePlace, ProcessLine } from "./process-grid.tsx";

interface Props {
  readonly row: ProcessRow;
  readonly place: LinePlace;
  readonly most: { readonly memory: number; readonly mailbox: number };
}

export function TableLine({ row, place, most }: Props): ReactElement {
  return (
    <ProcessLine process={row.handle} place={place} className={`process-row ${row.alive ? "" : "ended"}`}>
      <div role="gridcell" className="with-dot">
        <LifeDot alive={row.alive} />
        <ProcessLink process={row} quiet />
      </div>
      <div role="gridcell" className="pid">
        {row.pid}
      </div>
      <Amount value={row.memory} most={most.memory} text={bytes} />
      <Amount value={row.mailbox} most={most.mailbox} text={count} />
      <Amount value={row.reductions} most={0} text={count} />
      <div role="gridcell">
        <Status row={row} />
      </div>
      <div role="gridcell" className="mono muted ellipsis">
        {row.alive ? row.currentFunction : row.initialCall}
      </div>
    </ProcessLine>
  );
}

interface AmountProps {
  readonly value: number | null;
  /** Fills the cell; 0: no bar. */
  readonly most: number;
  readonly text: (value: number) => string;
}

function Amount({ value, most, text }: AmountProps): ReactElement {
  const share = value !== null && most > 0 ? (value / most) * 100 : 0;
  return (
    <div role="gridcell" className="number amount">
      {share > 1 && <span className="amount-bar" style={{ width: `${share}%` }} aria-hidden="true" />}
      <span>{value === null ? "–" : text(value)}</span>
    </div>
  );
}

function Status({ row }: { readonly row: ProcessRow }): ReactElement {
  if (row.alive) return <span className={row.status === "running" ? "" : "muted"}>{row.status ?? "–"}</span>;
  const reason = row.exitReason?.text ?? "";
  return (
    <span
      className={reason && !isExpectedReason(reason) ? "failed ellipsis" : "muted ellipsis"}
      title={reason}
    >
      ended{reason && ` ${reason}`}
    </span>
  );
}
