import type { AlertRow, AlertsAnswer } from "elixirscope/protocol";
import type { ReactElement } from "react";
import { Link } from "wouter";
import { detectorWords } from "../domain/detectors.ts";
import { clockTime, plural } from "../domain/format.ts";
import { Cites } from "../parts/cite.tsx";
import { ProcessLink } from "../parts/process-link.tsx";
import { useHref } from "../place/use-place.ts";

interface Props {
  readonly answer: AlertsAnswer | undefined;
  readonly on: boolean;
  readonly onToggle: (on: boolean) => void;
  /** Somebody went elsewhere. */
  readonly onGo: () => void;
}

/** What newly went wrong, the newest first, and what looking for it costs. */
export function AlertList({ answer, on, onToggle, onGo }: Props): ReactElement {
  const href = useHref();
  const rows = answer?.rows.toReversed() ?? [];
  return (
    <>
      {rows.length === 0 && <p className="muted">Nothing went wrong so far.</p>}
      <ul className="alert-list" aria-label="Alerts">
        {rows.map((row) => (
          <Entry key={row.id} row={row} />
        ))}
      </ul>
      {answer?.why && <p className="lost">{answer.why}</p>}
      {answer !== undefined && answer.untold > 0 && (
        <p className="muted">{plural(answer.untold, "other")} left away.</p>
      )}
      <div className="popover-foot alert-foot">
        <label>
          <input type="checkbox" checked={on} onChange={({ target }) => onToggle(target.checked)} /> Look for
          what goes wrong
        </label>
        {answer?.tookMs != null && (
          <span className="muted">
            took {answer.tookMs} ms, again after {Math.round(answer.restMs / 1_000)} s at the earliest
          </span>
        )}
        <Link href={href({ view: "ask", process: undefined, item: undefined, details: {} })} onClick={onGo}>
          everything that went wrong
        </Link>
      </div>
    </>
  );
}

function Entry({ row }: { readonly row: AlertRow }): ReactElement {
  const { at, detector, summary, evidence, processes } = row;
  return (
    <li>
      <p className="finding-head">
        <span className="mono muted">{clockTime(at).slice(0, 8)}</span>
        <span className="tag failure">{detectorWords(detector)}</span>
        {processes.slice(0, 1).map((process) => (
          <ProcessLink key={process.handle} process={process} />
        ))}
      </p>
      <p className="wrap">
        {summary} <Cites ids={evidence.slice(0, 3)} />
      </p>
    </li>
  );
}
