import type { JobRow } from "elixirscope/protocol";
import type { ReactElement } from "react";
import { clockTime, duration } from "../../domain/format.ts";
import { ProcessLink } from "../../parts/process-link.tsx";
import { StateBox } from "../../parts/state-box.tsx";
import { TermInline } from "../../parts/term-inline.tsx";
import { go, select } from "../../place/use-place.ts";
import { useAnswerAt } from "../../server/at-instant.ts";
import { AnswerBox } from "./answer-box.tsx";
import { Failure } from "./request-failure.tsx";
import { newestOnly, WebList } from "./web-list.tsx";

const SHOWN = 200;

/** Runs of Oban's jobs, the newest first. */
export function JobList({ open }: { readonly open: string | undefined }): ReactElement {
  const answer = useAnswerAt("jobs", { limit: SHOWN });
  return (
    <AnswerBox
      answer={answer}
      isEmpty={({ rows }) => rows.length === 0}
      empty={
        <StateBox title="No job yet">
          <p>Jobs of Oban are recorded at every level.</p>
        </StateBox>
      }
    >
      {({ rows, complete }) => (
        <WebList
          label="Jobs"
          rows={rows}
          renderLine={(row) => <JobEntry row={row} open={open === String(row.id)} />}
          cut={newestOnly(rows, complete)}
        />
      )}
    </AnswerBox>
  );
}

function JobEntry({ row, open }: { readonly row: JobRow; readonly open: boolean }): ReactElement {
  return (
    <>
      <button
        type="button"
        className="web-line job-line"
        aria-expanded={open}
        onClick={() => go({ item: open ? undefined : String(row.id) })}
      >
        <span className="mono muted">{clockTime(row.at).slice(0, 12)}</span>
        <span className={row.error ? "failed" : undefined}>{row.state}</span>
        <span className="mono ellipsis">{row.worker}</span>
        <span className="muted ellipsis">
          #{row.job} in {row.queue}
        </span>
        <span className="muted">{attempts(row)}</span>
        <span className="number">{row.durationNs === null ? "–" : duration(row.durationNs)}</span>
      </button>
      {open && <JobDetail row={row} />}
    </>
  );
}

const attempts = ({ attempt, maxAttempts }: JobRow): string =>
  attempt === null ? "" : `attempt ${attempt}${maxAttempts === null ? "" : ` of ${maxAttempts}`}`;

function JobDetail({ row }: { readonly row: JobRow }): ReactElement {
  const { inserted } = row;
  return (
    <div className="web-detail">
      <dl className="facts">
        {row.process && (
          <>
            <dt>process</dt>
            <dd>
              <ProcessLink process={row.process} withPid />
            </dd>
          </>
        )}
        <dt>arguments</dt>
        <dd className="mono">
          {row.args ? <TermInline text={row.args.text} /> : "not recorded at this level"}
        </dd>
        <dt>waited</dt>
        <dd>{row.queueNs === null ? "unknown" : duration(row.queueNs)}</dd>
        <dt>inserted by</dt>
        <dd>
          {inserted ? (
            <button
              type="button"
              className="link-button"
              onClick={() => select({ type: "event", id: inserted.id })}
            >
              {inserted.work?.what ?? inserted.process?.label ?? "an event"}
            </button>
          ) : (
            <span className="muted">unknown: not in the record, or inserted with others at once</span>
          )}
        </dd>
        <dt>event</dt>
        <dd>
          <button type="button" className="link-button" onClick={() => select({ type: "event", id: row.id })}>
            #{row.id}
          </button>
        </dd>
      </dl>
      <Failure error={row.error} />
    </div>
  );
}
