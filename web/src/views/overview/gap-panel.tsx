import type { GapRow, Status } from "elixirscope/protocol";
import type { ReactElement } from "react";
import { count, duration, timeOfDay } from "../../domain/format.ts";
import { gapWords } from "../../domain/gap-text.ts";
import { go } from "../../place/use-place.ts";
import { useAnswer } from "../../server/hooks.ts";

const SHOWN = 6;

/** What is missing from the record, why, and how to get it next time. Nothing is shown where nothing is missing. */
export function GapPanel({ status }: { readonly status: Status }): ReactElement | null {
  const { data } = useAnswer("gaps", {}, { version: status.gaps + status.dropped, enabled: status.gaps > 0 });
  if (status.gaps === 0 || !data) return null;
  const originMs = Date.parse(status.startedAt) || 0;
  const newest = data.toReversed().slice(0, SHOWN);
  return (
    <section className="panel" aria-label="Gaps">
      <div className="section-head">
        <h2 className="lost">Gaps</h2>
        {data.length > SHOWN && (
          <span className="muted">
            the newest {SHOWN} of {data.length}
          </span>
        )}
      </div>
      <ul className="gap-list">
        {newest.map((gap) => (
          <GapEntry key={`${gap.from}-${gap.cause}-${gap.node}`} gap={gap} originMs={originMs} />
        ))}
      </ul>
      {newest[0] && <p className="muted">{gapWords(newest[0].cause).remedy}</p>}
    </section>
  );
}

function GapEntry({ gap, originMs }: { readonly gap: GapRow; readonly originMs: number }): ReactElement {
  return (
    <li>
      <button
        type="button"
        className="gap-entry"
        onClick={() => go({ cursor: gap.from })}
        title={gapWords(gap.cause).why}
      >
        <span className="mono muted">{timeOfDay(originMs + gap.from / 1e6, true)}</span>
        <span className="ellipsis">{gapWords(gap.cause).title}</span>
        <span className="number">{gap.total > 0 ? `${count(gap.total)} dropped` : "uncounted"}</span>
        <span className="number muted">{duration(gap.to - gap.from)}</span>
      </button>
    </li>
  );
}
