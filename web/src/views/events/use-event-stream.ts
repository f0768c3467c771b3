import type { NodeFilter } from "elixirscope/protocol";
import { useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import { WITHOUT_SAMPLES } from "../../domain/kinds.ts";
import { ofNode } from "../../domain/of-node.ts";
import type { Filters, Place } from "../../place/place.ts";
import { useNode } from "../../place/use-node.ts";
import { ask } from "../../server/ask.ts";
import { useLastEventId } from "../../server/hooks.ts";
import { StreamSource, type StreamState } from "./stream-source.ts";

const FOLLOW_MS = 250;

/** The events that match, following now or standing at the cursor. */
export function useEventStream(
  filters: Filters,
  cursor: Place["cursor"],
): { readonly state: StreamState; readonly source: StreamSource } {
  const key = JSON.stringify(ofNode("events", filters, useNode()));
  const source = useMemo(() => {
    const { kinds = WITHOUT_SAMPLES, ...rest } = JSON.parse(key) as Filters & NodeFilter;
    // A gap says that what you filter for may be missing: it shows whatever the kinds.
    return new StreamSource({ ...rest, kinds: [...new Set([...kinds, "gap" as const])] }, (input, signal) =>
      ask("events", input, signal),
    );
  }, [key]);
  const state = useSyncExternalStore(source.subscribe, source.state);
  const lastEventId = useLastEventId();
  const followedAt = useRef(0);
  useEffect(() => {
    if (cursor === "live") return;
    void source.goTo(cursor);
    source.stopFollowing();
  }, [source, cursor]);
  useEffect(() => {
    if (cursor !== "live") return;
    const wait = Math.max(0, followedAt.current + FOLLOW_MS - performance.now());
    const timer = setTimeout(() => {
      followedAt.current = performance.now();
      void source.follow(lastEventId);
    }, wait);
    return () => clearTimeout(timer);
  }, [source, cursor, lastEventId]);
  return { state, source };
}
