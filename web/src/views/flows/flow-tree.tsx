import type { FlowHop, FlowSpan, FlowStep } from "elixirscope/protocol";
import type { ReactElement } from "react";
import { duration } from "../../domain/format.ts";
import { gistOf } from "../../domain/gist.ts";
import { isBad, markOf } from "../../domain/sequence.ts";
import { KindMark } from "../../parts/kind-mark.tsx";
import { NodeOf, ProcessLink } from "../../parts/process-link.tsx";
import { TermInline } from "../../parts/term-inline.tsx";
import { select } from "../../place/use-place.ts";

/** What one process did of a flow, and below each message what it led to. */
export function FlowTree({ span }: { readonly span: FlowSpan }): ReactElement {
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
  const bad = isBad(step);
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
          {hop.to && (
            <span className="muted">
              {" "}
              → {hop.to.label}
              <NodeOf process={hop.to} />
            </span>
          )}
        </span>
        <span className="number muted">
          {hop.mailboxNs === null || hop.reply ? "" : `waited ${duration(hop.mailboxNs)}`}
        </span>
      </button>
      {hop.why !== "" && <p className="failed">{hop.why}</p>}
      {hop.span && <FlowTree span={hop.span} />}
    </li>
  );
}
