import { type PointerEvent, type RefObject, useEffect, useRef, useState } from "react";
import { lengthOf, panned, type Stretch, zoomed } from "../../domain/timeline-window.ts";

const WHEEL_ZOOM = 0.0025;
const KEYS = new Set(["w", "a", "s", "d"]);
/** Of the view's length a second; zoom a second. */
const PAN_PER_S = 1.2;
const ZOOM_PER_S = 6;
const DRAG_PX = 4;

interface Hands {
  readonly onPointerDown: (event: PointerEvent<HTMLElement>) => void;
  readonly onPointerMove: (event: PointerEvent<HTMLElement>) => void;
  readonly onPointerUp: (event: PointerEvent<HTMLElement>) => void;
}

interface Options {
  readonly view: Stretch;
  readonly limits: Stretch;
  readonly width: number;
  readonly onView: (view: Stretch) => void;
  readonly onRange: (range: Stretch) => void;
  /** The tracks lie beside the area, not in it. */
  readonly onScroll: (pixels: number) => void;
  readonly onPoint: (t: number, y: number) => void;
}

/**
 * Hands on the timeline: W and S zoom, A and D pan, for as long as they are held; the wheel with Ctrl (which is what a
 * pinch on a touchpad is) and two fingers zoom; a wheel to the side pans; a drag marks a range, a click points.
 */
export function useHands(
  box: RefObject<HTMLElement | null>,
  options: Options,
): { readonly hands: Hands; readonly drawn: Stretch | undefined } {
  const now = useRef(options);
  useEffect(() => {
    now.current = options;
  });
  useWheel(box, now);
  useHeldKeys(now);
  return useDrag(now);
}

type Now = RefObject<Options>;

const instantAt = ({ view, width }: Options, x: number): number =>
  view.from + (x / Math.max(1, width)) * lengthOf(view);

function useWheel(box: RefObject<HTMLElement | null>, now: Now): void {
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    // React listens passively, and the browser would zoom the page.
    const onWheel = (event: WheelEvent): void => {
      const { view, limits, width, onView, onScroll } = now.current;
      const sideways = event.shiftKey ? event.deltaY : event.deltaX;
      if (event.ctrlKey || event.metaKey) {
        const x = event.clientX - element.getBoundingClientRect().left;
        const factor = Math.exp(event.deltaY * WHEEL_ZOOM);
        onView(zoomed(view, factor, instantAt(now.current, x), limits));
      } else if (sideways !== 0) onView(panned(view, sideways / Math.max(1, width), limits));
      else onScroll(event.deltaY);
      event.preventDefault();
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  }, [box, now]);
}

function useHeldKeys(now: Now): void {
  useEffect(() => {
    const held = new Set<string>();
    let last = 0;
    let frame = 0;
    const step = (time: number): void => {
      const seconds = Math.min(0.1, (time - last) / 1_000);
      last = time;
      const { view, limits, onView } = now.current;
      const pan = (held.has("d") ? 1 : 0) - (held.has("a") ? 1 : 0);
      const zoom = (held.has("s") ? 1 : 0) - (held.has("w") ? 1 : 0);
      const middle = view.from + lengthOf(view) / 2;
      const next = panned(view, pan * PAN_PER_S * seconds, limits);
      onView(zoom === 0 ? next : zoomed(next, ZOOM_PER_S ** (zoom * seconds), middle, limits));
      frame = held.size > 0 ? requestAnimationFrame(step) : 0;
    };
    const onDown = (event: KeyboardEvent): void => {
      if (!KEYS.has(event.key) || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target))
        return;
      event.preventDefault();
      held.add(event.key);
      if (frame !== 0) return;
      last = performance.now();
      frame = requestAnimationFrame(step);
    };
    const onUp = (event: KeyboardEvent): void => {
      held.delete(event.key);
    };
    const onBlur = (): void => held.clear();
    window.addEventListener("keydown", onDown);
    window.addEventListener("keyup", onUp);
    window.addEventListener("blur", onBlur);
    return () => {
      cancelAnimationFrame(frame);
      window.removeEventListener("keydown", onDown);
      window.removeEventListener("keyup", onUp);
      window.removeEventListener("blur", onBlur);
    };
  }, [now]);
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof Element &&
  (target.closest("input:not([type=radio]), textarea, select, dialog") !== null ||
    document.querySelector("dialog[open]") !== null);

function useDrag(now: Now): { readonly hands: Hands; readonly drawn: Stretch | undefined } {
  const fingers = useRef(new Map<number, number>());
  const start = useRef<number>(undefined);
  const [drawn, setDrawn] = useState<Stretch | undefined>();
  const xIn = (event: PointerEvent<HTMLElement>): number =>
    event.clientX - event.currentTarget.getBoundingClientRect().left;
  const rangeTo = (x: number): Stretch | undefined => {
    const from = start.current;
    if (from === undefined || Math.abs(x - from) < DRAG_PX) return undefined;
    const at = (place: number): number => Math.round(instantAt(now.current, place));
    return { from: at(Math.min(x, from)), to: at(Math.max(x, from)) };
  };
  const pinch = (event: PointerEvent<HTMLElement>, x: number): boolean => {
    const before = [...fingers.current.values()];
    fingers.current.set(event.pointerId, x);
    const after = [...fingers.current.values()];
    if (before.length < 2 || after.length < 2) return false;
    const apart = ([a, b]: readonly number[]): number => Math.max(8, Math.abs(a! - b!));
    const middle = (after[0]! + after[1]!) / 2;
    const { view, limits, onView } = now.current;
    onView(zoomed(view, apart(before) / apart(after), instantAt(now.current, middle), limits));
    return true;
  };
  const hands: Hands = {
    onPointerDown: (event) => {
      if (event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      fingers.current.set(event.pointerId, xIn(event));
      start.current = fingers.current.size === 1 ? xIn(event) : undefined;
      setDrawn(undefined);
    },
    onPointerMove: (event) => {
      if (!fingers.current.has(event.pointerId)) return;
      if (!pinch(event, xIn(event))) setDrawn(rangeTo(xIn(event)));
    },
    onPointerUp: (event) => {
      const range = rangeTo(xIn(event));
      const pointed = start.current !== undefined && !range;
      fingers.current.delete(event.pointerId);
      start.current = undefined;
      setDrawn(undefined);
      if (range) now.current.onRange(range);
      else if (pointed)
        now.current.onPoint(
          Math.round(instantAt(now.current, xIn(event))),
          event.clientY - event.currentTarget.getBoundingClientRect().top,
        );
    },
  };
  return { hands, drawn };
}
