import type { ReactElement } from "react";
import { type CrashGroup, crashGroups } from "../../domain/crashes.ts";
import { clockTime, count, plural } from "../../domain/format.ts";
import { useCrashes } from "../../frame/use-time-window.ts";
import { KindMark } from "../../parts/kind-mark.tsx";
import { ProcessLink } from "../../parts/process-link.tsx";
import { TermInline } from "../../parts/term-inline.tsx";
import { select } from "../../place/use-place.ts";

const SHOWN = 8;

/** Processes that ended in a way nobody asked for, those without a name last; the same crash again is counted, not repeated. */
export function CrashPanel(): ReactElement {
  const crashes = useCrashes();
  const groups = crashGroups(crashes);
  return (
    <section className="panel" aria-label="Crashes">
      <div className="section-head">
        <h2 className={crashes.length > 0 ? "failed" : undefined}>Crashes</h2>
        {crashes.length > 0 && (
          <span className="muted">{plural(crashes.length, "process", "processes")}</span>
        )}
      </div>
      {crashes.length === 0 && <p className="muted">None: every process that ended was told to.</p>}
      <ul className="crash-list">
        {groups.slice(0, SHOWN).map((group) => (
          <CrashEntry key={group.row.id} group={group} />
        ))}
      </ul>
    </section>
  );
}

function CrashEntry({ group: { row, times } }: { readonly group: CrashGroup }): ReactElement {
  return (
    <li>
      <span className="crash-who">
        <KindMark kind="exit" failed />
        {row.process && <ProcessLink process={row.process} />}
        {times > 1 && <span className="tag failure">{count(times)} times</span>}
        <span className="mono muted">{clockTime(row.at).slice(0, 12)}</span>
      </span>
      <button type="button" className="crash-why" onClick={() => select({ type: "event", id: row.id })}>
        <TermInline text={row.summary} />
      </button>
    </li>
  );
}
