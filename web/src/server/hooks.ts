import { keepPreviousData, type UseQueryResult, useQuery } from "@tanstack/react-query";
import type { Input, MethodName, Output, Status } from "elixirscope/protocol";
import { useEffect, useRef, useSyncExternalStore } from "react";
import { ofNode } from "../domain/of-node.ts";
import { useNode } from "../place/use-node.ts";
import type { AskError } from "./ask.ts";
import { ask } from "./ask.ts";
import { type LiveState, liveState, onLiveChange } from "./live.ts";

/** One part of the live state; the component renders again only when that part changes. */
export function useLive<T>(select: (state: LiveState) => T): T {
  return useSyncExternalStore(onLiveChange, () => select(liveState()));
}

export const useStatus = (): Status | undefined => useLive((state) => state.status);

/** Do events come in, now? Not in a recording, not while a connection is lost. */
export const useRunning = (): boolean =>
  useLive(
    ({ link, status }) =>
      link === "open" && (status?.nodes.some((node) => node.state === "connected") ?? false),
  );

/** The newest event's id, and the tree's version: what tells that an answer is out of date. */
export const useLastEventId = (): number => useLive((state) => state.status?.lastEventId ?? 0);
export const useTreeVersion = (): number => useLive((state) => state.status?.treeVersion ?? 0);

export interface Watch {
  /** Asks again when this changes. */
  readonly version?: number;
  /** Not more often than this, in milliseconds; slow answers are asked for less often by themselves. */
  readonly everyMs?: number;
  readonly enabled?: boolean;
}

/** A question of the protocol, of the node that is looked at, whose answer is kept current. The old answer stays on screen until the new one is here. */
export function useAnswer<M extends MethodName>(
  method: M,
  input: Input<M>,
  watch: Watch = {},
): UseQueryResult<Output<M>, AskError> {
  const asked = ofNode(method, input, useNode());
  const query = useQuery<Output<M>, AskError>({
    queryKey: [method, asked],
    queryFn: ({ signal }) => ask(method, asked, signal),
    placeholderData: keepPreviousData,
    // Comparing an old with a new tree of ten thousand processes costs more than drawing what is on screen.
    structuralSharing: method !== "tree" && method !== "processes",
    enabled: watch.enabled ?? true,
  });
  useKeepCurrent(query, watch);
  return query;
}

// Polling a slow answer as often as a fast one would keep the server busy with nothing else.
const REST_FACTOR = 3;

/** Asks a query again when `version` moved: one request at a time, and never more often than asked for. */
export function useKeepCurrent(query: UseQueryResult<unknown, unknown>, watch: Watch): void {
  const { version = 0, everyMs = 1_000, enabled = true } = watch;
  const { isFetching, refetch } = query;
  const asked = useRef({ version, at: -Infinity, tookMs: 0 });
  useEffect(() => {
    const last = asked.current;
    if (isFetching) return;
    if (last.at > -Infinity && last.tookMs === 0) last.tookMs = performance.now() - last.at;
    if (!enabled || version === last.version) return;
    const restMs = Math.max(everyMs, last.tookMs * REST_FACTOR);
    const timer = setTimeout(
      () => {
        asked.current = { version, at: performance.now(), tookMs: 0 };
        void refetch();
      },
      Math.max(0, last.at + restMs - performance.now()),
    );
    return () => clearTimeout(timer);
  }, [version, everyMs, enabled, isFetching, refetch]);
}
