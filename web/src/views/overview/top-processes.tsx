import type { ReactElement } from "react";
import { Link } from "wouter";
import { bytes, count } from "../../domain/format.ts";
import { ProcessLink } from "../../parts/process-link.tsx";
import { HOME } from "../../place/place.ts";
import { useHref } from "../../place/use-place.ts";
import { useAnswer, useLastEventId } from "../../server/hooks.ts";

const EVERY_MS = 2_000;

/** The longest mailboxes and the largest memories: where trouble shows first. */
export function TopProcesses(): ReactElement {
  const href = useHref();
  const watch = { version: useLastEventId(), everyMs: EVERY_MS };
  const mailbox = useAnswer("processes", { sort: "mailbox", order: "desc", alive: true, limit: 5 }, watch);
  const memory = useAnswer("processes", { sort: "memory", order: "desc", alive: true, limit: 5 }, watch);
  const waiting = mailbox.data?.rows.filter((row) => (row.mailbox ?? 0) > 0) ?? [];
  const table = (sort: "mailbox" | "memory"): string =>
    href({ view: "processes", process: undefined, processes: { ...HOME.processes, mode: "table", sort } });
  return (
    <section className="panel" aria-label="Largest processes">
      <div className="section-head">
        <h2>Largest mailboxes</h2>
        <Link href={table("mailbox")}>all</Link>
      </div>
      {waiting.length === 0 && <p className="muted">No message waits.</p>}
      <ul className="top-list">
        {waiting.map((row) => (
          <li key={row.handle}>
            <ProcessLink process={row} />
            <span className="number">{count(row.mailbox ?? 0)} waiting</span>
          </li>
        ))}
      </ul>
      <div className="section-head">
        <h2>Largest memory</h2>
        <Link href={table("memory")}>all</Link>
      </div>
      <ul className="top-list">
        {memory.data?.rows.map((row) => (
          <li key={row.handle}>
            <ProcessLink process={row} />
            <span className="number">{row.memory === null ? "–" : bytes(row.memory)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
