import type { ReactElement } from "react";
import { duration } from "../../domain/format.ts";
import { InstantNote } from "../../parts/instant-note.tsx";
import { Segmented } from "../../parts/segmented.tsx";
import { StateBox } from "../../parts/state-box.tsx";
import { TestButton } from "../../parts/test-button.tsx";
import { WhyLink } from "../../parts/why-link.tsx";
import { go, usePlace } from "../../place/use-place.ts";
import { useAnswer, useLastEventId } from "../../server/hooks.ts";
import { AnswerBox } from "../web/answer-box.tsx";
import { FlowTree } from "./flow-tree.tsx";
import { FlowWeb } from "./flow-web.tsx";
import { SequenceView } from "./sequence-view.tsx";

const MODES = [
  { value: "diagram", text: "Diagram", title: "A line for each process, messages between them" },
  { value: "tree", text: "Tree", title: "Each message with what it led to" },
] as const;

/** One flow: as a sequence diagram, or as a tree of what led to what. */
export function FlowView({ flow }: { readonly flow: string }): ReactElement {
  const { flowMode } = usePlace();
  const answer = useAnswer("flow", { flow }, { version: useLastEventId() });
  return (
    <div className="list-view">
      <div className="toolbar">
        <button type="button" className="link-button" onClick={() => go({ view: "flows", item: undefined })}>
          Flows
        </button>
        <h1>{answer.data?.title ?? flow}</h1>
        <Segmented
          label="Show as"
          value={flowMode}
          options={MODES}
          onChange={(mode) => go({ flowMode: mode })}
        />
        <WhyLink about={{ type: "flow", id: flow }} />
        <TestButton of={{ flow }} />
        {answer.data && <span className="toolbar-end muted">{duration(answer.data.durationNs)}</span>}
        <InstantNote />
      </div>
      <div className="web-body flow-body">
        <AnswerBox answer={answer} isEmpty={() => false} empty={<StateBox title="No flow" />}>
          {(data) => (
            <>
              {!data.complete && <p className="lost">{data.why}</p>}
              <p className="muted">
                {data.entry} <FlowWeb root={data.root} />
              </p>
              {flowMode === "tree" ? <FlowTree span={data.root} /> : <SequenceView flow={data} />}
              {data.cut && <p className="muted">There is more than this; it was cut.</p>}
            </>
          )}
        </AnswerBox>
      </div>
    </div>
  );
}
