import type { RequestAnswer, RequestRow } from "elixirscope/protocol";
import type { ReactElement, ReactNode } from "react";
import { duration, plural } from "../../domain/format.ts";
import { ProcessLink } from "../../parts/process-link.tsx";
import { TermInline } from "../../parts/term-inline.tsx";
import { TestButton } from "../../parts/test-button.tsx";
import { WhyLink } from "../../parts/why-link.tsx";
import { go, select } from "../../place/use-place.ts";
import { useAnswer } from "../../server/hooks.ts";
import { FlowButton } from "./flow-button.tsx";
import { Failure } from "./request-failure.tsx";

type Step = RequestAnswer["steps"][number];

/** One request: who handled it, its parameters, its way through plugs and stages in time, its error. */
export function RequestDetail({ row }: { readonly row: RequestRow }): ReactElement {
  const { data } = useAnswer("request", { id: row.id });
  const steps = data?.steps ?? [];
  return (
    <div className="web-detail">
      <p>
        <WhyLink about={{ type: "request", id: String(row.id) }} /> <TestButton of={{ request: row.id }} />
      </p>
      <Facts row={row} liveView={data?.liveView ?? null} />
      {steps.length > 0 && (
        <ul className="stages" aria-label="Pipeline">
          {steps.map((step) => (
            <StepEntry key={`${step.id} ${step.type} ${step.depth}`} step={step} total={extent(row, steps)} />
          ))}
        </ul>
      )}
      {data && !data.plugs && (
        <p className="muted">What each plug made of the connection is recorded from the level state on.</p>
      )}
      {row.repeatedQueries.map(({ query, count }) => (
        <p key={query} className="lost">
          {plural(count, "time", "times")} the same query: <code>{query}</code>
        </p>
      ))}
      <Failure error={row.error} />
    </div>
  );
}

interface FactsProps {
  readonly row: RequestRow;
  /** Whose page it rendered first. */
  readonly liveView: string | null;
}

function Facts({ row, liveView }: FactsProps): ReactElement {
  return (
    <dl className="facts">
      {row.flow !== null && (
        <Fact name="flow">
          <FlowButton flow={row.flow} text={row.flow} />
        </Fact>
      )}
      {liveView !== null && (
        <Fact name="LiveView">
          <button
            type="button"
            className="link-button"
            onClick={() => go({ section: "liveviews", item: liveView, selection: undefined })}
          >
            {row.handler ?? liveView} <span className="muted">{liveView}</span>
          </button>
        </Fact>
      )}
      {row.route && <Fact name="route">{row.route}</Fact>}
      {row.process && (
        <Fact name="process">
          <ProcessLink process={row.process} withPid />
        </Fact>
      )}
      {row.params && (
        <Fact name="params">
          <TermInline text={row.params.text} />
        </Fact>
      )}
    </dl>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }): ReactElement {
  return (
    <>
      <dt>{name}</dt>
      <dd className="mono">{children}</dd>
    </>
  );
}

/** The server's part goes on behind the endpoint's. */
const extent = ({ durationNs }: RequestRow, steps: readonly Step[]): number =>
  Math.max(1, durationNs ?? 0, ...steps.map((step) => step.startNs + (step.durationNs ?? 0)));

/** Where in the request it began and how long it took, drawn to scale, and what it changed. */
function StepEntry({ step, total }: { readonly step: Step; readonly total: number }): ReactElement {
  const part = (ns: number): string => `${(ns / total) * 100}%`;
  return (
    <li>
      <button type="button" className="stage" onClick={() => select({ type: "event", id: step.id })}>
        <span className="muted">{step.type}</span>
        <span className="mono ellipsis" style={{ paddingLeft: step.depth * 12 }} title={step.name}>
          {step.name}
        </span>
        <span className="stage-track" aria-hidden="true">
          <span
            className={step.failed ? "stage-bar failed" : "stage-bar"}
            style={{ left: part(step.startNs), width: part(step.durationNs ?? 0) }}
          />
        </span>
        <span className={step.failed ? "number failed" : "number"}>{tookText(step)}</span>
      </button>
      {step.changes.length > 0 && <Changes step={step} />}
    </li>
  );
}

function tookText({ durationNs, failed, halted }: Step): string {
  if (durationNs === null) return failed ? "raised" : "–";
  return halted ? `${duration(durationNs)}, halted` : duration(durationNs);
}

function Changes({ step }: { readonly step: Step }): ReactElement {
  return (
    <dl className="state-changes">
      {step.changes.map(({ path, before, after }) => (
        <div key={path}>
          <dt className="mono">{path}</dt>
          <dd className="mono">
            {before !== null && (
              <del>
                <TermInline text={before} />
              </del>
            )}
            {after !== null && (
              <ins>
                <TermInline text={after} />
              </ins>
            )}
          </dd>
        </div>
      ))}
      {step.more && <p className="muted">There are more changes.</p>}
    </dl>
  );
}
