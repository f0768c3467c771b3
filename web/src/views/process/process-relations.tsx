import type { MonitorRow, ProcessDetail, ProcessRef } from "elixirscope/protocol";
import { type ReactElement, useState } from "react";
import { count } from "../../domain/format.ts";
import { ProcessLink } from "../../parts/process-link.tsx";

const FIRST = 8;

/** Parent, ancestors, links and children, each a way to go on. */
export function ProcessRelations({ process }: { readonly process: ProcessDetail }): ReactElement {
  return (
    <div className="relations">
      <Relation name="Parent" processes={process.parent ? [process.parent] : []} />
      <Relation name="Ancestors" processes={process.ancestors} separator=" ‹ " />
      <Relation name="Links" processes={process.links} />
      <Relation name="Monitors" processes={known(process.monitors)} />
      <Relation name="Monitored by" processes={known(process.monitoredBy)} />
      <Relation name="Children" processes={process.children} />
    </div>
  );
}

/** One entry a process, however many monitors there are; ports and clocks are in the events. */
export const known = (rows: readonly MonitorRow[]): readonly ProcessRef[] => [
  ...new Map(rows.flatMap(({ process }) => (process ? [[process.handle, process] as const] : []))).values(),
];

interface Props {
  readonly name: string;
  readonly processes: readonly ProcessRef[];
  readonly separator?: string;
}

/** Others that stand in one relation to it. */
export function Relation({ name, processes, separator = ", " }: Props): ReactElement | null {
  const [all, setAll] = useState(false);
  if (processes.length === 0) return null;
  const shown = all ? processes : processes.slice(0, FIRST);
  return (
    <section>
      <h2 className="minor">
        {name} {processes.length > 1 && <span className="muted">{count(processes.length)}</span>}
      </h2>
      <p>
        {shown.map((other, index) => (
          <span key={other.handle}>
            {index > 0 && <span className="muted">{separator}</span>}
            <ProcessLink process={other} />
          </span>
        ))}
        {processes.length > shown.length && (
          <button type="button" className="link-button" onClick={() => setAll(true)}>
            {count(processes.length - shown.length)} more
          </button>
        )}
      </p>
    </section>
  );
}
