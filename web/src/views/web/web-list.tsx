import type { Key, ReactElement } from "react";

interface Props<Row extends { readonly id: Key }> {
  readonly label: string;
  readonly rows: readonly Row[];
  readonly renderLine: (row: Row) => ReactElement;
  /** Said under rows that are not all there are. */
  readonly cut?: string | false;
}

/** The rows of an answer, one under the other. */
export function WebList<Row extends { readonly id: Key }>({
  label,
  rows,
  renderLine,
  cut,
}: Props<Row>): ReactElement {
  return (
    <>
      <ul className="web-list" aria-label={label}>
        {rows.map((row) => (
          <li key={row.id}>{renderLine(row)}</li>
        ))}
      </ul>
      {cut && <p className="muted">{cut}</p>}
    </>
  );
}

/** Of a list that shows the newest. */
export const newestOnly = (rows: readonly unknown[], complete: boolean): string | false =>
  !complete && `The newest ${rows.length}; older ones were not looked at.`;
