import type { RequestRow } from "elixirscope/protocol";
import type { ReactElement } from "react";
import { duration, plural } from "../../domain/format.ts";
import { ProcessLink } from "../../parts/process-link.tsx";
import { TermInline } from "../../parts/term-inline.tsx";
import { select } from "../../place/use-place.ts";

type RequestStage = RequestRow["stages"][number];

/** One request: who handled it, its parameters, its stages in time, its error. */
export function RequestDetail({ row }: { readonly row: RequestRow }): ReactElement {
  return (
    <div className="web-detail">
      <dl className="facts">
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
      {row.stages.length > 0 && (
        <ul className="stages" aria-label="Stages">
          {row.stages.map((stage) => (
            <Stage key={stage.id} stage={stage} total={extent(row)} />
          ))}
        </ul>
      )}
      {row.repeatedQueries.map(({ query, count }) => (
        <p key={query} className="lost">
          {plural(count, "time", "times")} the same query: <code>{query}</code>
        </p>
      ))}
      {row.error && (
        <div className="failed" role="note">
          <p>
            {row.error.exception ?? row.error.kind}
            {row.error.message && `: ${row.error.message}`}
          </p>
          <ul className="mono frames">
            {row.error.frames.map((frame) => (
              <li key={`${frame.function} ${frame.place}`}>
                {frame.function} <span className="muted">{frame.place}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}

function Fact({
  name,
  children,
}: {
  readonly name: string;
  readonly children: React.ReactNode;
}): ReactElement {
  return (
    <>
      <dt>{name}</dt>
      <dd className="mono">{children}</dd>
    </>
  );
}

/** The server's part goes on behind the endpoint's. */
const extent = ({ durationNs, stages }: RequestRow): number =>
  Math.max(durationNs ?? 0, ...stages.map((stage) => stage.startNs + stage.durationNs));

/** Where in the request it began and how long it took, drawn to scale. */
function Stage({ stage, total }: { readonly stage: RequestStage; readonly total: number }): ReactElement {
  const part = (ns: number): string => `${Math.min(100, (ns / Math.max(1, total)) * 100)}%`;
  return (
    <li>
      <button type="button" className="stage" onClick={() => select({ type: "event", id: stage.id })}>
        <span>{stage.name}</span>
        <span className="mono ellipsis muted">{stage.what}</span>
        <span className="stage-track" aria-hidden="true">
          <span
            className={stage.failed ? "stage-bar failed" : "stage-bar"}
            style={{ left: part(stage.startNs), width: part(stage.durationNs) }}
          />
        </span>
        <span className="number">{duration(stage.durationNs)}</span>
      </button>
    </li>
  );
}
