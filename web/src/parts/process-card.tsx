import type { ReactElement } from "react";
import { isFailure } from "../domain/exits.ts";
import { bytes, count, plural } from "../domain/format.ts";
import { WITHOUT_SAMPLES } from "../domain/kinds.ts";
import { useAnswer } from "../server/hooks.ts";
import { KindLabel } from "./kind-mark.tsx";
import { LifeDot } from "./life-dot.tsx";
import { Summary } from "./summary.tsx";

/** Who a process is, whether it lives, its state now, its last three events. */
export function ProcessCard({ process }: { readonly process: string }): ReactElement {
  const { data, error } = useAnswer("process", { process });
  const events = useAnswer("events", { process, kinds: WITHOUT_SAMPLES, order: "newest_first", limit: 3 });
  if (error) return <p className="muted">{error.message}</p>;
  if (!data) return <p className="muted">Asking…</p>;
  return (
    <>
      <p className="card-title">
        <LifeDot alive={data.alive} /> <strong>{data.label}</strong> <span className="pid">{data.pid}</span>
      </p>
      <p className="muted">
        {data.alive ? (data.status ?? "alive") : `ended${data.exitReason ? `: ${data.exitReason.text}` : ""}`}
        {data.memory !== null && ` · ${bytes(data.memory)}`}
        {data.mailbox !== null && ` · ${plural(data.mailbox, "message")} waiting`} · {count(data.events)}{" "}
        events
      </p>
      <ul className="card-events">
        {events.data?.rows.map((row) => (
          <li key={row.id}>
            <KindLabel kind={row.kind} failed={isFailure(row)} />
            <Summary row={row} />
          </li>
        ))}
      </ul>
    </>
  );
}
