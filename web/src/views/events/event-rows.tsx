import type { EventRow } from "elixirscope/protocol";
import {
  type KeyboardEvent,
  type ReactElement,
  useEffect,
  useLayoutEffect,
  useRef,
  type WheelEvent,
} from "react";
import { rowsBefore } from "../../domain/stream-buffer.ts";
import { hasModifier, movedTo } from "../../parts/list-keys.ts";
import { useFirstFocus } from "../../parts/use-first-focus.ts";
import { useRowWindow } from "../../parts/use-row-window.ts";
import { go, placeNow, select, usePlace } from "../../place/use-place.ts";
import { nowInstant } from "../../server/live.ts";
import { EventLine } from "./event-line.tsx";
import type { NewestAt } from "./event-stream.tsx";
import type { StreamSource } from "./stream-source.ts";

const ROW = 26;
const NEAR_END = ROW * 20;

interface Props {
  /** As they stand on screen, top to bottom. */
  readonly rows: readonly EventRow[];
  readonly newestAt: NewestAt;
  /** The last row at or before the cursor. */
  readonly cursorId: number | undefined;
  readonly of: string | undefined;
  readonly source: StreamSource;
}

export function EventRows({ rows, newestAt, cursorId, of, source }: Props): ReactElement {
  const box = useRef<HTMLDivElement>(null);
  const { selection, cursor } = usePlace();
  const selected = selection?.type === "event" ? selection.id : undefined;
  const active = rows.findIndex((row) => row.id === selected);
  const virtual = useRowWindow(box, rows.length, ROW);
  useFirstFocus(box, true);
  useSteadyScroll(box, rows, cursor === "live" ? newestAt : undefined);
  useScrollToCursor(virtual.scrollTo, rows, cursorId, active);
  const moveTo = (index: number): void => {
    const row = rows[index];
    if (!row) return;
    pause();
    select({ type: "event", id: row.id }, { replace: true });
    virtual.scrollTo(index);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (hasModifier(event)) return;
    const to = movedTo(event.key, active < 0 && newestAt === "bottom" ? rows.length : active, rows.length);
    if (to !== undefined) moveTo(to);
    else if (event.key === "Enter") openProcess(rows[active]);
    else return;
    event.preventDefault();
  };
  const readOn = (): void => {
    const element = box.current;
    if (!element || cursor === "live") return;
    const above = element.scrollTop;
    const below = element.scrollHeight - element.clientHeight - above;
    const [old, fresh] = newestAt === "bottom" ? [above, below] : [below, above];
    if (old < NEAR_END) void source.older();
    else if (fresh < NEAR_END) void source.newer();
  };
  return (
    <div
      ref={box}
      className="scroll-list"
      role="grid"
      aria-label="Events"
      tabIndex={0}
      aria-activedescendant={virtual.has(active) ? `event-${selected}` : undefined}
      onKeyDown={onKeyDown}
      onWheel={(event) => pauseOnScroll(event, newestAt)}
      onPointerDown={(event) => {
        // On the list itself is on its scroll bar.
        if (event.target === event.currentTarget) pause();
      }}
      onScroll={readOn}
    >
      <div className="scroll-size" style={{ height: virtual.height }} role="rowgroup">
        {virtual.items.map(({ index, start }) => {
          const row = rows[index]!;
          return (
            <EventLine
              key={row.id}
              row={row}
              top={start}
              of={of}
              selected={row.id === selected}
              atCursor={row.id === cursorId}
              onPick={() => {
                pause();
                select({ type: "event", id: row.id });
              }}
            />
          );
        })}
      </div>
    </div>
  );
}

/** Whoever looks at something does not want it to run away. */
function pause(): void {
  if (placeNow().cursor === "live") go({ cursor: nowInstant() }, { replace: true });
}

function pauseOnScroll({ deltaY }: WheelEvent, newestAt: NewestAt): void {
  if (newestAt === "bottom" ? deltaY < 0 : deltaY > 0) pause();
}

function openProcess(row: EventRow | undefined): void {
  if (row?.process) go({ view: "process", process: row.process.handle });
}

/** Live, the list stays at its new end; paused, what is in view stays where it is when rows come before it. */
function useSteadyScroll(
  box: React.RefObject<HTMLDivElement | null>,
  rows: readonly EventRow[],
  followed: NewestAt | undefined,
): void {
  const before = useRef(rows);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    if (followed) element.scrollTo({ top: followed === "top" ? 0 : element.scrollHeight });
    else if (before.current !== rows) element.scrollBy({ top: rowsBefore(before.current, rows) * ROW });
    before.current = rows;
  }, [box, rows, followed]);
}

/**
 * A cursor set elsewhere (time bar, another view, the URL) is brought into view; a selection made here is in view
 * already, and so is the newest row when following stops there.
 */
function useScrollToCursor(
  scrollTo: (index: number, align: "center") => void,
  rows: readonly EventRow[],
  cursorId: number | undefined,
  active: number,
): void {
  const shown = useRef<{ readonly id: number | undefined }>(undefined);
  useEffect(() => {
    const before = shown.current;
    shown.current = { id: cursorId };
    if (cursorId === undefined || before?.id === cursorId) return;
    const at = rows.findIndex((row) => row.id === cursorId);
    const stopped = before !== undefined && before.id === undefined && (at === 0 || at === rows.length - 1);
    if (stopped) return;
    scrollTo(before === undefined && active >= 0 ? active : at, "center");
  }, [scrollTo, rows, cursorId, active]);
}
