import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { Input, MethodName } from "elixirscope/protocol";
import { useState } from "react";
import { type AskError, ask } from "../../server/ask.ts";

/** A question that is asked when its place is gone to, and again only when somebody wants that. */
export interface Console {
  readonly answer: unknown;
  readonly error: AskError | undefined;
  readonly tookMs: number | undefined;
  readonly running: boolean;
  readonly stopped: boolean;
  readonly again: () => void;
  /** The server is told, and stops what it does for it. */
  readonly stop: () => void;
}

/** `input` undefined: nothing to ask yet. */
export function useConsole<M extends MethodName>(method: M, input: Input<M> | undefined): Console {
  const [round, setRound] = useState(0);
  const client = useQueryClient();
  const queryKey = ["console", method, input, round];
  const query = useQuery<{ readonly answer: unknown; readonly tookMs: number }, AskError>({
    queryKey,
    queryFn: async ({ signal }) => {
      const from = performance.now();
      const answer = await ask(method, input!, signal);
      return { answer, tookMs: performance.now() - from };
    },
    enabled: input !== undefined,
    staleTime: Infinity,
    gcTime: 60_000,
    structuralSharing: false,
  });
  const running = query.fetchStatus === "fetching";
  return {
    answer: query.data?.answer,
    error: query.error ?? undefined,
    tookMs: query.data?.tookMs,
    running,
    stopped: input !== undefined && !running && query.isPending,
    again: () => setRound(round + 1),
    stop: () => void client.cancelQueries({ queryKey }),
  };
}
