import type { DiagnoseAnswer, DiagnoseInput, FindingRow } from "elixirscope/protocol";
import type { ReactElement } from "react";
import { detectorWords } from "../../domain/detectors.ts";
import { plural } from "../../domain/format.ts";
import { StateBox } from "../../parts/state-box.tsx";
import { TargetLink } from "../../parts/target-link.tsx";
import type { About } from "../../place/details.ts";
import { useAnswer, useLastEventId } from "../../server/hooks.ts";
import { AnswerBox } from "../web/answer-box.tsx";
import { FindingList } from "./finding-list.tsx";

const EVERY_MS = 5_000;

interface Props {
  readonly about: About | undefined;
  readonly from: number | undefined;
  readonly to: number | undefined;
}

/** What went wrong with one thing, or with everything, and what was looked for in vain. */
export function Diagnosed({ about, from, to }: Props): ReactElement {
  const input = { ...inputOf(about), ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
  const answer = useAnswer("diagnose", input, { version: useLastEventId(), everyMs: EVERY_MS });
  return (
    <section aria-label="What went wrong">
      <h2 className="minor">
        What went wrong
        {about && <AboutText about={about} />}
        {(from !== undefined || to !== undefined) && " in the range"}
      </h2>
      <AnswerBox answer={answer} isEmpty={() => false} empty={<StateBox title="Nothing" />}>
        {(data) => (
          <>
            {data.rows.length === 0 && <p>Nothing that was recorded went wrong.</p>}
            <FindingList rows={data.rows} label="Findings" />
            {data.more && <p className="muted">There is more than this.</p>}
            <Looked data={data} />
          </>
        )}
      </AnswerBox>
    </section>
  );
}

function inputOf(about: About | undefined): DiagnoseInput {
  switch (about?.type) {
    case undefined:
      return {};
    case "request":
      return { request: Number(about.id) };
    case "process":
      return { process: about.id };
    case "flow":
      return { flow: about.id };
    case "liveView":
      return { liveView: about.id };
  }
}

function AboutText({ about: { type, id } }: { readonly about: About }): ReactElement {
  if (type === "process")
    return (
      <>
        {" "}
        with <TargetLink target={{ type, process: id }} text={id} />
      </>
    );
  if (type === "flow")
    return (
      <>
        {" "}
        in the flow <TargetLink target={{ type, flow: id }} text={id} />
      </>
    );
  return <>{type === "request" ? ` in the request #${id}` : ` in the LiveView ${id}`}</>;
}

/** What was looked for and not there, and what could not be looked for. */
function Looked({ data: { clear, blind } }: { readonly data: DiagnoseAnswer }): ReactElement {
  return (
    <details className="ask-looked">
      <summary>
        {plural(clear.length, "sort of fault", "sorts of faults")} not seen, {blind.length} not recorded at
        this level
      </summary>
      <ul>
        {[...clear, ...blind].map((row) => (
          <li key={row.detector}>
            <strong>{detectorWords(row.detector)}</strong> {lookedText(row)}
          </li>
        ))}
      </ul>
    </details>
  );
}

const lookedText = ({ summary, confirm }: FindingRow): string => [summary, confirm].filter(Boolean).join(" ");
