import type { ReactElement } from "react";
import { Link } from "wouter";
import { clockTime } from "../../domain/format.ts";
import { KindMark } from "../../parts/kind-mark.tsx";
import { ProcessLink } from "../../parts/process-link.tsx";
import { Summary } from "../../parts/summary.tsx";
import { select, useHref } from "../../place/use-place.ts";
import { useAnswer, useLastEventId } from "../../server/hooks.ts";

const SHOWN = 5;
const EVERY_MS = 2_000;

/** What the runtime itself found too long or too large. Nothing is shown where it found nothing. */
export function AnomalyPanel(): ReactElement | null {
  const href = useHref();
  const { data } = useAnswer(
    "events",
    { kinds: ["system_monitor"], order: "newest_first", limit: SHOWN },
    { version: useLastEventId(), everyMs: EVERY_MS },
  );
  if (!data || data.rows.length === 0) return null;
  return (
    <section className="panel" aria-label="Anomalies">
      <div className="section-head">
        <h2>Too long, too large</h2>
        <Link href={href({ view: "events", process: undefined, filters: { kinds: ["system_monitor"] } })}>
          all
        </Link>
      </div>
      <ul className="crash-list">
        {data.rows.map((row) => (
          <li key={row.id}>
            <span className="crash-who">
              <KindMark kind={row.kind} />
              {row.process && <ProcessLink process={row.process} />}
              <span className="mono muted">{clockTime(row.at).slice(0, 12)}</span>
            </span>
            <button type="button" className="crash-why" onClick={() => select({ type: "event", id: row.id })}>
              <Summary row={row} />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
