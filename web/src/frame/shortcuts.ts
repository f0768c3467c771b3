import { useCallback, useEffect, useRef, useState } from "react";
import type { View } from "../place/place.ts";
import { go, placeNow } from "../place/use-place.ts";
import { copyTerm } from "./copy-term.ts";
import { moveInLists } from "./list-focus.ts";
import { canStop, stopTracing } from "./panic.ts";
import { stepEvent } from "./step-event.ts";
import { toggleLive } from "./toggle-live.ts";

export type Overlay = "palette" | "help" | "bookmark";

const GO_MS = 1_200;
const GOALS: Readonly<Record<string, View>> = {
  n: "overview",
  p: "processes",
  f: "flows",
  w: "web",
  e: "events",
  i: "inventory",
  t: "timeline",
  q: "query",
  h: "performance",
  c: "code",
  a: "ask",
  b: "bookmarks",
};

/** Keys that work everywhere; lists and trees have keys of their own where they have the focus. */
export function useShortcuts(): {
  readonly shown: Overlay | undefined;
  readonly show: (overlay: Overlay) => void;
  readonly hide: () => void;
} {
  const [shown, setShown] = useState<Overlay | undefined>();
  const hide = useCallback(() => setShown(undefined), []);
  const goUntil = useRef(0);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        setShown((overlay) => (overlay === "palette" ? undefined : "palette"));
        return;
      }
      if ((event.ctrlKey || event.metaKey) && event.key === "." && canStop()) {
        event.preventDefault();
        void stopTracing();
        return;
      }
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || isBusy(event.target)) return;
      const goal = performance.now() < goUntil.current ? GOALS[event.key] : undefined;
      goUntil.current = event.key === "g" ? performance.now() + GO_MS : 0;
      if (goal) go({ view: goal, process: undefined, item: undefined });
      else if (event.key === "?") setShown("help");
      else if (event.key === "b") setShown("bookmark");
      else if (!onKeyEverywhere(event)) return;
      event.preventDefault();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
  return { shown, show: setShown, hide };
}

/** True when the key did something. */
function onKeyEverywhere(event: KeyboardEvent): boolean {
  switch (event.key) {
    case "/":
      return focusSearch();
    case " ":
      if (isPressable(event.target)) return false;
      toggleLive();
      return true;
    case "Escape":
      return back();
    case "y":
      void copyTerm();
      return true;
    case "ArrowLeft":
    case "ArrowRight":
      if (isControl(event.target)) return false;
      void stepEvent(
        event.key === "ArrowLeft" ? "older" : "newer",
        event.altKey ? "flow" : event.shiftKey ? "process" : "event",
      );
      return true;
    default:
      return !event.altKey && moveInLists(event);
  }
}

// Escape goes back one step: first the selection, then the page of a process, then the instant.
function back(): boolean {
  const place = placeNow();
  if (place.selection) go({ selection: undefined });
  else if (place.view === "process") go({ view: "processes", process: undefined });
  else if (place.view === "ask" && (place.details.question ?? place.details.about)) go({ details: {} });
  else if (place.view === "flow") go({ view: "flows", item: undefined });
  else if (place.view === "web" && place.item !== undefined) go({ item: undefined });
  else if (place.view === "code" && place.line !== undefined) go({ line: undefined });
  else if (place.view === "code" && place.item !== undefined) go({ item: undefined });
  else if (place.cursor !== "live") go({ cursor: "live" });
  else return false;
  return true;
}

function focusSearch(): boolean {
  const field = document.querySelector<HTMLInputElement>("[data-search]");
  field?.focus();
  field?.select();
  return field !== null;
}

const isBusy = (target: EventTarget | null): boolean =>
  target instanceof Element &&
  (target.closest("input:not([type=radio]), textarea, select, [contenteditable], dialog") !== null ||
    document.querySelector("dialog[open]") !== null);

/** Does the space bar press it? */
const isPressable = (target: EventTarget | null): boolean =>
  target instanceof Element && target.closest("button, a, input, summary") !== null;

const isControl = (target: EventTarget | null): boolean =>
  target instanceof Element &&
  target.closest("button, a, input, [role=slider], [role=treeitem], summary") !== null;
