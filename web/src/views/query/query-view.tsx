import { catalogue, type Output } from "elixirscope/protocol";
import { type ReactElement, useEffect, useMemo, useState } from "react";
import { tableOfAnswer, tableOfSql } from "../../domain/answer-table.ts";
import { questionInput } from "../../domain/question-input.ts";
import { sqlProblem } from "../../domain/sql-error.ts";
import { LoadingRows, StateBox } from "../../parts/state-box.tsx";
import { go, usePlace } from "../../place/use-place.ts";
import { noteAsked } from "./asked-before.ts";
import { QueryMenu } from "./query-menu.tsx";
import { QuestionForm } from "./question-form.tsx";
import { ResultPanel } from "./result-panel.tsx";
import { RunBar } from "./run-bar.tsx";
import { SqlEditor } from "./sql-editor.tsx";
import { type Console, useConsole } from "./use-console.ts";
import { useSchema } from "./use-schema.ts";

const ROWS = 10_000;
const ENTRIES = catalogue();

/** Questions of one's own: in SQL, or of the catalogue; what is asked stands in the URL. */
export function QueryView(): ReactElement {
  const { item } = usePlace();
  const entry = ENTRIES.find(({ name, method }) => name === item || method === item);
  return (
    <div className="list-view">
      <div className="toolbar">
        <h1>{entry ? entry.name : "Query"}</h1>
        <span className="muted">{entry ? "" : "SQL that can only look"}</span>
      </div>
      <div className="query-body">
        <QueryMenu entries={ENTRIES} open={entry?.name} />
        {item !== undefined && !entry ? (
          <StateBox title={`There is no question ${item}`} tone="failure">
            <p>At the left are all that there are.</p>
          </StateBox>
        ) : entry ? (
          <Question key={entry.name} name={entry.name} />
        ) : (
          <Sql />
        )}
      </div>
    </div>
  );
}

function Sql(): ReactElement {
  const { details } = usePlace();
  const asked = details.sql;
  const [draft, setDraft] = useDraft(asked ?? "");
  const schema = useSchema();
  const run = useConsole("query", asked === undefined ? undefined : { sql: asked, limit: ROWS });
  useNote(run, asked === undefined ? undefined : asked.replaceAll(/\s+/g, " ").slice(0, 80));
  const problem = run.error && asked !== undefined ? sqlProblem(asked, run.error.message) : undefined;
  const ask = (): void => {
    if (draft.trim() === "") return;
    if (draft === asked) run.again();
    else go({ details: { sql: draft } });
  };
  const table = useMemo(
    () => (run.answer === undefined ? undefined : tableOfSql(run.answer as Output<"query">, schema.origin)),
    [run.answer, schema.origin],
  );
  return (
    <div className="query-main">
      <SqlEditor
        value={draft}
        schema={schema.tables}
        problem={problem && draft === asked ? problem.offset : undefined}
        onChange={setDraft}
        onRun={ask}
      />
      <RunBar run={run} disabled={draft.trim() === ""} onRun={ask} hint="Ctrl Enter" />
      <Answer run={run} message={problem?.message}>
        {table && (
          <ResultPanel table={table} tookMs={run.tookMs ?? 0} drawn={details.drawn ?? false} name="query" />
        )}
      </Answer>
    </div>
  );
}

function Question({ name }: { readonly name: string }): ReactElement {
  const entry = ENTRIES.find((one) => one.name === name)!;
  const { details } = usePlace();
  const given = details.given ?? NOTHING;
  const [draft, setDraft] = useDraft(given);
  const [tried, setTried] = useState(false);
  const asked = questionInput(entry, given);
  const run = useConsole(entry.method, "input" in asked ? (asked.input as never) : undefined);
  useNote(
    run,
    [
      name,
      ...Object.entries(given)
        .filter(([, value]) => value !== "")
        .map(([key, value]) => `${key}=${value}`),
    ].join(" "),
  );
  const typed = questionInput(entry, draft);
  const ask = (): void => {
    setTried(true);
    if ("wrong" in typed) return;
    if (JSON.stringify(draft) === JSON.stringify(given)) run.again();
    else go({ details: { given: draft } });
  };
  const table = useMemo(
    () => (run.answer === undefined ? undefined : tableOfAnswer(run.answer)),
    [run.answer],
  );
  return (
    <div className="query-main">
      <QuestionForm
        entry={entry}
        given={draft}
        wrong={tried && "wrong" in typed ? typed.wrong : {}}
        onChange={setDraft}
        onRun={ask}
      >
        <RunBar run={run} disabled={false} onRun={undefined} hint="Enter" />
      </QuestionForm>
      <Answer run={run} message={run.error?.message}>
        {table && (
          <ResultPanel table={table} tookMs={run.tookMs ?? 0} drawn={details.drawn ?? false} name={name} />
        )}
      </Answer>
    </div>
  );
}

const NOTHING: Readonly<Record<string, string>> = {};

/** What is typed; another place brings what was asked there. */
function useDraft<T>(asked: T): readonly [T, (draft: T) => void] {
  const [state, setState] = useState({ asked, draft: asked });
  if (JSON.stringify(state.asked) !== JSON.stringify(asked)) setState({ asked, draft: asked });
  return [state.draft, (draft) => setState({ asked, draft })];
}

/** What was answered is kept to be asked again. */
function useNote(run: Console, title: string | undefined): void {
  const answered = run.answer !== undefined;
  useEffect(() => {
    if (!answered || title === undefined) return;
    const { pathname, search } = location;
    const params = new URLSearchParams(search);
    const kept = [...params].filter(([name]) => name === "sql" || name.startsWith("in."));
    const query = new URLSearchParams(kept).toString();
    noteAsked({ title, href: query === "" ? pathname : `${pathname}?${query}` });
  }, [answered, title]);
}

interface AnswerProps {
  readonly run: Console;
  readonly message: string | undefined;
  readonly children: ReactElement | undefined;
}

function Answer({ run, message, children }: AnswerProps): ReactElement {
  if (run.running) return <LoadingRows rows={8} />;
  if (message !== undefined) {
    return (
      <div className="query-error" role="alert">
        {message}
      </div>
    );
  }
  if (run.stopped) return <StateBox title="Stopped" />;
  return (
    children || (
      <StateBox title="Nothing was asked yet">
        <p>Write a question, or take one from the left.</p>
      </StateBox>
    )
  );
}
