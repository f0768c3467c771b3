import { lazy, type ReactElement, Suspense } from "react";
import { Link } from "wouter";
import { InstantNote } from "../../parts/instant-note.tsx";
import { LifeDot } from "../../parts/life-dot.tsx";
import { Segmented } from "../../parts/segmented.tsx";
import { LoadingRows, StateBox } from "../../parts/state-box.tsx";
import { TestButton } from "../../parts/test-button.tsx";
import { WhyLink } from "../../parts/why-link.tsx";
import { useInstant } from "../../place/use-instant.ts";
import { go, useHref, usePlace } from "../../place/use-place.ts";
import { useAnswer, useLastEventId } from "../../server/hooks.ts";
import { EventStream } from "../events/event-stream.tsx";
import { KindChips } from "../events/filter-bar.tsx";
import { KindCounts } from "./kind-counts.tsx";
import { ProcessFacts } from "./process-facts.tsx";
import { ProcessInstant } from "./process-instant.tsx";
import { ProcessRelations } from "./process-relations.tsx";
import { StateView } from "./state-view.tsx";

const ProcessLife = lazy(() => import("./process-life.tsx").then((all) => ({ default: all.ProcessLife })));

const TABS = [
  { value: "events", text: "Events" },
  { value: "state", text: "State", title: "Its states, what changed in each, and what led to it" },
  { value: "life", text: "Life", title: "What it did when, memory and mailbox over time, links" },
] as const;

/** One process: who it is, who it belongs to, and everything that happened to it. */
export function ProcessView({ process }: { readonly process: string }): ReactElement {
  const version = useLastEventId();
  const { data, error } = useAnswer("process", { process }, { version });
  const href = useHref();
  const { filters, tab } = usePlace();
  const instant = useInstant();
  if (error && !data) {
    return (
      <StateBox title={`No process ${process}`} tone="failure">
        <p>{error.message}</p>
        <p>
          <Link href={href({ view: "processes", process: undefined })}>All processes</Link>
        </p>
      </StateBox>
    );
  }
  return (
    <div className="process-page">
      <div className="toolbar">
        <Link className="muted" href={href({ view: "processes", process: undefined })}>
          Processes
        </Link>
        <span className="muted" aria-hidden="true">
          /
        </span>
        {data && instant === undefined && <LifeDot alive={data.alive} />}
        <h1>{data?.label ?? process}</h1>
        <span className="pid">{data?.pid}</span>
        {data && instant === undefined && !data.alive && <span className="tag">ended</span>}
        <WhyLink about={{ type: "process", id: process }} />
        <TestButton of={{ process }} />
        <InstantNote />
        <div className="toolbar-line">
          <Segmented label="Show" value={tab} options={TABS} onChange={(value) => go({ tab: value })} />
          {tab === "events" && <KindChips />}
        </div>
      </div>
      <div className="process-columns">
        <aside className="process-side" aria-label="About the process">
          {instant !== undefined ? (
            <ProcessInstant process={process} />
          ) : data ? (
            <>
              <ProcessFacts process={data} />
              <ProcessRelations process={data} />
              <KindCounts process={data} />
            </>
          ) : (
            <LoadingRows rows={10} />
          )}
        </aside>
        {tab === "state" && <StateView process={process} />}
        {tab === "life" &&
          (data ? (
            <Suspense fallback={<LoadingRows rows={10} />}>
              <ProcessLife process={data} />
            </Suspense>
          ) : (
            <LoadingRows rows={10} />
          ))}
        {tab === "events" && <EventStream filters={{ ...filters, process }} of={data?.handle} />}
      </div>
    </div>
  );
}
