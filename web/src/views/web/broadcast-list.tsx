import type { BroadcastRow } from "elixirscope/protocol";
import type { ReactElement } from "react";
import { clockTime } from "../../domain/format.ts";
import { KindMark } from "../../parts/kind-mark.tsx";
import { NodeOf } from "../../parts/process-link.tsx";
import { StateBox } from "../../parts/state-box.tsx";
import { TermInline } from "../../parts/term-inline.tsx";
import { select } from "../../place/use-place.ts";
import { useAnswerAt } from "../../server/at-instant.ts";
import { AnswerBox } from "./answer-box.tsx";
import { WebList } from "./web-list.tsx";

const SHOWN = 200;

/** Broadcasts, the newest first, with whom each reached. */
export function BroadcastList(): ReactElement {
  const answer = useAnswerAt("broadcasts", { limit: SHOWN });
  return (
    <AnswerBox
      answer={answer}
      isEmpty={({ rows }) => rows.length === 0}
      empty={
        <StateBox title="No broadcast yet">
          <p>Broadcasts of Phoenix.PubSub are recorded at every level.</p>
        </StateBox>
      }
    >
      {({ rows }) => (
        <WebList label="Broadcasts" rows={rows} renderLine={(row) => <BroadcastLine row={row} />} />
      )}
    </AnswerBox>
  );
}

/** When, by whom, what, and the verdict in words. */
export function BroadcastLine({ row }: { readonly row: BroadcastRow }): ReactElement {
  return (
    <button
      type="button"
      className="web-line broadcast-line"
      onClick={() => select({ type: "event", id: row.id })}
    >
      <KindMark kind="pubsub" failed={row.unheard} />
      <span className="mono muted">{clockTime(row.at).slice(0, 12)}</span>
      <span className="ellipsis">
        {row.process?.label}
        {row.process && <NodeOf process={row.process} />}
      </span>
      <span className="mono ellipsis">{row.message && <TermInline text={row.message.text} />}</span>
      <span className={row.unheard ? "failed wrap" : "muted wrap"}>{row.verdict}</span>
    </button>
  );
}
