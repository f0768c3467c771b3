import type { ReactElement } from "react";
import { clockTime } from "../../domain/format.ts";
import { useCrashes } from "../../frame/use-time-window.ts";
import { KindMark } from "../../parts/kind-mark.tsx";
import { ProcessLink } from "../../parts/process-link.tsx";
import { TermInline } from "../../parts/term-inline.tsx";
import { select } from "../../place/use-place.ts";

const SHOWN = 8;

/** Processes that ended in a way nobody asked for, newest first. */
export function CrashPanel(): ReactElement {
  const crashes = useCrashes();
  return (
    <section className="panel" aria-label="Crashes">
      <div className="section-head">
        <h2 className={crashes.length > 0 ? "failed" : undefined}>Crashes</h2>
        {crashes.length > SHOWN && (
          <span className="muted">
            the newest {SHOWN} of {crashes.length}
          </span>
        )}
      </div>
      {crashes.length === 0 && <p className="muted">None: every process that ended was told to.</p>}
      <ul className="crash-list">
        {crashes.slice(0, SHOWN).map((row) => (
          <li key={row.id}>
            <span className="crash-who">
              <KindMark kind="exit" failed />
              {row.process && <ProcessLink process={row.process} />}
              <span className="mono muted">{clockTime(row.at).slice(0, 12)}</span>
            </span>
            <button type="button" className="crash-why" onClick={() => select({ type: "event", id: row.id })}>
              <TermInline text={row.summary} />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
