import { useEffect, useState } from "react";
import type { Stretch } from "../../domain/timeline-window.ts";
import { go, usePlace } from "../../place/use-place.ts";

const SETTLED_MS = 400;

const keyOf = (one: Stretch | undefined): string => (one ? `${one.from} ${one.to}` : "");

/** Where somebody moved to; the URL has it once they rest, so that sixty steps a second leave none in it. */
export function useSight(): readonly [Stretch | undefined, (view: Stretch) => void] {
  const { sight } = usePlace().details;
  const asked = keyOf(sight);
  const [state, setState] = useState({ asked, moved: sight });
  if (state.asked !== asked) setState({ asked, moved: sight });
  const { moved } = state;
  useEffect(() => {
    if (keyOf(moved) === asked) return;
    const timer = setTimeout(() => {
      setState({ asked: keyOf(moved), moved });
      go(({ details }) => ({ details: { ...details, sight: moved } }), { replace: true });
    }, SETTLED_MS);
    return () => clearTimeout(timer);
  }, [moved, asked]);
  return [moved, (next) => setState({ asked, moved: next })];
}
