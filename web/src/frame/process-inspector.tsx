import type { ReactElement } from "react";
import { Link } from "wouter";
import { InstantNote } from "../parts/instant-note.tsx";
import { LifeDot } from "../parts/life-dot.tsx";
import { LoadingRows, StateBox } from "../parts/state-box.tsx";
import { TestButton } from "../parts/test-button.tsx";
import { WhyLink } from "../parts/why-link.tsx";
import { useInstant } from "../place/use-instant.ts";
import { useHref } from "../place/use-place.ts";
import { useAnswer, useTreeVersion } from "../server/hooks.ts";
import { KindCounts } from "../views/process/kind-counts.tsx";
import { ProcessFacts } from "../views/process/process-facts.tsx";
import { ProcessInstant } from "../views/process/process-instant.tsx";
import { ProcessRelations } from "../views/process/process-relations.tsx";
import { RecentEvents } from "../views/process/recent-events.tsx";
import { InspectorHead } from "./inspector-head.tsx";

export function ProcessInspector({ process }: { readonly process: string }): ReactElement {
  const version = useTreeVersion();
  const { data, error } = useAnswer("process", { process }, { version });
  const href = useHref();
  const instant = useInstant();
  return (
    <>
      <InspectorHead>
        {data && instant === undefined && <LifeDot alive={data.alive} />}
        <h2>{data?.label ?? process}</h2>
        <Link href={href({ view: "process", process, selection: undefined })} className="link-button">
          open
        </Link>
        <WhyLink about={{ type: "process", id: process }} />
        <TestButton of={{ process }} />
      </InspectorHead>
      <div className="inspector-body">
        {error && (
          <StateBox title="This process is not known" tone="failure">
            <p>{error.message}</p>
          </StateBox>
        )}
        {!data && !error && <LoadingRows rows={8} />}
        {data && instant !== undefined && (
          <>
            <InstantNote />
            <ProcessInstant process={process} />
          </>
        )}
        {data && instant === undefined && (
          <>
            <ProcessFacts process={data} />
            <ProcessRelations process={data} />
            <KindCounts process={data} />
            <RecentEvents process={data.handle} />
          </>
        )}
      </div>
    </>
  );
}
