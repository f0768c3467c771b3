import { type PointerEvent, useEffect, useRef, useState } from "react";
import { instantAt, type TimeWindow } from "../domain/time-window.ts";
import { go } from "../place/use-place.ts";

const DRAG_PX = 4;
const NEAR_PX = 7;
/** Browsers refuse more than 200 changes of the address in 10 seconds. */
const DRAG_MS = 80;

export interface Range {
  readonly from: number;
  readonly to: number;
}

interface Handlers {
  readonly onPointerDown: (event: PointerEvent<HTMLElement>) => void;
  readonly onPointerMove: (event: PointerEvent<HTMLElement>) => void;
  readonly onPointerUp: (event: PointerEvent<HTMLElement>) => void;
  readonly onPointerLeave: () => void;
}

interface Brush {
  readonly handlers: Handlers;
  /** The range that is being marked. */
  readonly drawn: Range | undefined;
  /** The place under the pointer. */
  readonly hover: number | undefined;
  /** Where the cursor is being dragged: drawn at once, while the rest of the page follows. */
  readonly dragged: number | undefined;
}

/** What the bar looks like, as far as the pointer is concerned. */
export interface BrushArea {
  readonly window: TimeWindow;
  readonly width: number;
  /** Below it is the axis. */
  readonly height: number;
  /** Where the cursor is drawn; nothing while live. */
  readonly cursorX: number | undefined;
}

const xIn = (event: PointerEvent<HTMLElement>): number =>
  event.clientX - event.currentTarget.getBoundingClientRect().left;

const yIn = (event: PointerEvent<HTMLElement>): number =>
  event.clientY - event.currentTarget.getBoundingClientRect().top;

/** A click puts the cursor. Dragging the axis or the cursor goes through time; dragging over the bars marks a range and filters by it. */
export function useBrush({ window, width, height, cursorX }: BrushArea): Brush {
  const start = useRef<number>(undefined);
  const { dragged, drag, drop } = useDraggedCursor();
  const [drawn, setDrawn] = useState<Range | undefined>();
  const [hover, setHover] = useState<number | undefined>();
  const rangeTo = (x: number): Range | undefined => {
    const from = start.current;
    if (from === undefined || Math.abs(x - from) < DRAG_PX) return undefined;
    return {
      from: instantAt(Math.min(x, from), window, width),
      to: instantAt(Math.max(x, from), window, width),
    };
  };
  const handlers: Handlers = {
    onPointerDown: (event) => {
      if (event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      const x = xIn(event);
      if (yIn(event) > height || Math.abs(x - (cursorX ?? Infinity)) < NEAR_PX)
        drag(instantAt(x, window, width));
      else start.current = x;
    },
    onPointerMove: (event) => {
      setHover(xIn(event));
      if (dragged === undefined) setDrawn(rangeTo(xIn(event)));
      else drag(instantAt(xIn(event), window, width));
    },
    onPointerUp: (event) => {
      if (dragged !== undefined) drop(instantAt(xIn(event), window, width));
      const range = rangeTo(xIn(event));
      if (start.current === undefined) return;
      start.current = undefined;
      setDrawn(undefined);
      if (range) go(({ filters }) => ({ filters: { ...filters, ...range } }));
      else go({ cursor: instantAt(xIn(event), window, width) });
    },
    onPointerLeave: () => setHover(undefined),
  };
  return { handlers, drawn, hover, dragged };
}

function useDraggedCursor(): {
  readonly dragged: number | undefined;
  readonly drag: (t: number) => void;
  readonly drop: (t: number) => void;
} {
  const [dragged, setDragged] = useState<number | undefined>();
  const wentAt = useRef(-Infinity);
  useEffect(() => {
    if (dragged === undefined) return;
    const wait = Math.max(0, wentAt.current + DRAG_MS - performance.now());
    const timer = setTimeout(() => {
      wentAt.current = performance.now();
      go({ cursor: dragged }, { replace: true });
    }, wait);
    return () => clearTimeout(timer);
  }, [dragged]);
  const drop = (t: number): void => {
    setDragged(undefined);
    go({ cursor: t }, { replace: true });
  };
  return { dragged, drag: setDragged, drop };
}
