import type { PresenceRow } from "elixirscope/protocol";
import type { ReactElement } from "react";
import { clockTime, offset, plural } from "../../domain/format.ts";
import { LifeDot } from "../../parts/life-dot.tsx";
import { ProcessLink } from "../../parts/process-link.tsx";
import { StateBox } from "../../parts/state-box.tsx";
import { TermInline } from "../../parts/term-inline.tsx";
import { go, select } from "../../place/use-place.ts";
import { useAnswerAt } from "../../server/at-instant.ts";
import { AnswerBox } from "./answer-box.tsx";
import { FlowButton } from "./flow-button.tsx";
import { newestOnly, WebList } from "./web-list.tsx";

const SHOWN = 200;

/** Who came into topics and left them, the newest first. */
export function PresenceList(): ReactElement {
  const answer = useAnswerAt("presences", { limit: SHOWN });
  return (
    <AnswerBox
      answer={answer}
      isEmpty={({ rows }) => rows.length === 0}
      empty={
        <StateBox title="Nobody yet">
          <p>What Phoenix.Presence tracks is recorded at every level, from the attach on.</p>
        </StateBox>
      }
    >
      {({ rows, complete }) => (
        <>
          <p className="muted">
            {plural(rows.filter(({ leftAt }) => leftAt === null).length, "is", "are")} there,{" "}
            {plural(rows.filter(({ leftAt }) => leftAt !== null).length, "has", "have")} left
          </p>
          <WebList
            label="Presence"
            rows={rows}
            renderLine={(row) => <PresenceLine row={row} />}
            cut={newestOnly(rows, complete)}
          />
        </>
      )}
    </AnswerBox>
  );
}

function PresenceLine({ row }: { readonly row: PresenceRow }): ReactElement {
  return (
    <div className="web-line presence-line">
      <LifeDot alive={row.leftAt === null} />
      <span className="mono muted">{clockTime(row.at).slice(0, 12)}</span>
      <button
        type="button"
        className="link-button mono ellipsis"
        title="The event that it joined by"
        onClick={() => select({ type: "event", id: row.id })}
      >
        {row.key}
      </button>
      <button
        type="button"
        className="link-button mono ellipsis"
        onClick={() => go({ section: "topics", item: row.topic, selection: undefined })}
      >
        {row.topic}
      </button>
      <span className="ellipsis">{row.process && <ProcessLink process={row.process} />}</span>
      <span className="ellipsis">
        {leftText(row)} {row.meta && <TermInline text={row.meta.text} />} <FlowButton flow={row.flow} />
      </span>
    </div>
  );
}

function leftText({ leftAt, by, updates }: PresenceRow): string {
  const changed = updates === 0 ? "" : `, changed ${plural(updates, "time")}`;
  if (leftAt === null) return `there${changed}`;
  return `${by === "ended" ? "its process ended" : "left"} at ${offset(leftAt)}${changed}`;
}
