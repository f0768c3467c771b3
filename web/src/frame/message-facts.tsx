import type { CallRow, EventDetail, EventRow, MessageAnswer } from "elixirscope/protocol";
import { type ReactElement, type ReactNode, useState } from "react";
import { clockTime, duration } from "../domain/format.ts";
import { KindMark } from "../parts/kind-mark.tsx";
import { ProcessLink } from "../parts/process-link.tsx";
import { Summary } from "../parts/summary.tsx";
import { select } from "../place/use-place.ts";
import { useAnswer, useLastEventId } from "../server/hooks.ts";

const TITLES: Readonly<Partial<Record<EventDetail["kind"], string>>> = {
  send: "Delivered",
  send_to_dead: "Not delivered",
  timer: "What became of it",
};

/** Kinds of event that {@link MessageFacts} has something to say about. */
export const hasMessageFacts = ({ kind, tag }: EventDetail): boolean =>
  kind === "send" || kind === "receive" || kind === "send_to_dead" || (kind === "timer" && tag !== ":result");

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
          <h3>{TITLES[event.kind] ?? "Sent"}</h3>
          <span className="muted">{mailboxText(data)}</span>
        </div>
        {event.kind !== "timer" && <OtherHalf other={data.timer} />}
        <OtherHalf other={event.kind === "receive" ? data.send : data.receive} />
        <OtherHalf other={data.dispatched} />
        <OtherHalf other={data.cancelled} />
        {data.why && <p className="muted">{data.why}</p>}
      </section>
      {data.call && <CallFacts call={data.call} current={event.id} />}
    </>
  );
}

/** Time in the mailbox: exact where the beginning of the callback was recorded, else at least so long. */
function mailboxText({ mailboxNs, waitedNs, certain }: MessageAnswer): string {
  const probably = certain ? "" : "probably ";
  if (waitedNs !== null) return `${probably}${duration(waitedNs)} in the mailbox`;
  return mailboxNs === null ? "" : `${probably}at least ${duration(mailboxNs)} in the mailbox`;
}

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
        <DurationFact name="mailbox" ns={call.queueNs} bound={call.exact ? "" : "≥ "} />
        <DurationFact name="work" ns={call.workNs} bound={call.exact ? "" : "≤ "} />
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
  bound,
}: {
  readonly name: string;
  readonly ns: number | null;
  readonly bound: string;
}): ReactElement | null {
  if (ns === null) return null;
  return (
    <>
      <dt>{name}</dt>
      <dd className="mono">
        {bound}
        {duration(ns)}
      </dd>
    </>
  );
}
