import { lazy, type ReactElement, Suspense, useMemo, useState } from "react";
import { type AnswerTable, csvOf, ndjsonOf, sorted, tsvOf } from "../../domain/answer-table.ts";
import { duration, plural } from "../../domain/format.ts";
import { say } from "../../parts/notice.ts";
import { saveFile } from "../../parts/save-file.ts";
import { Segmented } from "../../parts/segmented.tsx";
import { LoadingRows, StateBox } from "../../parts/state-box.tsx";
import { go } from "../../place/use-place.ts";
import { ResultTable, type Sort } from "./result-table.tsx";

const ResultChart = lazy(() => import("./result-chart.tsx").then((all) => ({ default: all.ResultChart })));

const MODES = [
  { value: "table", text: "Table" },
  { value: "chart", text: "Chart", title: "Its numbers over its times, or a bar for each row" },
] as const;

interface Props {
  readonly table: AnswerTable;
  readonly tookMs: number;
  readonly drawn: boolean;
  /** Of the files that it is saved as. */
  readonly name: string;
}

/** What was answered: as a table or drawn, to be copied and saved. */
export function ResultPanel({ table, tookMs, drawn, name }: Props): ReactElement {
  const [sort, setSort] = useState<Sort | undefined>();
  const shown = useMemo(() => (sort ? sorted(table, sort.column, sort.order) : table), [table, sort]);
  if (table.rows.length === 0) return <StateBox title="No row" />;
  return (
    <section className="result" aria-label="Answer">
      <div className="result-head">
        <Segmented
          label="Show the answer as"
          value={drawn ? "chart" : "table"}
          options={MODES}
          onChange={(mode) =>
            go(({ details }) => ({ details: { ...details, drawn: mode === "chart" } }), { replace: true })
          }
        />
        <span className="muted" role="status">
          {plural(table.rows.length, "row")}
          {table.more && ", and there are more"} in {duration(tookMs * 1e6)}
        </span>
        <span className="toolbar-end">
          <button type="button" className="link-button" onClick={() => void copy(shown)}>
            copy
          </button>
          <button
            type="button"
            className="link-button"
            onClick={() => saveFile(csvOf(shown), `${name}.csv`, "text/csv")}
          >
            save as CSV
          </button>
          <button
            type="button"
            className="link-button"
            onClick={() => saveFile(ndjsonOf(shown), `${name}.ndjson`, "application/x-ndjson")}
          >
            save as NDJSON
          </button>
        </span>
      </div>
      {drawn ? (
        <Suspense fallback={<LoadingRows />}>
          <ResultChart table={shown} />
        </Suspense>
      ) : (
        <ResultTable table={shown} sort={sort} onSort={setSort} />
      )}
    </section>
  );
}

async function copy(table: AnswerTable): Promise<void> {
  try {
    await navigator.clipboard.writeText(tsvOf(table));
    say(`Copied ${plural(table.rows.length, "row")}.`);
  } catch (error) {
    say(`Not copied: ${error instanceof Error ? error.message : String(error)}`);
  }
}
