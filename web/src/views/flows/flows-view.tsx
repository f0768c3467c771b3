import type { ReactElement } from "react";
import { Link } from "wouter";
import { clockTime, duration, plural } from "../../domain/format.ts";
import { InstantNote } from "../../parts/instant-note.tsx";
import { StateBox } from "../../parts/state-box.tsx";
import { useInstant } from "../../place/use-instant.ts";
import { useHref } from "../../place/use-place.ts";
import { useAnswer, useLastEventId } from "../../server/hooks.ts";
import { AnswerBox } from "../web/answer-box.tsx";

const SHOWN = 200;

/** Flows, the newest first: what a request, a user's event or a call led to. */
export function FlowsView(): ReactElement {
  const instant = useInstant();
  const version = useLastEventId();
  const answer = useAnswer(
    "flows",
    { limit: SHOWN, ...(instant !== undefined && { to: instant }) },
    { version: instant === undefined ? version : 0 },
  );
  const href = useHref();
  return (
    <div className="list-view">
      <div className="toolbar">
        <h1>Flows</h1>
        <InstantNote />
        {answer.data && answer.data.foreign > 0 && (
          <span className="muted">
            {plural(answer.data.foreign, "entry point was", "entry points were")} reached with a token of the
            application’s own, left alone
          </span>
        )}
      </div>
      <div className="web-body">
        <AnswerBox
          answer={answer}
          isEmpty={({ rows }) => rows.length === 0}
          empty={
            <StateBox title="No flow yet">
              <p>
                A flow follows what a request or a user’s event leads to, from process to process. Flows are
                recorded from the level flows on.
              </p>
            </StateBox>
          }
        >
          {({ rows, more }) => (
            <>
              <ul className="web-list" aria-label="Flows">
                {rows.map((row) => (
                  <li key={row.id}>
                    <Link
                      className="web-line flow-line"
                      href={href({ view: "flow", item: row.id, selection: undefined })}
                    >
                      <span className="mono muted">{clockTime(row.at).slice(0, 12)}</span>
                      <span className={row.failed ? "failed ellipsis" : "ellipsis"}>{row.title}</span>
                      <span className="muted ellipsis">{row.process?.label}</span>
                      <span className="muted">
                        {plural(row.processes, "process", "processes")} · {plural(row.messages, "message")}
                        {row.nodes.length > 1 && ` · ${plural(row.nodes.length, "node")}`}
                      </span>
                      <span className="lost" title={row.why}>
                        {row.complete ? "" : "incomplete"}
                      </span>
                      <span className="number">{duration(row.durationNs)}</span>
                    </Link>
                  </li>
                ))}
              </ul>
              {more && <p className="muted">The newest {rows.length}.</p>}
            </>
          )}
        </AnswerBox>
      </div>
    </div>
  );
}
