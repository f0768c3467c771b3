import type { FindingRow } from "elixirscope/protocol";
import type { ReactElement } from "react";
import { detectorWords } from "../../domain/detectors.ts";
import { Cites } from "../../parts/cite.tsx";
import { ProcessLink } from "../../parts/process-link.tsx";

interface Props {
  readonly rows: readonly FindingRow[];
  readonly label: string;
}

/** Findings, the surest first: what was seen, by which events, what would settle it, what to do. */
export function FindingList({ rows, label }: Props): ReactElement | null {
  if (rows.length === 0) return null;
  return (
    <ul className="finding-list" aria-label={label}>
      {rows.map((row) => (
        <Finding key={`${row.detector} ${row.evidence.join(" ")}`} row={row} />
      ))}
    </ul>
  );
}

function Finding({ row }: { readonly row: FindingRow }): ReactElement {
  const { verdict, detector, processes, summary, evidence, confirm, todo } = row;
  return (
    <li className="finding">
      <p className="finding-head">
        <span className={verdict === "warn" ? "tag failure" : "tag"}>
          {verdict === "warn" ? "warning" : "look again"}
        </span>
        <strong>{detectorWords(detector)}</strong>
        {processes.map((process) => (
          <ProcessLink key={process.handle} process={process} />
        ))}
      </p>
      <p className="wrap">
        {summary} <Cites ids={evidence} />
      </p>
      {confirm !== "" && <p className="muted">Not known: {confirm}</p>}
      {todo !== "" && <p className="finding-todo">→ {todo}</p>}
    </li>
  );
}
