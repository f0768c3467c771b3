import { useVirtualizer } from "@tanstack/react-virtual";
import { type RefObject, useEffect, useRef } from "react";

export interface RowWindow {
  /** Of all rows together, in pixels. */
  readonly height: number;
  readonly items: readonly { readonly index: number; readonly start: number }[];
  /** Is this row there? What is out of view is not, and nothing may refer to it. */
  readonly has: (index: number) => boolean;
  readonly scrollTo: (index: number, align?: "auto" | "center") => void;
}

/** Other rows under the same list (another search, another order) are read from their start. */
export function useStartAtTop(box: RefObject<HTMLElement | null>, what: string): void {
  const shown = useRef(what);
  useEffect(() => {
    if (shown.current === what) return;
    shown.current = what;
    box.current?.scrollTo({ top: 0 });
  }, [box, what]);
}

/** The rows in view of a scrolling box, all of one height; `above` is what stands over the first row. */
export function useRowWindow(
  box: RefObject<HTMLElement | null>,
  count: number,
  rowHeight: number,
  above: number = 0,
): RowWindow {
  // Its functions change with the scroll position, which only an optimising compiler, not used here, would miss.
  // oxlint-disable-next-line react/incompatible-library
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    overscan: 16,
    scrollMargin: above,
    scrollPaddingStart: above,
  });
  const items = virtual.getVirtualItems().map(({ index, start }) => ({ index, start: start - above }));
  return {
    height: virtual.getTotalSize(),
    items,
    has: (index) => items.some((item) => item.index === index),
    scrollTo: (index, align = "auto") => virtual.scrollToIndex(index, { align }),
  };
}
