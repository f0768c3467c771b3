import type { ReactElement } from "react";
import { isFailure } from "../../domain/exits.ts";
import { clockTime } from "../../domain/format.ts";
import { WITHOUT_SAMPLES } from "../../domain/kinds.ts";
import { KindMark } from "../../parts/kind-mark.tsx";
import { Summary } from "../../parts/summary.tsx";
import { select } from "../../place/use-place.ts";
import { useAnswer, useLastEventId } from "../../server/hooks.ts";

/** Its newest events, for the inspector. */
export function RecentEvents({ process }: { readonly process: string }): ReactElement | null {
  const version = useLastEventId();
  const { data } = useAnswer(
    "events",
    { process, kinds: WITHOUT_SAMPLES, order: "newest_first", limit: 12 },
    { version },
  );
  if (!data || data.rows.length === 0) return null;
  return (
    <section>
      <h2 className="minor">Newest</h2>
      <ul className="recent">
        {data.rows.map((row) => (
          <li key={row.id}>
            <button type="button" onClick={() => select({ type: "event", id: row.id })}>
              <KindMark kind={row.kind} failed={isFailure(row)} />
              <span className="mono muted">{clockTime(row.at).slice(0, 12)}</span>
              <Summary row={row} />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
