import { ArrowDown, ArrowUp } from "lucide-react";
import { type KeyboardEvent, type ReactElement, useMemo, useRef, useState } from "react";
import { type AnswerTable, type Column, cellText } from "../../domain/answer-table.ts";
import { duration, offset } from "../../domain/format.ts";
import { hasModifier, movedTo } from "../../parts/list-keys.ts";
import { placeOf, TargetLink } from "../../parts/target-link.tsx";
import { useFirstFocus } from "../../parts/use-first-focus.ts";
import { useRowWindow } from "../../parts/use-row-window.ts";
import { go } from "../../place/use-place.ts";

const ROW = 28;
/** Rows that say how wide a column is. */
const MEASURED = 200;
const WIDEST = 72;

export interface Sort {
  readonly column: number;
  readonly order: "asc" | "desc";
}

interface Props {
  readonly table: AnswerTable;
  readonly sort: Sort | undefined;
  readonly onSort: (sort: Sort) => void;
}

/** Rows of an answer: sorted by a click on a name; Enter goes where a row leads. */
export function ResultTable({ table, sort, onSort }: Props): ReactElement {
  const { columns, rows } = table;
  const box = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(-1);
  const virtual = useRowWindow(box, rows.length, ROW, ROW);
  const widths = useMemo(() => widthsOf(table), [table]);
  useFirstFocus(box, rows.length > 0);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (hasModifier(event) || (event.target instanceof Element && event.target.closest("button"))) return;
    const to = movedTo(event.key, active, rows.length);
    if (to !== undefined) {
      setActive(to);
      virtual.scrollTo(to);
    } else if (event.key === "Enter" && rows[active]) follow(columns, rows[active]);
    else return;
    event.preventDefault();
  };
  return (
    <div
      ref={box}
      className="scroll-list result-table"
      role="grid"
      aria-label="Result"
      aria-rowcount={rows.length + 1}
      tabIndex={0}
      aria-activedescendant={active >= 0 ? `result-${active}` : undefined}
      onKeyDown={onKeyDown}
    >
      <div className="row result-row table-head" role="row" aria-rowindex={1} style={widths}>
        {columns.map(({ name, type }, index) => (
          <Head
            key={`${name} ${index}`}
            name={name}
            isNumber={type === "number"}
            order={sort?.column === index ? sort.order : undefined}
            onSort={(order) => onSort({ column: index, order })}
          />
        ))}
      </div>
      <div className="scroll-size" style={{ height: virtual.height, ...widths }} role="rowgroup">
        {virtual.items.map(({ index, start }) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are on the grid, which holds the focus
          <div
            key={index}
            id={`result-${index}`}
            role="row"
            aria-rowindex={index + 2}
            aria-selected={index === active}
            className="row result-row"
            style={{ transform: `translateY(${start}px)`, ...widths }}
            onClick={() => setActive(index)}
          >
            {columns.map((column, at) => (
              <Cell key={at} column={column} value={rows[index]![at]} />
            ))}
          </div>
        ))}
      </div>
    </div>
  );
}

interface HeadProps {
  readonly name: string;
  readonly isNumber: boolean;
  readonly order: "asc" | "desc" | undefined;
  readonly onSort: (order: "asc" | "desc") => void;
}

function Head({ name, isNumber, order, onSort }: HeadProps): ReactElement {
  const Icon = order === "asc" ? ArrowUp : ArrowDown;
  const first = isNumber ? "desc" : "asc";
  return (
    <div
      role="columnheader"
      className={isNumber ? "number" : undefined}
      aria-sort={order && (order === "asc" ? "ascending" : "descending")}
    >
      <button
        type="button"
        onClick={() => onSort(order === undefined ? first : order === "asc" ? "desc" : "asc")}
      >
        {name}
        {order && <Icon size={12} aria-hidden="true" />}
      </button>
    </div>
  );
}

function Cell({ column, value }: { readonly column: Column; readonly value: unknown }): ReactElement {
  const text = shownText(column, value);
  const target = text === "" ? undefined : column.target(value);
  return (
    <div
      role="gridcell"
      className={column.type === "number" ? "number mono ellipsis" : "mono ellipsis"}
      title={text.length > 12 ? text : undefined}
    >
      {target ? <TargetLink target={target} text={text} /> : text}
    </div>
  );
}

/** Durations and instants as a person says them; the copies have them exactly. */
function shownText({ name, type }: Column, value: unknown): string {
  if (typeof value === "number" && type === "time") return offset(value);
  if (typeof value === "number" && name.endsWith("Ns")) return duration(value);
  return cellText(value);
}

function follow(columns: readonly Column[], row: readonly unknown[]): void {
  const targets = columns.flatMap(({ target }, index) => target(row[index]) ?? []);
  const first = targets.find(({ type }) => type !== "instant") ?? targets[0];
  if (first) go(placeOf(first));
}

function widthsOf({ columns, rows }: AnswerTable): {
  readonly gridTemplateColumns: string;
  readonly minWidth: string;
} {
  const letters = columns.map((column, index) => {
    const longest = rows
      .slice(0, MEASURED)
      .reduce((most, row) => Math.max(most, shownText(column, row[index]).length), column.name.length + 2);
    return Math.min(WIDEST, longest) + 3;
  });
  return {
    gridTemplateColumns: letters.map((n) => `minmax(${n}ch, ${n}fr)`).join(" "),
    minWidth: `${letters.reduce((sum, n) => sum + n, 0)}ch`,
  };
}
