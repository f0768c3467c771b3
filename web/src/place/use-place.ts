import { useCallback, useMemo } from "react";
import { useLocation, useSearch } from "wouter";
import { navigate } from "wouter/use-browser-location";
import { formatPlace, type Place, parsePlace, type Selection } from "./place.ts";

type Change = Partial<Place> | ((place: Place) => Partial<Place>);
export interface GoOptions {
  /** Leaves no step in the history: for what changes continuously, such as a dragged cursor. */
  readonly replace?: boolean;
}
export type Go = (change: Change, options?: GoOptions) => void;

/** The place on screen, from the URL. */
export function usePlace(): Place {
  const [path] = useLocation();
  const query = useSearch();
  return useMemo(() => parsePlace(path, query), [path, query]);
}

/** The place as the URL has it at this moment, for handlers that outlive a render. */
export const placeNow = (): Place => parsePlace(location.pathname, location.search);

/** Changes the place; what is not mentioned stays. */
export const go: Go = (change, options = {}) => {
  const place = placeNow();
  const next = formatPlace({ ...place, ...(typeof change === "function" ? change(place) : change) });
  if (next === formatPlace(place) && location.pathname + location.search === next) return;
  navigate(next, { replace: options.replace ?? false });
};

/** The address of a place that differs from this one by `change`. */
export function useHref(): (change: Partial<Place>) => string {
  const place = usePlace();
  return useCallback((change) => formatPlace({ ...place, ...change }), [place]);
}

/** Selects one thing, or nothing; everything on screen turns to it. */
export const select = (selection: Selection | undefined, options?: GoOptions): void =>
  go({ selection }, options);
