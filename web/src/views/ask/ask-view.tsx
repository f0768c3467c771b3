import type { ReactElement } from "react";
import { InstantNote } from "../../parts/instant-note.tsx";
import { go, usePlace } from "../../place/use-place.ts";
import { Answered } from "./answered.tsx";
import { AskForm } from "./ask-form.tsx";
import { Diagnosed } from "./diagnosed.tsx";

/** Why: a question in words, or what went wrong with one thing or with everything. Each sentence leads to its events. */
export function AskView(): ReactElement {
  const {
    details: { question, about },
    filters: { from, to },
  } = usePlace();
  return (
    <div className="list-view">
      <div className="toolbar">
        <h1>Ask</h1>
        <InstantNote ofNow />
        {(question || about) && (
          <button type="button" className="link-button toolbar-end" onClick={() => go({ details: {} })}>
            everything that went wrong
          </button>
        )}
      </div>
      <div className="web-body ask-body">
        <AskForm key={question} asked={question} />
        {question ? (
          <Answered key={question} question={question} />
        ) : (
          <Diagnosed key={`${about?.type} ${about?.id}`} about={about} from={from} to={to} />
        )}
      </div>
    </div>
  );
}
