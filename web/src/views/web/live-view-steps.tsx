import type { AssignRow, LiveViewStepRow } from "elixirscope/protocol";
import type { ReactElement } from "react";
import { bytes, clockTime, count, duration } from "../../domain/format.ts";
import { TermInline } from "../../parts/term-inline.tsx";
import { select } from "../../place/use-place.ts";
import { FlowButton } from "./flow-button.tsx";

/** What a LiveView did, step by step, and what each step changed or sent. */
export function LiveViewSteps({ steps }: { readonly steps: readonly LiveViewStepRow[] }): ReactElement {
  const causes = causesOf(steps);
  return (
    <ul className="steps" aria-label="Steps">
      {steps.map((step) => (
        <Step key={step.id} step={step} cause={causes.get(step.id)} />
      ))}
    </ul>
  );
}

const CAUSES: ReadonlySet<string> = new Set([
  "mount",
  "handle_params",
  "event",
  "component_event",
  "info",
  "async",
  "call",
  "cast",
]);

/** Of each render and each push the step of the same process that came last before it and asks for one. */
function causesOf(steps: readonly LiveViewStepRow[]): ReadonlyMap<number, LiveViewStepRow> {
  const last = new Map<string, LiveViewStepRow>();
  const found = new Map<number, LiveViewStepRow>();
  for (const step of steps) {
    const handle = step.process?.handle ?? "";
    const cause = last.get(handle);
    if (CAUSES.has(step.type)) last.set(handle, step);
    else if (cause && (step.type === "render" || step.type === "push")) found.set(step.id, cause);
  }
  return found;
}

interface Props {
  readonly step: LiveViewStepRow;
  readonly cause: LiveViewStepRow | undefined;
}

function Step({ step, cause }: Props): ReactElement {
  const { flow } = step;
  return (
    <li>
      <span className="step-line">
        <button
          type="button"
          className={step.failed ? "step failed" : "step"}
          onClick={() => select({ type: "event", id: step.id })}
        >
          <span className="mono muted">{clockTime(step.at).slice(0, 12)}</span>
          <span>{step.type.replaceAll("_", " ")}</span>
          <span className="ellipsis">
            {step.name} {step.detail && <TermInline text={step.detail.text} />}
            {cause && (
              <span className="muted"> for {`${cause.type.replaceAll("_", " ")} ${cause.name}`.trim()}</span>
            )}
          </span>
          <span className="number muted">{figure(step)}</span>
        </button>
        <FlowButton flow={flow} />
      </span>
      {step.assigns.length > 0 && <AssignChanges rows={step.assigns} />}
    </li>
  );
}

function figure({ type, bytes: size, durationNs }: LiveViewStepRow): string {
  if (type === "push")
    return size === null ? "size unknown" : size < 1_000 ? `${count(size)} B` : bytes(size);
  return durationNs === null ? "" : duration(durationNs);
}

/** Values before and after. */
export function AssignChanges({ rows }: { readonly rows: readonly AssignRow[] }): ReactElement {
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
