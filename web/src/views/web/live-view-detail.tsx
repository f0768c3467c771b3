import type { AssignRow, ComponentRow, LiveViewAnswer, LiveViewStepRow } from "elixirscope/protocol";
import type { ReactElement } from "react";
import { clockTime, duration } from "../../domain/format.ts";
import { ProcessLink } from "../../parts/process-link.tsx";
import { StateBox } from "../../parts/state-box.tsx";
import { TermInline } from "../../parts/term-inline.tsx";
import { go, select } from "../../place/use-place.ts";
import { useAnswerAt } from "../../server/at-instant.ts";
import { AnswerBox } from "./answer-box.tsx";

/** One LiveView: what it did step by step, what each step changed, what it holds now. */
export function LiveViewDetail({ liveView }: { readonly liveView: string }): ReactElement {
  const answer = useAnswerAt("liveView", { liveView });
  return (
    <AnswerBox
      answer={answer}
      isEmpty={({ steps }) => steps.length === 0}
      empty={<StateBox title="No steps" />}
    >
      {(data) => (
        <div className="view-columns">
          <div>
            <button type="button" className="link-button" onClick={() => go({ item: undefined })}>
              All LiveViews
            </button>
            <h2>{data.view ?? data.id}</h2>
            <p className="muted">
              {data.processes.map((process) => (
                <span key={process.handle}>
                  <ProcessLink process={process} withPid />{" "}
                </span>
              ))}
              {data.exitReason && (
                <>
                  ended: <TermInline text={data.exitReason.text} />
                </>
              )}
            </p>
            <ul className="steps" aria-label="Steps">
              {data.steps.map((step) => (
                <Step key={step.id} step={step} />
              ))}
            </ul>
          </div>
          <Holdings data={data} />
        </div>
      )}
    </AnswerBox>
  );
}

function Step({ step }: { readonly step: LiveViewStepRow }): ReactElement {
  return (
    <li>
      <button
        type="button"
        className={step.failed ? "step failed" : "step"}
        onClick={() => select({ type: "event", id: step.id })}
      >
        <span className="mono muted">{clockTime(step.at).slice(0, 12)}</span>
        <span>{step.type.replaceAll("_", " ")}</span>
        <span className="ellipsis">
          {step.name} {step.detail && <TermInline text={step.detail.text} />}
        </span>
        <span className="number muted">{step.durationNs === null ? "" : duration(step.durationNs)}</span>
      </button>
      {step.assigns.length > 0 && <Assigns rows={step.assigns} />}
    </li>
  );
}

function Assigns({ rows }: { readonly rows: readonly AssignRow[] }): ReactElement {
  return (
    <dl className="state-changes">
      {rows.map(({ key, before, after }) => (
        <div key={key}>
          <dt className="mono">assigns.{key}</dt>
          <dd className="mono">
            {before && (
              <del>
                <TermInline text={before.text} />
              </del>
            )}
            {after && (
              <ins>
                <TermInline text={after.text} />
              </ins>
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** Assigns and components of the newest state. */
function Holdings({ data }: { readonly data: LiveViewAnswer }): ReactElement {
  if (data.assigns.length === 0) {
    return (
      <aside>
        <h2 className="minor">Assigns</h2>
        <p className="muted">Not recorded at this level: they are from the level state on.</p>
      </aside>
    );
  }
  return (
    <aside>
      <h2 className="minor">Assigns</h2>
      <Values rows={data.assigns} />
      {data.components.length > 0 && <h2 className="minor">Components</h2>}
      {data.components
        .filter(({ parent }) => parent === null)
        .map((component) => (
          <Component key={component.cid} component={component} all={data.components} />
        ))}
    </aside>
  );
}

interface ComponentProps {
  readonly component: ComponentRow;
  readonly all: readonly ComponentRow[];
}

function Component({ component, all }: ComponentProps): ReactElement {
  return (
    <section className="component">
      <p>
        {component.module} <span className="mono muted">{component.componentId?.text}</span>
      </p>
      <Values rows={component.assigns} />
      {all
        .filter(({ parent }) => parent === component.cid)
        .map((child) => (
          <Component key={child.cid} component={child} all={all} />
        ))}
    </section>
  );
}

const Values = ({ rows }: { readonly rows: LiveViewAnswer["assigns"] }): ReactElement => (
  <dl className="assigns">
    {rows.map(({ key, value }) => (
      <div key={key}>
        <dt className="mono">{key}</dt>
        <dd className="mono ellipsis">
          <TermInline text={value.text} />
        </dd>
      </div>
    ))}
  </dl>
);
