import type { ReactElement } from "react";
import { plural } from "../../domain/format.ts";
import { ProcessLink } from "../../parts/process-link.tsx";
import { StateBox } from "../../parts/state-box.tsx";
import { useAnswerAt } from "../../server/at-instant.ts";
import { AnswerBox } from "./answer-box.tsx";

const FIRST = 6;

/** Topics with who listens and how much was said on them; those that speak to nobody stand out. */
export function TopicList(): ReactElement {
  const answer = useAnswerAt("topics", {});
  return (
    <AnswerBox
      answer={answer}
      isEmpty={({ rows }) => rows.length === 0}
      empty={
        <StateBox title="No topic yet">
          <p>Subscriptions and broadcasts of Phoenix.PubSub are recorded at every level.</p>
        </StateBox>
      }
    >
      {({ rows, complete }) => (
        <>
          <ul className="web-list" aria-label="Topics">
            {rows.map((row) => (
              <li key={`${row.pubsub} ${row.topic}`} className="web-line topic-line">
                <span className="mono ellipsis">{row.topic}</span>
                <span className="ellipsis">
                  {row.subscribers.length === 0 && <span className="muted">nobody listens</span>}
                  {row.subscribers.slice(0, FIRST).map((process) => (
                    <span key={process.handle}>
                      <ProcessLink process={process} />{" "}
                    </span>
                  ))}
                  {row.subscribers.length > FIRST && (
                    <span className="muted">and {row.subscribers.length - FIRST} more</span>
                  )}
                </span>
                <span className="number">{plural(row.broadcasts, "broadcast")}</span>
                <span className={row.unheard > 0 ? "failed" : "muted"}>
                  {row.unheard > 0 ? `${row.unheard} reached nobody` : ""}
                </span>
              </li>
            ))}
          </ul>
          {!complete && <p className="muted">Of broadcasts the newest were counted, and not all.</p>}
        </>
      )}
    </AnswerBox>
  );
}
