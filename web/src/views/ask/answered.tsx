import type { AskAnswer } from "elixirscope/protocol";
import { type ReactElement, useState } from "react";
import { plural } from "../../domain/format.ts";
import { Cites } from "../../parts/cite.tsx";
import { ProcessLink } from "../../parts/process-link.tsx";
import { StateBox } from "../../parts/state-box.tsx";
import { go } from "../../place/use-place.ts";
import { useAnswer } from "../../server/hooks.ts";
import { AnswerBox } from "../web/answer-box.tsx";
import { FindingList } from "./finding-list.tsx";

/** An answer stays as it was given; the button asks the record as it is by then. */
export function Answered({ question }: { readonly question: string }): ReactElement {
  const [zoneMinutes] = useState(() => -new Date().getTimezoneOffset());
  const answer = useAnswer("ask", { question, zoneMinutes });
  return (
    <AnswerBox answer={answer} isEmpty={() => false} empty={<StateBox title="No answer" />}>
      {(data) => (
        <>
          <Sentences answer={data} />
          <About answer={data} />
          <p className="ask-foot">
            <button
              type="button"
              className="link-button"
              disabled={answer.isFetching}
              onClick={() => void answer.refetch()}
            >
              {answer.isFetching ? "asking …" : "ask again"}
            </button>
            {data.others > 0 && (
              <button type="button" className="link-button" onClick={() => go({ details: {} })}>
                {plural(data.others, "other warning")}
              </button>
            )}
          </p>
          {data.findings.length > 0 && (
            <>
              <h2 className="minor">What this is made of</h2>
              <FindingList rows={data.findings} label="Findings" />
            </>
          )}
        </>
      )}
    </AnswerBox>
  );
}

function Sentences({ answer: { verdict, sentences, todo, unknown } }: Props): ReactElement {
  return (
    <section className="ask-answer" aria-label="Answer">
      {verdict === "ok" && <p>Nothing that was recorded went wrong in a way that would answer this.</p>}
      {sentences.map(({ text, evidence }) => (
        <p key={`${text} ${evidence.join(" ")}`}>
          {text} <Cites ids={evidence} />
        </p>
      ))}
      {todo !== "" && (
        <>
          <h2 className="minor">What to do</h2>
          <p>{todo}</p>
        </>
      )}
      {unknown.length > 0 && (
        <>
          <h2 className="minor">Not known</h2>
          <ul className="ask-unknown">
            {unknown.map((text) => (
              <li key={text}>{text}</li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

interface Props {
  readonly answer: AskAnswer;
}

/** Whom the question was taken to be about: so that one sees where it was misread. */
function About({ answer: { about } }: Props): ReactElement | null {
  if (about.processes.length === 0) return null;
  return (
    <p className="muted ask-about">
      Taken to be about{" "}
      {about.processes.map((process) => (
        <span key={process.handle}>
          <ProcessLink process={process} />{" "}
        </span>
      ))}
    </p>
  );
}
