import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { AnomalyRow, Status } from "elixirscope/protocol";
import type { ReactElement } from "react";
import { offset } from "../../domain/format.ts";
import { go } from "../../place/use-place.ts";
import { ask } from "../../server/ask.ts";
import { useKeepCurrent, useLastEventId, useRunning } from "../../server/hooks.ts";
import { nowInstant } from "../../server/live.ts";

const SHOWN = 5;
/** Nothing is usual yet in less than this. */
const LEAST_SECONDS = 60;
const EVERY_MS = 60_000;
/** Beyond so many events it is looked at the newest minutes alone: the first screen must not keep the store from all else. */
const MOST_EVENTS = 3_000_000;
const NEWEST_NS = 300e9;
const READ = 10_000;

/** What came otherwise than it had before. Nothing is shown where all went as usual. */
export function UnusualPanel({ status }: { readonly status: Status }): ReactElement | null {
  const running = useRunning();
  const version = useLastEventId();
  const enabled = status.seconds >= LEAST_SECONDS;
  const { seconds, events } = status;
  const query = useQuery({
    // The stretch moves with time; the answer that is kept current is one and the same.
    queryKey: ["anomalies"],
    queryFn: ({ signal }) => ask("anomalies", { ...stretch(seconds, events), read: READ }, signal),
    placeholderData: keepPreviousData,
    enabled,
  });
  useKeepCurrent(query, { version: running ? version : 0, everyMs: EVERY_MS, enabled });
  const { data } = query;
  if (!data || data.rows.length === 0) return null;
  return (
    <section className="panel" aria-label="Unusual">
      <div className="section-head">
        <h2>Otherwise than before</h2>
        <span className="muted">
          since {offset(data.from)}, of {data.watched} series
        </span>
      </div>
      <ul className="crash-list">
        {data.rows.slice(0, SHOWN).map((row) => (
          <UnusualEntry key={`${row.of} ${row.key} ${row.what} ${row.from}`} row={row} />
        ))}
      </ul>
    </section>
  );
}

function stretch(seconds: number, events: number): { readonly learnFrom?: number } {
  const now = nowInstant();
  return events > MOST_EVENTS && seconds * 1e9 > NEWEST_NS ? { learnFrom: Math.round(now - NEWEST_NS) } : {};
}

const WORDS: Readonly<Record<AnomalyRow["what"], string>> = {
  above: "more than usual",
  below: "less than usual",
  grows: "goes on growing",
  new: "never there before",
};

/** Leads to its stretch of time, with the process that it is about. */
function UnusualEntry({ row }: { readonly row: AnomalyRow }): ReactElement {
  const { what, summary, from, to, process } = row;
  return (
    <li>
      <span className="crash-who">
        <span className="tag">{WORDS[what]}</span>
        <span className="mono muted">{offset(from)}</span>
      </span>
      <button
        type="button"
        className="crash-why"
        title="The timeline then"
        onClick={() =>
          go({
            view: "timeline",
            filters: { from, to },
            selection: process === null ? undefined : { type: "process", process },
          })
        }
      >
        {summary}
      </button>
    </li>
  );
}
