import type { LiveViewRow } from "elixirscope/protocol";
import type { ReactElement } from "react";
import { Link } from "wouter";
import { clockTime, count, duration, plural } from "../../domain/format.ts";
import { LifeDot } from "../../parts/life-dot.tsx";
import { StateBox } from "../../parts/state-box.tsx";
import { useHref } from "../../place/use-place.ts";
import { useAnswerAt } from "../../server/at-instant.ts";
import { AnswerBox } from "./answer-box.tsx";
import { newestOnly, WebList } from "./web-list.tsx";

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
        <WebList
          label="LiveViews"
          rows={rows}
          renderLine={(row) => <LiveViewLine row={row} href={href({ item: row.id, selection: undefined })} />}
          cut={newestOnly(rows, complete)}
        />
      )}
    </AnswerBox>
  );
}

function LiveViewLine({ row, href }: { readonly row: LiveViewRow; readonly href: string }): ReactElement {
  return (
    <Link className="web-line view-line" href={href}>
      <LifeDot alive={row.alive} />
      <span className="mono muted">{clockTime(row.at).slice(0, 12)}</span>
      <span className="ellipsis">{row.view ?? row.id}</span>
      <span className="muted ellipsis">{didWords(row)}</span>
      <span className={row.crashes > 0 ? "failed" : "muted"}>{plural(row.crashes, "crash", "crashes")}</span>
      <span className="number" title={`${count(row.renders)} renders`}>
        {duration(row.renderNs)} rendering
      </span>
    </Link>
  );
}

const didWords = ({ mounts, events, messages, renders }: LiveViewRow): string =>
  [
    plural(mounts, "mount"),
    plural(events, "event"),
    plural(messages, "message"),
    plural(renders, "render"),
  ].join(" · ");
