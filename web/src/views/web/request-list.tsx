import type { RequestRow } from "elixirscope/protocol";
import type { ReactElement } from "react";
import { clockTime, count, duration } from "../../domain/format.ts";
import { StateBox } from "../../parts/state-box.tsx";
import { go } from "../../place/use-place.ts";
import { useAnswerAt } from "../../server/at-instant.ts";
import { useAnswer } from "../../server/hooks.ts";
import { AnswerBox } from "./answer-box.tsx";
import { RequestDetail } from "./request-detail.tsx";

const SHOWN = 200;

/** Requests, the newest first; the one that is `open` with all that is known of it. */
export function RequestList({ open }: { readonly open: string | undefined }): ReactElement {
  const answer = useAnswerAt("requests", { limit: SHOWN });
  return (
    <AnswerBox
      answer={answer}
      isEmpty={({ rows }) => rows.length === 0}
      empty={
        <StateBox title="No request yet">
          <p>Requests of a Phoenix application are recorded at every level. Load a page of it.</p>
        </StateBox>
      }
    >
      {({ rows, complete, untold }) => (
        <>
          {open !== undefined && !rows.some(({ id }) => open === String(id)) && <OpenRequest id={open} />}
          {untold > 0 && (
            <p className="lost">
              The application was busy: {count(untold)} telemetry events were counted and not recorded.
            </p>
          )}
          <ul className="web-list" aria-label="Requests">
            {rows.map((row) => (
              <RequestEntry
                key={row.id}
                row={row}
                longest={Math.max(...rows.map(({ durationNs }) => durationNs ?? 0))}
                open={open === String(row.id)}
              />
            ))}
          </ul>
          {!complete && <p className="muted">The newest {rows.length}; older ones were not looked at.</p>}
        </>
      )}
    </AnswerBox>
  );
}

/** One that is not among the listed, or that was named by an event in it. */
function OpenRequest({ id }: { readonly id: string }): ReactElement | null {
  const known = /^[1-9]\d{0,14}$/.test(id);
  const { data, error } = useAnswer("request", { id: Number(id) }, { enabled: known });
  if (error || !known)
    return <p className="lost">{error?.message ?? `There is no request ${id} in this recording.`}</p>;
  if (!data) return null;
  return (
    <section className="open-request" aria-label="The request">
      <p>
        <strong className="mono">
          {data.method} {data.path}
        </strong>{" "}
        <span className="muted">at {clockTime(data.at).slice(0, 12)}, not in the list below </span>
        <button type="button" className="link-button" onClick={() => go({ item: undefined })}>
          close
        </button>
      </p>
      <RequestDetail row={data} />
    </section>
  );
}

interface EntryProps {
  readonly row: RequestRow;
  readonly longest: number;
  readonly open: boolean;
}

function RequestEntry({ row, longest, open }: EntryProps): ReactElement {
  const failed = row.status === null ? row.error !== null : row.status >= 500;
  return (
    <li>
      <button
        type="button"
        className="web-line request-line"
        aria-expanded={open}
        onClick={() => go({ item: open ? undefined : String(row.id) })}
      >
        <span className="mono muted">{clockTime(row.at).slice(0, 12)}</span>
        <span className={failed ? "number failed" : "number"}>{row.status ?? "…"}</span>
        <span className="mono">{row.method}</span>
        <span className="mono ellipsis">{row.path}</span>
        <span className="ellipsis muted">{row.handler ?? ""}</span>
        <span className="number">{row.durationNs === null ? "–" : duration(row.durationNs)}</span>
        <span className="share" aria-hidden="true">
          <span style={{ width: `${((row.durationNs ?? 0) / Math.max(1, longest)) * 100}%` }} />
        </span>
      </button>
      {open && <RequestDetail row={row} />}
    </li>
  );
}
