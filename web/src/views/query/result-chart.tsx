import type { ReactElement } from "react";
import { type AnswerChart, chartOf } from "../../domain/answer-chart.ts";
import type { AnswerTable } from "../../domain/answer-table.ts";
import { plural, shortCount } from "../../domain/format.ts";
import { LineChart } from "../../parts/chart/line-chart.tsx";
import { StateBox } from "../../parts/state-box.tsx";

const HEIGHT = 320;

/** An answer as lines or bars; the table says the same in numbers. */
export function ResultChart({ table }: { readonly table: AnswerTable }): ReactElement {
  const chart = chartOf(table);
  if (!chart) {
    return (
      <StateBox title="Nothing to draw">
        <p>A chart needs a column of numbers beside its first column.</p>
      </StateBox>
    );
  }
  const { type, x, xName, isTime, series } = chart;
  if (type === "bars") return <Bars chart={chart} total={table.rows.length} />;
  const label = `${series.map(({ name }) => name).join(", ")} over ${xName}, ${plural(x.length, "point")}`;
  return (
    <div className="result-chart">
      <LineChart label={label} x={x} xName={xName} isTime={isTime} lines={series} height={HEIGHT} />
    </div>
  );
}

function Bars({ chart, total }: { readonly chart: AnswerChart; readonly total: number }): ReactElement {
  const { names, series } = chart;
  return (
    <div className="result-chart">
      {series.map(({ name, values }) => {
        const most = Math.max(...values.map((value) => Math.abs(value ?? 0)), 0);
        return (
          <section key={name} aria-label={name}>
            <h2 className="minor">{name}</h2>
            <ul className="bar-list">
              {values.map((value, index) => (
                <li key={index}>
                  <span className="ellipsis mono" title={names[index]}>
                    {names[index] || "–"}
                  </span>
                  <span className="share" aria-hidden="true">
                    <span style={{ width: `${most === 0 ? 0 : (Math.abs(value ?? 0) / most) * 100}%` }} />
                  </span>
                  <span className="number">{value === null ? "–" : shortCount(value)}</span>
                </li>
              ))}
            </ul>
          </section>
        );
      })}
      {total > names.length && (
        <p className="muted">
          The first {names.length} of {plural(total, "row")}.
        </p>
      )}
    </div>
  );
}
