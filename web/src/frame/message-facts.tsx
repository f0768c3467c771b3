import type { CallRow, EventDetail, EventRow, MessageAnswer } from "elixirscope/protocol";
import { type ReactElement, type ReactNode, useState } from "react";
import { clockTime, duration } from "../domain/format.ts";
import { KindMark } from "../parts/kind-mark.tsx";
import { ProcessLink } from "../parts/process-link.tsx";
import { Summary } from "../parts/summary.tsx";
import { select } from "../place/use-place.ts";
import { useAnswer, useLastEventId } from "../server/hooks.ts";

/** May later events still complete it? */
const isOpen = ({ receive, call }: MessageAnswer): boolean =>
  receive === null || (call !== null && call.outcome !== "answered");

/** The other half of a message, its time in the mailbox, and the call that it is a part of. */
export function MessageFacts({ event }: { readonly event: EventDetail }): ReactElement | null {
  const lastEventId = useLastEventId();
  const [open, setOpen] = useState(true);
  const version = open ? lastEventId : 0;
  const { data } = useAnswer("message", { id: event.id }, { version, everyMs: 2_000 });
  if (!data) return null;
  if (open !== isOpen(data)) setOpen(isOpen(data));
  return (
    <>
      <section>
        <div className="section-head">
          <h3>{event.kind === "send" ? "Delivered" : "Sent"}</h3>
          {data.mailboxNs !== null && <span className="muted">{mailboxText(data)}</span>}
        </div>
        <OtherHalf other={event.kind === "send" ? data.receive : data.send} />
        {data.why && <p className="muted">{data.why}</p>}
      </section>
      {data.call && <CallFacts call={data.call} current={event.id} />}
    </>
  );
}

const mailboxText = ({ mailboxNs, certain }: MessageAnswer): string =>
  `${certain ? "" : "probably "}${duration(mailboxNs ?? 0)} in the mailbox`;

function OtherHalf({ other }: { readonly other: EventRow | null }): ReactElement | null {
  if (!other) return null;
  return (
    <ul className="recent">
      <EventItem row={other}>
        {other.process && <span className="muted">{other.process.label}</span>}
      </EventItem>
    </ul>
  );
}

interface EventItemProps {
  readonly row: EventRow;
  readonly current?: boolean;
  readonly children: ReactNode;
}

function EventItem({ row, current = false, children }: EventItemProps): ReactElement {
  return (
    <li>
      <button
        type="button"
        aria-current={current ? "true" : undefined}
        onClick={() => select({ type: "event", id: row.id })}
      >
        <KindMark kind={row.kind} />
        <span className="mono muted">{clockTime(row.at).slice(0, 12)}</span>
        {children}
      </button>
    </li>
  );
}

function CallFacts({ call, current }: { readonly call: CallRow; readonly current: number }): ReactElement {
  const ends = [call.request, call.received, call.reply, call.replyReceived].filter((row) => row !== null);
  return (
    <section>
      <div className="section-head">
        <h3>{call.type === "system" ? "System call" : "Call"}</h3>
        <span className="muted">
          {call.latencyNs === null ? call.outcome : `answered after ${duration(call.latencyNs)}`}
        </span>
      </div>
      <dl className="facts">
        <ProcessFact name="caller" process={call.from} />
        <ProcessFact name="callee" process={call.to} />
        <DurationFact name="mailbox" ns={call.queueNs} />
        <DurationFact name="work" ns={call.workNs} />
      </dl>
      <ul className="recent">
        {ends.map((row) => (
          <EventItem key={row.id} row={row} current={row.id === current}>
            <Summary row={row} />
          </EventItem>
        ))}
      </ul>
      {call.why && <p className="muted">{call.why}</p>}
    </section>
  );
}

function ProcessFact({
  name,
  process,
}: {
  readonly name: string;
  readonly process: CallRow["from"];
}): ReactElement | null {
  if (!process) return null;
  return (
    <>
      <dt>{name}</dt>
      <dd>
        <ProcessLink process={process} withPid />
      </dd>
    </>
  );
}

function DurationFact({
  name,
  ns,
}: {
  readonly name: string;
  readonly ns: number | null;
}): ReactElement | null {
  if (ns === null) return null;
  return (
    <>
      <dt>{name}</dt>
      <dd className="mono">{duration(ns)}</dd>
    </>
  );
}
