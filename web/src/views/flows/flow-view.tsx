import type { FlowHop, FlowSpan } from "elixirscope/protocol";
import type { ReactElement } from "react";
import { duration } from "../../domain/format.ts";
import { KindMark } from "../../parts/kind-mark.tsx";
import { ProcessLink } from "../../parts/process-link.tsx";
import { StateBox } from "../../parts/state-box.tsx";
import { TermInline } from "../../parts/term-inline.tsx";
import { go, select } from "../../place/use-place.ts";
import { useAnswer, useLastEventId } from "../../server/hooks.ts";
import { AnswerBox } from "../web/answer-box.tsx";

/** One flow as a tree: each process with what it took, and what it sent on. */
export function FlowView({ flow }: { readonly flow: string }): ReactElement {
  const answer = useAnswer("flow", { flow }, { version: useLastEventId() });
  return (
    <div className="list-view">
      <div className="toolbar">
        <button type="button" className="link-button" onClick={() => go({ view: "flows", item: undefined })}>
          Flows
        </button>
        <h1>{answer.data?.entry ?? flow}</h1>
        {answer.data && <span className="toolbar-end muted">{duration(answer.data.durationNs)}</span>}
      </div>
      <div className="web-body">
        <AnswerBox answer={answer} isEmpty={() => false} empty={<StateBox title="No flow" />}>
          {(data) => (
            <>
              {!data.complete && <p className="lost">{data.why}</p>}
              <p className="mono">
                <TermInline text={data.summary} />
              </p>
              <Span span={data.root} />
              {data.cut && <p className="muted">There is more than this; it was cut.</p>}
            </>
          )}
        </AnswerBox>
      </div>
    </div>
  );
}

function Span({ span }: { readonly span: FlowSpan }): ReactElement {
  return (
    <div className="flow-span">
      <p className="flow-process">
        {span.process ? (
          <ProcessLink process={span.process} />
        ) : (
          <span className="muted">unknown process</span>
        )}
        <span className="muted">{duration(span.durationNs)}</span>
        {span.failure && (
          <span className="failed">
            crashed: <TermInline text={span.failure.text} />
          </span>
        )}
      </p>
      {span.hops.length > 0 && (
        <ul className="flow-hops">
          {span.hops.map((hop, index) => (
            <Hop key={hop.sent?.id ?? hop.received?.id ?? `no-${index}`} hop={hop} />
          ))}
        </ul>
      )}
    </div>
  );
}

function Hop({ hop }: { readonly hop: FlowHop }): ReactElement {
  const event = hop.sent ?? hop.received;
  return (
    <li>
      <button
        type="button"
        className="flow-hop"
        disabled={event === null}
        onClick={() => event && select({ type: "event", id: event.id })}
      >
        <KindMark kind={hop.type === "spawn" ? "spawn" : "flow_send"} failed={hop.why !== ""} />
        <span className="sort">{hop.reply ? "reply" : hop.type}</span>
        <span className="ellipsis mono">
          <TermInline text={hop.summary} />
        </span>
        <span>{hop.to && `→ ${hop.to.label}`}</span>
        <span className="number muted">
          {hop.mailboxNs === null ? "" : `waited ${duration(hop.mailboxNs)}`}
        </span>
      </button>
      {hop.why !== "" && <p className="failed">{hop.why}</p>}
      {hop.span && <Span span={hop.span} />}
    </li>
  );
}
