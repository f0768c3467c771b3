import type { ReactElement } from "react";
import type { FlameLine } from "../../domain/flame-layout.ts";
import { count, duration, percent } from "../../domain/format.ts";

interface Props {
  readonly lines: readonly FlameLine[];
  readonly totalNs: number;
  readonly onFocus: (stack: readonly string[]) => void;
}

const SHOWN = 1_000;

/** A flame graph in numbers: what was called stands further in, below what called it. */
export function FlameTable({ lines, totalNs, onFocus }: Props): ReactElement {
  return (
    <div className="web-body">
      <table className="inventory-table" aria-label="Flame graph">
        <thead>
          <tr>
            <th scope="col" className="number">
              Total
            </th>
            <th scope="col" className="number">
              Share
            </th>
            <th scope="col" className="number">
              Own
            </th>
            <th scope="col" className="number">
              Times
            </th>
            <th scope="col">Frame</th>
          </tr>
        </thead>
        <tbody>
          {lines.slice(0, SHOWN).map(({ key, stack, row, depth }) => (
            <tr key={key}>
              <td className="number">{duration(row.totalNs)}</td>
              <td className="number">
                {totalNs === 0 ? "–" : `${percent((row.totalNs / totalNs) * 100)} %`}
              </td>
              <td className="number">{duration(row.ownNs)}</td>
              <td className="number">{count(row.count)}</td>
              <td className="mono" style={{ paddingLeft: 8 + depth * 14 }}>
                <button type="button" className="link-button" onClick={() => onFocus(stack)}>
                  {row.name}
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {lines.length > SHOWN && (
        <p className="muted">
          The first {count(SHOWN)} of {count(lines.length)}.
        </p>
      )}
    </div>
  );
}
