import { type KeyboardEvent, type ReactElement, useRef } from "react";
import { hasModifier, movedTo } from "../../parts/list-keys.ts";
import { useFirstFocus } from "../../parts/use-first-focus.ts";
import { useRowWindow, useStartAtTop } from "../../parts/use-row-window.ts";
import { go, select, usePlace } from "../../place/use-place.ts";

const ROW = 28;

/** Where a row of the grid stands; for {@link ProcessLine}. */
export interface LinePlace {
  readonly index: number;
  /** Pixels below the first row. */
  readonly top: number;
  readonly selected: boolean;
}

interface GridProps<Row extends { readonly handle: string }> {
  readonly label: string;
  readonly rows: readonly Row[];
  /** Of these are the rows the first. */
  readonly total: number;
  /** What is shown, in words that change when other rows are: they are read from their start. */
  readonly what: string;
  readonly head: ReactElement;
  readonly renderLine: (row: Row, place: LinePlace) => ReactElement;
}

/** Processes in a grid that keeps the keyboard: arrows select, Enter opens the page of the one selected. */
export function ProcessGrid<Row extends { readonly handle: string }>({
  label,
  rows,
  total,
  what,
  head,
  renderLine,
}: GridProps<Row>): ReactElement {
  const box = useRef<HTMLDivElement>(null);
  const { selection } = usePlace();
  const selected = selection?.type === "process" ? selection.process : undefined;
  const active = rows.findIndex((row) => row.handle === selected);
  const virtual = useRowWindow(box, rows.length, ROW, ROW);
  useStartAtTop(box, what);
  useFirstFocus(box, rows.length > 0);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (hasModifier(event) || (event.target instanceof Element && event.target.closest("button"))) return;
    const to = movedTo(event.key, active, rows.length);
    if (to !== undefined) {
      select({ type: "process", process: rows[to]!.handle }, { replace: true });
      virtual.scrollTo(to);
    } else if (event.key === "Enter" && rows[active]) {
      go({ view: "process", process: rows[active].handle, selection: undefined });
    } else return;
    event.preventDefault();
  };
  return (
    <div
      ref={box}
      className="scroll-list"
      role="grid"
      aria-label={label}
      aria-rowcount={total + 1}
      tabIndex={0}
      aria-activedescendant={virtual.has(active) ? `row-${rows[active]!.handle}` : undefined}
      onKeyDown={onKeyDown}
    >
      {head}
      <div className="scroll-size" style={{ height: virtual.height }} role="rowgroup">
        {virtual.items.map(({ index, start }) => {
          const row = rows[index]!;
          return renderLine(row, { index, top: start, selected: row.handle === selected });
        })}
      </div>
    </div>
  );
}

interface LineProps {
  readonly process: string;
  readonly place: LinePlace;
  /** Beside `row`. */
  readonly className: string;
  readonly children: readonly ReactElement[];
}

/** A row: a click selects it, a double click opens the process's page. */
export function ProcessLine({ process, place, className, children }: LineProps): ReactElement {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are on the grid, which holds the focus
    <div
      id={`row-${process}`}
      role="row"
      aria-rowindex={place.index + 2}
      aria-selected={place.selected}
      className={`row ${className}`}
      style={{ transform: `translateY(${place.top}px)` }}
      onClick={() => select({ type: "process", process })}
      onDoubleClick={() => go({ view: "process", process, selection: undefined })}
    >
      {children}
    </div>
  );
}
