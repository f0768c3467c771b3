import { type RefObject, useEffect } from "react";

/** Gives a view's list the keyboard when nobody else has it, so that `g p` then `j` just works. */
export function useFirstFocus(element: RefObject<HTMLElement | null>, ready: boolean): void {
  useEffect(() => {
    if (ready && document.activeElement === document.body) element.current?.focus({ preventScroll: true });
  }, [element, ready]);
}
