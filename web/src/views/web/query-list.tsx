import type { QueryRow, RepeatRow } from "elixirscope/protocol";
import { type ReactElement, type ReactNode, useState } from "react";
import { count, duration, plural } from "../../domain/format.ts";
import { PlaceLink } from "../../parts/place-link.tsx";
import { Segmented } from "../../parts/segmented.tsx";
import { StateBox } from "../../parts/state-box.tsx";
import { go, select } from "../../place/use-place.ts";
import { useAnswerAt } from "../../server/at-instant.ts";
import { AnswerBox } from "./answer-box.tsx";
import { WebList } from "./web-list.tsx";

const SHOWN = 200;
type Sort = "total" | "count" | "slowest";

const SORTS: readonly { readonly value: Sort; readonly text: string; readonly title: string }[] = [
  { value: "total", text: "Total", title: "Which took most time altogether" },
  { value: "count", text: "Count", title: "Which were asked most often" },
  { value: "slowest", text: "Slowest", title: "Which took longest once" },
];

/** Queries of Ecto, one line for each SQL text; those that were asked again and again for one thing stand out. */
export function QueryList({ open }: { readonly open: string | undefined }): ReactElement {
  const [sort, setSort] = useState<Sort>("total");
  const answer = useAnswerAt("queries", { sort, limit: SHOWN });
  return (
    <>
      <Segmented label="Sort" value={sort} options={SORTS} onChange={setSort} />
      <AnswerBox
        answer={answer}
        isEmpty={({ rows }) => rows.length === 0}
        empty={
          <StateBox title="No query yet">
            <p>Queries of an Ecto repo are recorded at every level, their rows and errors from flows on.</p>
          </StateBox>
        }
      >
        {({ rows, complete }) => (
          <WebList
            label="Queries"
            rows={rows}
            renderLine={(row) => <QueryEntry row={row} open={open === String(row.id)} />}
            cut={!complete && "Of the newest; older ones were not looked at."}
          />
        )}
      </AnswerBox>
    </>
  );
}

function QueryEntry({ row, open }: { readonly row: QueryRow; readonly open: boolean }): ReactElement {
  return (
    <>
      <button
        type="button"
        className="web-line query-line"
        aria-expanded={open}
        onClick={() => go({ item: open ? undefined : String(row.id) })}
      >
        <span className="mono ellipsis" title={row.query}>
          {row.query}
        </span>
        <span className={row.failed > 0 ? "failed" : "lost"}>{warning(row)}</span>
        <span className="number">{plural(row.count, "time")}</span>
        <span className="number muted" title="the slowest">
          {duration(row.slowestNs)}
        </span>
        <span className="number">{duration(row.totalNs)}</span>
      </button>
      {open && <QueryDetail row={row} />}
    </>
  );
}

function warning({ failed, repeats }: QueryRow): string {
  if (failed > 0) return `${count(failed)} failed`;
  const worst = repeats[0];
  return worst ? `n + 1: ${count(worst.count)} in one` : "";
}

function QueryDetail({ row }: { readonly row: QueryRow }): ReactElement {
  return (
    <div className="web-detail">
      <pre className="mono wrap query-text">{row.query}</pre>
      <dl className="facts">
        <dt>repo</dt>
        <dd className="mono">
          {row.repo ?? "–"} {row.source && <span className="muted">{row.source}</span>}
        </dd>
        <dt>time</dt>
        <dd>
          query {duration(row.queryNs)}, waited for a connection {duration(row.queueNs)}, decoded in{" "}
          {duration(row.decodeNs)}
        </dd>
        <dt>rows</dt>
        <dd>{row.rows === null ? "not recorded at this level" : count(row.rows)}</dd>
        <dt>asked at</dt>
        <dd className="mono">
          {row.place === null ? "unknown: the repo has no stacktrace: true" : <PlaceLink place={row.place} />}
        </dd>
        <dt>slowest</dt>
        <dd>
          <EventButton id={row.id}>{duration(row.slowestNs)}</EventButton>
        </dd>
      </dl>
      {row.error && <p className="failed wrap">{row.error}</p>}
      {row.repeats.length > 0 && (
        <ul aria-label="Asked again and again">
          {row.repeats.map((repeat) => (
            <Repeat key={repeat.work.id} row={repeat} />
          ))}
        </ul>
      )}
      <section>
        <h2 className="minor">For</h2>
        <ul>
          {row.work.map(({ work, count: times }) => (
            <li key={`${work.kind} ${work.id}`}>
              <EventButton id={work.id}>{work.what}</EventButton>{" "}
              <span className="muted">
                {work.kind}, {plural(times, "time")}
              </span>
            </li>
          ))}
        </ul>
      </section>
    </div>
  );
}

const Repeat = ({ row }: { readonly row: RepeatRow }): ReactElement => (
  <li className="lost">
    <EventButton id={row.ids[0] ?? row.work.id}>{row.verdict}</EventButton>
  </li>
);

interface EventProps {
  readonly id: number;
  readonly children: ReactNode;
}

const EventButton = ({ id, children }: EventProps): ReactElement => (
  <button type="button" className="link-button wrap" onClick={() => select({ type: "event", id })}>
    {children}
  </button>
);
