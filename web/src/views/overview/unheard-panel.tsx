import type { ReactElement } from "react";
import { Link } from "wouter";
import { useHref } from "../../place/use-place.ts";
import { useAnswer, useLastEventId } from "../../server/hooks.ts";
import { BroadcastLine } from "../web/broadcast-list.tsx";

const SHOWN = 5;
const EVERY_MS = 2_000;

/** Broadcasts that reached nobody, with the topic that was meant. Nothing is shown where there are none. */
export function UnheardPanel(): ReactElement | null {
  const href = useHref();
  const watch = { version: useLastEventId(), everyMs: EVERY_MS };
  const { data } = useAnswer("broadcasts", { unheard: true, limit: SHOWN }, watch);
  if (!data || data.rows.length === 0) return null;
  return (
    <section className="panel" aria-label="Broadcasts that reached nobody">
      <div className="section-head">
        <h2 className="failed">Broadcasts that reached nobody</h2>
        <Link href={href({ view: "web", section: "broadcasts", process: undefined, item: undefined })}>
          all
        </Link>
      </div>
      <ul>
        {data.rows.map((row) => (
          <li key={row.id}>
            <BroadcastLine row={row} />
          </li>
        ))}
      </ul>
    </section>
  );
}
