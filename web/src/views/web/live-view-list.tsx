import type { LiveViewRow } from "elixirscope/protocol";
import type { ReactElement } from "react";
import { Link } from "wouter";
import { clockTime, count, duration, plural } from "../../domain/format.ts";
import { LifeDot } from "../../parts/life-dot.tsx";
import { StateBox } from "../../parts/state-box.tsx";
import { useHref } from "../../place/use-place.ts";
import { useAnswerAt } from "../../server/at-instant.ts";
import { AnswerBox } from "./answer-box.tsx";

const SHOWN = 200;

/** LiveViews, the newest first. */
export function LiveViewList(): ReactElement {
  const answer = useAnswerAt("liveViews", { limit: SHOWN });
  const href = useHref();
  return (
    <AnswerBox
      answer={answer}
      isEmpty={({ rows }) => rows.length === 0}
      empty={
        <StateBox title="No LiveView yet">
          <p>LiveViews are recorded at every level; what changed in their assigns from the level state on.</p>
        </StateBox>
      }
    >
      {({ rows, complete }) => (
        <>
          <ul className="web-list" aria-label="LiveViews">
            {rows.map((row) => (
              <li key={row.id}>
                <Link className="web-line view-line" href={href({ item: row.id, selection: undefined })}>
                  <LifeDot alive={row.alive} />
                  <span className="mono muted">{clockTime(row.at).slice(0, 12)}</span>
                  <span className="ellipsis">{row.view ?? row.id}</span>
                  <span className="muted ellipsis">{didWords(row)}</span>
                  <span className={row.crashes > 0 ? "failed" : "muted"}>
                    {plural(row.crashes, "crash", "crashes")}
                  </span>
                  <span className="number" title={`${count(row.renders)} renders`}>
                    {duration(row.renderNs)} rendering
                  </span>
                </Link>
              </li>
            ))}
          </ul>
          {!complete && <p className="muted">The newest {rows.length}; older ones were not looked at.</p>}
        </>
      )}
    </AnswerBox>
  );
}

const didWords = ({ mounts, events, messages, renders }: LiveViewRow): string =>
  [
    plural(mounts, "mount"),
    plural(events, "event"),
    plural(messages, "message"),
    plural(renders, "render"),
  ].join(" · ");
