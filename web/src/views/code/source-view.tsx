import type { SourceAnswer } from "elixirscope/protocol";
import type { ReactElement } from "react";
import { LoadingRows, StateBox } from "../../parts/state-box.tsx";
import { useAnswerAt } from "../../server/at-instant.ts";
import { useAnswer, useStatus } from "../../server/hooks.ts";
import { AnswerBox } from "../web/answer-box.tsx";
import { EditorButton } from "./editor-button.tsx";
import { RecordLines } from "./record-lines.tsx";
import { SourceText } from "./source-text.tsx";

const ORIGINS: Readonly<Record<NonNullable<SourceAnswer["origin"]>, string>> = {
  node: "as it is on the node",
  recording: "as the recording kept it",
  this_machine: "from this machine",
};

/** A module's source with what ran in it, until the cursor. */
export function SourceView({ module }: { readonly module: string }): ReactElement {
  const isAttached = useStatus()?.nodes.some(({ state }) => state === "connected") ?? false;
  const source = useAnswer("source", { module }, { version: isAttached ? 1 : 0 });
  const lines = useAnswerAt("lines", { module });
  return (
    <AnswerBox answer={source} isEmpty={() => false} empty={<LoadingRows />}>
      {(answer) => (
        <div className="source-view">
          <div className="source-head">
            <span className="mono ellipsis" title={answer.file ?? undefined}>
              {answer.file ?? "no file"}
            </span>
            {answer.origin && <span className="muted">{ORIGINS[answer.origin]}</span>}
            {answer.changed && (
              <span className="source-changed">changed since it was compiled: lines may have moved</span>
            )}
            <span className="toolbar-end">
              <RecordLines module={module} />
              <EditorButton source={answer} />
            </span>
          </div>
          {lines.data && !lines.data.complete && (
            <p className="muted source-note">
              Only the newest {lines.data.scanned} lines that ran are counted.
            </p>
          )}
          {answer.text === null ? (
            <StateBox title="No source">
              <p>{answer.why}</p>
            </StateBox>
          ) : (
            <SourceText key={answer.hash} source={answer} text={answer.text} list={lines.data} />
          )}
        </div>
      )}
    </AnswerBox>
  );
}
