import { type PointerEvent, useRef, useState } from "react";
import { instantAt, type TimeWindow } from "../domain/time-window.ts";
import { go } from "../place/use-place.ts";

const DRAG_PX = 4;

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

const xIn = (event: PointerEvent<HTMLElement>): number =>
  event.clientX - event.currentTarget.getBoundingClientRect().left;

/** A click puts the cursor; a drag marks a range and filters by it. `hover` is the place under the pointer. */
export function useBrush(
  window: TimeWindow,
  width: number,
): { readonly handlers: Handlers; readonly drawn: Range | undefined; readonly hover: number | undefined } {
  const start = useRef<number>(undefined);
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
      start.current = xIn(event);
    },
    onPointerMove: (event) => {
      setHover(xIn(event));
      setDrawn(rangeTo(xIn(event)));
    },
    onPointerUp: (event) => {
      const range = rangeTo(xIn(event));
      if (start.current === undefined) return;
      start.current = undefined;
      setDrawn(undefined);
      if (range) go(({ filters }) => ({ filters: { ...filters, ...range } }));
      else go({ cursor: instantAt(xIn(event), window, width) });
    },
    onPointerLeave: () => setHover(undefined),
  };
  return { handlers, drawn, hover };
}
