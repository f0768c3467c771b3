import type { EventDetail } from "elixirscope/protocol";
import { Copy } from "lucide-react";
import type { ReactElement, ReactNode } from "react";
import { isFailure } from "../domain/exits.ts";
import { bytes, clockTime, count, offset } from "../domain/format.ts";
import { gapWords } from "../domain/gap-text.ts";
import { lookOf } from "../domain/kinds.ts";
import { CodeLink } from "../parts/code-link.tsx";
import { KindMark } from "../parts/kind-mark.tsx";
import { ProcessLink } from "../parts/process-link.tsx";
import { LoadingRows, StateBox } from "../parts/state-box.tsx";
import { TermView } from "../parts/term-view.tsx";
import { TestButton } from "../parts/test-button.tsx";
import type { Filters } from "../place/place.ts";
import { go, usePlace } from "../place/use-place.ts";
import { useAnswer } from "../server/hooks.ts";
import { copyTerm } from "./copy-term.ts";
import { InspectorHead } from "./inspector-head.tsx";
import { hasMessageFacts, MessageFacts } from "./message-facts.tsx";

export function EventInspector({ id }: { readonly id: number }): ReactElement {
  const { data, error } = useAnswer("event", { id });
  const failed = data !== undefined && isFailure(data);
  return (
    <>
      <InspectorHead>
        {data && <KindMark kind={data.kind} failed={failed} />}
        <h2 className={failed ? "failed" : undefined}>{data ? lookOf(data.kind).label : "event"}</h2>
        <span className="muted">#{id}</span>
        {data && CALLBACKS.has(data.kind) && <TestButton of={{ events: [id] }} />}
      </InspectorHead>
      <div className="inspector-body">
        {error && (
          <StateBox title="This event cannot be shown" tone="failure">
            <p>{error.message}</p>
          </StateBox>
        )}
        {!data && !error && <LoadingRows rows={6} />}
        {data && <EventFacts event={data} />}
        {data && <EventTerm event={data} />}
        {data && hasMessageFacts(data) && <MessageFacts key={data.id} event={data} />}
      </div>
    </>
  );
}

/** Each tells of a callback. */
const CALLBACKS: ReadonlySet<EventDetail["kind"]> = new Set(["state", "dispatch"]);

const PEER: Readonly<Partial<Record<EventDetail["kind"], string>>> = {
  send: "to",
  send_to_dead: "to",
  timer: "for",
  dispatch: "caller",
  spawn: "child",
  spawned: "parent",
};

function EventFacts({ event }: { readonly event: EventDetail }): ReactElement {
  const { cursor } = usePlace();
  return (
    <dl className="facts">
      <dt>at</dt>
      <dd title={event.at}>
        <span className="mono">{clockTime(event.at)}</span>{" "}
        <span className="muted mono">{offset(event.t)}</span>
        {cursor !== event.t && (
          <button type="button" className="link-button" onClick={() => go({ cursor: event.t })}>
            go there
          </button>
        )}
      </dd>
      {event.process && (
        <>
          <dt>{event.kind === "send" || event.kind === "send_to_dead" ? "from" : "process"}</dt>
          <dd>
            <ProcessLink process={event.process} withPid />
          </dd>
        </>
      )}
      {event.peer && (
        <>
          <dt>{PEER[event.kind] ?? "peer"}</dt>
          <dd>
            <ProcessLink process={event.peer} withPid />
          </dd>
        </>
      )}
      {event.mfa && (
        <FilterFact name="function" value={event.mfa} filters={{ mfa: event.mfa }}>
          <CodeLink mfa={event.mfa} {...(event.kind === "line" && { line: Number(event.tag) })} />
        </FilterFact>
      )}
      {event.tag && event.kind !== "gap" && (
        <FilterFact name="tag" value={event.tag} filters={{ tag: event.tag }}>
          {event.kind === "call" && <CallerLink tag={event.tag} />}
        </FilterFact>
      )}
      {event.kind === "gap" && event.tag && (
        <>
          <dt>why</dt>
          <dd className="wrap">
            {gapWords(event.tag).why} {gapWords(event.tag).remedy}
          </dd>
        </>
      )}
    </dl>
  );
}

interface FilterFactProps {
  readonly name: string;
  readonly value: string;
  readonly filters: Filters;
  readonly children?: ReactNode;
}

/** The tag of a call is who called, with the line: `Shop.Cart.add/2:17`. */
function CallerLink({ tag }: { readonly tag: string }): ReactElement | null {
  const [, mfa, line] = /^(.+\/\d+):(\d+)$/.exec(tag) ?? [];
  return mfa === undefined ? null : <CodeLink mfa={mfa} line={Number(line)} />;
}

function FilterFact({ name, value, filters, children }: FilterFactProps): ReactElement {
  return (
    <>
      <dt>{name}</dt>
      <dd>
        <span className="mono wrap">{value}</span>
        <button
          type="button"
          className="link-button"
          title={`Only events with this ${name}`}
          onClick={() =>
            go((place) => ({ view: "events", process: undefined, filters: { ...place.filters, ...filters } }))
          }
        >
          only these
        </button>
        {children}
      </dd>
    </>
  );
}

const TERM_NAME: Readonly<Partial<Record<EventDetail["kind"], string>>> = {
  send: "Message",
  send_to_dead: "Message",
  receive: "Message",
  call: "Arguments",
  return: "Value",
  exception: "Raised",
  exit: "Reason",
};

function EventTerm({ event }: { readonly event: EventDetail }): ReactElement | null {
  const { term } = event;
  if (term.text === "") return null;
  return (
    <section>
      <div className="section-head">
        <h3>{TERM_NAME[event.kind] ?? "Term"}</h3>
        <span className="muted">
          {bytes(term.bytes)}
          {term.truncated && ", cut: the rest was not recorded or is not shown"}
        </span>
        <button
          type="button"
          className="button small"
          onClick={() => void copyTerm()}
          title="Copy as Elixir (y)"
        >
          <Copy size={12} aria-hidden="true" /> Copy <kbd>y</kbd>
        </button>
      </div>
      <TermView text={term.text} />
      {term.truncated && <p className="muted">{count(term.text.length)} characters shown.</p>}
    </section>
  );
}
