import type { ReactElement } from "react";
import { Link } from "wouter";
import { duration, plural } from "../../domain/format.ts";
import { useInstant } from "../../place/use-instant.ts";
import { useHref } from "../../place/use-place.ts";
import { useAnswer, useLastEventId } from "../../server/hooks.ts";

const SHOWN = 5;
const EVERY_MS = 2_000;

/** Which requests, events of users and calls took longest. Nothing is shown where no flow was recorded. */
export function SlowFlows(): ReactElement | null {
  const href = useHref();
  const instant = useInstant();
  const version = useLastEventId();
  const { data } = useAnswer(
    "flows",
    { sort: "slowest", limit: SHOWN, ...(instant !== undefined && { to: instant }) },
    { version: instant === undefined ? version : 0, everyMs: EVERY_MS },
  );
  if (!data || data.rows.length === 0) return null;
  const longest = Math.max(1, ...data.rows.map(({ durationNs }) => durationNs));
  return (
    <section className="panel" aria-label="Slowest flows">
      <div className="section-head">
        <h2>Slowest flows</h2>
        <Link href={href({ view: "flows", process: undefined, item: undefined })}>all</Link>
      </div>
      <ul>
        {data.rows.map((row) => (
          <li key={row.id}>
            <Link
              className="slow-flow"
              href={href({ view: "flow", item: row.id, process: undefined, selection: undefined })}
              title={`${plural(row.processes, "process", "processes")}, ${plural(row.messages, "message")}`}
            >
              <span className={row.failed ? "failed ellipsis" : "ellipsis"}>
                {row.title}
                {row.failed && " · failed"}
              </span>
              <span className="share" aria-hidden="true">
                <span style={{ width: `${(row.durationNs / longest) * 100}%` }} />
              </span>
              <span className="number">{duration(row.durationNs)}</span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
