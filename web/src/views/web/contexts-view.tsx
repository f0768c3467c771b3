import type { BoundariesAnswer, LeakRow } from "elixirscope/protocol";
import { lazy, type ReactElement, Suspense, useMemo, useState } from "react";
import { type ContextEdge, contextMap, drawnEdges } from "../../domain/context-map.ts";
import { count, offset, plural } from "../../domain/format.ts";
import { PlaceLink } from "../../parts/place-link.tsx";
import { LoadingRows, StateBox } from "../../parts/state-box.tsx";
import { useInstant } from "../../place/use-instant.ts";
import { go, usePlace } from "../../place/use-place.ts";
import { useAnswer, useRunning, useTreeVersion } from "../../server/hooks.ts";
import { AnswerBox } from "./answer-box.tsx";

const COUNT_MS = 5_000;
const CALLS = 2_000;
const NO_CALLS: readonly never[] = [];

const GraphView = lazy(() =>
  import("../../parts/graph/graph-view.tsx").then((all) => ({ default: all.GraphView })),
);

/** Which part of the application calls which, and who reaches past a context's door; `open` is the part that is looked at. */
export function ContextsView({ open }: { readonly open: string | undefined }): ReactElement {
  const [countMs, setCountMs] = useState<number | undefined>();
  const running = useRunning();
  const version = useTreeVersion();
  const answer = useAnswer("boundaries", countMs === undefined ? {} : { countMs }, {
    // New code comes with processes that start; the node is not asked more than this often.
    version: running && countMs === undefined ? version : 0,
    everyMs: 30_000,
  });
  return (
    <AnswerBox
      answer={answer}
      isEmpty={({ contexts, leaks }) => contexts.length === 0 && leaks.length === 0}
      empty={
        <StateBox title="No context">
          <p>
            {answer.data?.why ||
              "A context is a module with others below it: MyApp.Sales with MyApp.Sales.Till. None was found."}
          </p>
        </StateBox>
      }
    >
      {(data) => (
        <Contexts
          data={data}
          open={open}
          onCount={running ? () => setCountMs(COUNT_MS) : undefined}
          counting={countMs !== undefined && answer.isFetching}
        />
      )}
    </AnswerBox>
  );
}

interface ContextsProps {
  readonly data: BoundariesAnswer;
  readonly open: string | undefined;
  /** Nothing: there is no node to count on. */
  readonly onCount: (() => void) | undefined;
  readonly counting: boolean;
}

function Contexts({ data, open, onCount, counting }: ContextsProps): ReactElement {
  const stretch = useStretch();
  const recorded = useAnswer("callGraph", { ...stretch, limit: CALLS });
  const calls = recorded.data?.rows ?? NO_CALLS;
  const map = useMemo(() => contextMap(data, calls), [data, calls]);
  const edges = useMemo(() => drawnEdges(map.edges), [map]);
  const part = map.nodes.find(({ id }) => id === open)?.id;
  const touching = part === undefined ? map.edges : map.edges.filter((edge) => isOf(edge, part));
  const leaks = touching.flatMap((edge) => edge.leaks);
  return (
    <>
      <div className="section-head">
        <span className="muted">
          {plural(data.contexts.length, "context")} in {plural(data.modules, "module")},{" "}
          <span className={data.leaks.length > 0 ? "failed" : undefined}>
            {plural(data.leaks.length, "leak")}
          </span>
          {data.kept && `, as the code was at ${offset(data.t)}`}
        </span>
        <span>
          {part !== undefined && (
            <button type="button" className="link-button" onClick={() => go({ item: undefined })}>
              all parts
            </button>
          )}{" "}
          {onCount && (
            <button type="button" className="button" disabled={counting} onClick={onCount}>
              {counting ? "Counting…" : "Count leaking calls for 5 s"}
            </button>
          )}
        </span>
      </div>
      <Suspense fallback={<LoadingRows rows={6} />}>
        <GraphView
          label="Parts of the application and who calls whom"
          nodes={map.nodes}
          edges={edges}
          chosen={part}
          onNode={(id) => go({ item: id === open ? undefined : id })}
        />
      </Suspense>
      {part !== undefined && <PartLinks part={part} />}
      <EdgeTable edges={touching} />
      {leaks.length > 0 && <LeakTable leaks={leaks} counted={data.countedMs > 0} />}
    </>
  );
}

