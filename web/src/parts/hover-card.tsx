import { type FocusEvent, type MouseEvent, type ReactElement, useEffect, useRef, useState } from "react";
import { createPortal } from "react-dom";

const OPEN_MS = 350;
const WIDTH = 320;
const ROOM = 240;

interface Handlers {
  readonly onMouseEnter: (event: MouseEvent<HTMLElement>) => void;
  readonly onMouseLeave: () => void;
  readonly onFocus: (event: FocusEvent<HTMLElement>) => void;
  readonly onBlur: () => void;
}

/** A card that comes after a moment of hover, or at once on keyboard focus. It holds no control: everything in it is on the page too. */
export function useHoverCard(render: () => ReactElement): {
  readonly handlers: Handlers;
  readonly card: ReactElement | null;
} {
  const [at, setAt] = useState<DOMRect | undefined>();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const close = (): void => {
    clearTimeout(timer.current);
    setAt(undefined);
  };
  useEffect(() => () => clearTimeout(timer.current), []);
  useEffect(() => {
    if (!at) return;
    window.addEventListener("scroll", close, true);
    window.addEventListener("keydown", close, true);
    return () => {
      window.removeEventListener("scroll", close, true);
      window.removeEventListener("keydown", close, true);
    };
  });
  const handlers: Handlers = {
    onMouseEnter: ({ currentTarget }) => {
      timer.current = setTimeout(() => setAt(currentTarget.getBoundingClientRect()), OPEN_MS);
    },
    onMouseLeave: close,
    onFocus: ({ currentTarget }) => {
      if (currentTarget.matches(":focus-visible")) setAt(currentTarget.getBoundingClientRect());
    },
    onBlur: close,
  };
  return { handlers, card: at ? createPortal(<Card at={at}>{render()}</Card>, document.body) : null };
}

function Card({ at, children }: { readonly at: DOMRect; readonly children: ReactElement }): ReactElement {
  const below = at.bottom + ROOM < window.innerHeight;
  const left = Math.max(8, Math.min(at.left, window.innerWidth - WIDTH - 8));
  const place = below ? { top: at.bottom + 6 } : { bottom: window.innerHeight - at.top + 6 };
  return (
    <div className="hover-card" role="tooltip" style={{ left, width: WIDTH, ...place }}>
      {children}
    </div>
  );
}
