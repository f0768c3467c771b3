import type { KeyboardEvent } from "react";

const PAGE = 20;

/** Where a key moves to in a list of `length` rows from row `at` (-1: none), or undefined for other keys. */
export function movedTo(key: string, at: number, length: number): number | undefined {
  if (length === 0) return undefined;
  const to = target(key, at, length);
  return to === undefined ? undefined : Math.min(length - 1, Math.max(0, to));
}

function target(key: string, at: number, length: number): number | undefined {
  switch (key) {
    case "ArrowDown":
    case "j":
      return at + 1;
    case "ArrowUp":
    case "k":
      return at < 0 ? length - 1 : at - 1;
    case "PageDown":
      return at + PAGE;
    case "PageUp":
      return at - PAGE;
    case "Home":
      return 0;
    case "End":
      return length - 1;
    default:
      return undefined;
  }
}

export const hasModifier = (event: KeyboardEvent): boolean => event.ctrlKey || event.metaKey || event.altKey;
