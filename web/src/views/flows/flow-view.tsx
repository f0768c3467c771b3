import type { FlowHop, FlowSpan, FlowStep } from "elixirscope/protocol";
import type { ReactElement } from "react";
import { duration } from "../../domain/format.ts";
import { gistOf } from "../../domain/gist.ts";
import type { Kind } from "../../domain/kinds.ts";
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
        <h1>{answer.data?.title ?? flow}</h1>
        {answer.data && <span className="toolbar-end muted">{duration(answer.data.durationNs)}</span>}
      </div>
      <div className="web-body">
        <AnswerBox answer={answer} isEmpty={() => false} empty={<StateBox title="No flow" />}>
          {(data) => (
            <>
              {!data.complete && <p className="lost">{data.why}</p>}
              <p className="muted">{data.entry}</p>
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
  const lines = linesOf(span);
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
      {lines.length > 0 && (
        <ul className="flow-lines">
          {lines.map((line, index) =>
            "step" in line ? (
              <Step key={`${line.step.id} ${line.step.type}`} step={line.step} />
            ) : (
              <Hop key={line.hop.sent?.id ?? line.hop.received?.id ?? `no-${index}`} hop={line.hop} />
            ),
          )}
        </ul>
      )}
    </div>
  );
}

/** What a process did or sent; each stands where it began. */
type Line = { readonly t: number } & ({ readonly step: FlowStep } | { readonly hop: FlowHop });

function linesOf({ steps, hops }: FlowSpan): readonly Line[] {
  const lines: readonly Line[] = [
    ...steps.map((step) => ({ t: step.t, step })),
    ...hops.map((hop) => ({ t: (hop.sent ?? hop.received)?.t ?? 0, hop })),
  ];
  return lines.toSorted((a, b) => a.t - b.t);
}

function Step({ step }: { readonly step: FlowStep }): ReactElement {
  const bad = step.failed || step.broadcast?.reached === 0;
  return (
    <li>
      <button
        type="button"
        className="flow-line-button"
        onClick={() => select({ type: "event", id: step.id })}
      >
        <KindMark kind={markOf(step)} failed={bad} />
        <span className={bad ? "failed wrap" : "wrap"}>{step.text}</span>
        <span className="number muted">{step.durationNs === null ? "" : duration(step.durationNs)}</span>
      </button>
    </li>
  );
}

const MARKS: Readonly<Partial<Record<string, Kind>>> = {
  state: "state",
  log: "log",
  execution: "call",
  broadcast: "pubsub",
  subscribe: "pubsub",
  unsubscribe: "pubsub",
  telemetry: "telemetry",
};
const markOf = ({ type }: FlowStep): Kind => MARKS[type] ?? "phoenix";

function Hop({ hop }: { readonly hop: FlowHop }): ReactElement {
  const event = hop.sent ?? hop.received;
  const { sort, text } = hop.type === "spawn" ? { sort: "spawns", text: "" } : gistOf(hop.summary);
  const word = hop.reply ? "reply" : sort;
  return (
    <li>
      <button
        type="button"
        className="flow-line-button"
        disabled={event === null}
        onClick={() => event && select({ type: "event", id: event.id })}
      >
        <KindMark kind={hop.type === "spawn" ? "spawn" : "flow_send"} failed={hop.why !== ""} />
        <span className="ellipsis">
          {word && <span className="sort">{word} </span>}
          <TermInline text={text} />
          {hop.to && <span className="muted"> → {hop.to.label}</span>}
        </span>
        <span className="number muted">
          {hop.mailboxNs === null || hop.reply ? "" : `waited ${duration(hop.mailboxNs)}`}
        </span>
      </button>
      {hop.why !== "" && <p className="failed">{hop.why}</p>}
      {hop.span && <Span span={hop.span} />}
    </li>
  );
}