const isOf = ({ from, to }: ContextEdge, part: string): boolean => from === part || to === part;

/** The stretch that is marked, or everything until the cursor's instant. */
function useStretch(): { readonly from?: number; readonly to?: number } {
  const instant = useInstant();
  const { from, to } = usePlace().filters;
  const end = to ?? instant;
  return { ...(from !== undefined && { from }), ...(end !== undefined && { to: end }) };
}

function PartLinks({ part }: { readonly part: string }): ReactElement {
  return (
    <p>
      <strong>{part}</strong>{" "}
      <button
        type="button"
        className="link-button"
        onClick={() => go({ view: "events", item: undefined, filters: { mfa: `${part}.*` } })}
      >
        its events
      </button>
    </p>
  );
}

function EdgeTable({ edges }: { readonly edges: readonly ContextEdge[] }): ReactElement {
  return (
    <section>
      <h2 className="minor">Who calls whom</h2>
      <table className="inventory-table" aria-label="Who calls whom">
        <thead>
          <tr>
            <th scope="col">from</th>
            <th scope="col">to</th>
            <th scope="col" className="number">
              functions
            </th>
            <th scope="col" className="number">
              leaks
            </th>
            <th scope="col" className="number">
              recorded calls
            </th>
          </tr>
        </thead>
        <tbody>
          {edges.map((edge) => (
            <tr key={`${edge.from} ${edge.to}`}>
              <td>{edge.from}</td>
              <td>{edge.to}</td>
              <td className="number">{count(edge.functions)}</td>
              <td className={edge.leaks.length > 0 ? "number failed" : "number muted"}>
                {count(edge.leaks.length)}
              </td>
              <td className="number">{count(edge.calls)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const LEAK_WORDS: Readonly<Record<LeakRow["kind"], string>> = {
  web_calls_internals: "the web calls internals of",
  web_calls_repo: "the web calls",
  context_calls_internals: "another context calls internals of",
};

function LeakTable({
  leaks,
  counted,
}: {
  readonly leaks: readonly LeakRow[];
  readonly counted: boolean;
}): ReactElement {
  return (
    <section>
      <h2 className="minor failed">Leaks</h2>
      <table className="inventory-table" aria-label="Leaks">
        <thead>
          <tr>
            <th scope="col">caller</th>
            <th scope="col">callee</th>
            <th scope="col">what is wrong</th>
            <th scope="col">where</th>
            {counted && (
              <th scope="col" className="number">
                calls
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {leaks.map((leak) => (
            <tr key={`${leak.caller} ${leak.callee} ${leak.line}`}>
              <td className="mono">
                <CallsOf mfa={leak.caller} />
              </td>
              <td className="mono">
                <CallsOf mfa={leak.callee} />
              </td>
              <td>
                {LEAK_WORDS[leak.kind]} {leak.context}
              </td>
              <td className="mono muted">
                {leak.file === "" ? (
                  "unknown"
                ) : (
                  <PlaceLink
                    place={leak.line === null ? leak.file : `${leak.file}:${leak.line}`}
                    mfa={leak.caller}
                  />
                )}
              </td>
              {counted && <td className="number">{leak.calls === null ? "–" : count(leak.calls)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** A function; leads to its events. */
const CallsOf = ({ mfa }: { readonly mfa: string }): ReactElement => (
  <button
    type="button"
    className="link-button"
    onClick={() => go({ view: "events", item: undefined, filters: { mfa } })}
  >
    {mfa}
  </button>
);
