import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { EventRow, Rates, Status } from "elixirscope/protocol";
import { useState } from "react";
import { isCrash } from "../domain/exits.ts";
import { type Span, type TimeWindow, windowOf } from "../domain/time-window.ts";
import type { Place } from "../place/place.ts";
import { ask } from "../server/ask.ts";
import { useAnswer, useKeepCurrent, useLastEventId } from "../server/hooks.ts";

const RATES_MS = 500;
const CRASHES_MS = 2_000;

interface Wanted extends TimeWindow {
  readonly span: Span;
}

/**
 * What the time bar spans. Live it ends now; with the cursor at an instant it stays as it is, so that it can be
 * aimed at, unless the instant is outside.
 */
export function useTimeWindow(
  span: Span,
  buckets: number,
  status: Status | undefined,
  cursor: Place["cursor"],
): TimeWindow {
  const [kept, setKept] = useState<Wanted>();
  const next = nextWindow(kept, span, buckets, status, cursor);
  if (next !== kept) setKept(next);
  return next;
}

function nextWindow(
  kept: Wanted | undefined,
  span: Span,
  buckets: number,
  status: Status | undefined,
  cursor: Place["cursor"],
): Wanted {
  const now = status?.t ?? 0;
  const begin = now - (status?.seconds ?? 0) * 1e9;
  const same = kept !== undefined && kept.span === span && kept.buckets === buckets;
  if (cursor !== "live" && same && kept.from <= cursor && cursor <= kept.to) return kept;
  const reach = span === "all" ? 0 : span * 1e9;
  const end = cursor === "live" || span === "all" || cursor > now - reach * 0.9 ? now : cursor + reach / 2;
  const next = windowOf(span, begin, end, buckets);
  return same && kept.from === next.from && kept.to === next.to ? kept : { ...next, span };
}

/** Event density over a window. What is drawn is the answer's own window, so that bars and axis agree. */
export function useRates(window: TimeWindow, enabled: boolean): Rates | undefined {
  const { from, to, buckets } = window;
  const version = useLastEventId() + from;
  const query = useQuery({
    // The window moves with time; the answer that is kept current is one and the same.
    queryKey: ["rates", buckets, to - from],
    queryFn: ({ signal }) => ask("rates", { from, to, buckets }, signal),
    placeholderData: keepPreviousData,
    enabled: enabled && buckets > 1,
  });
  useKeepCurrent(query, { version, everyMs: RATES_MS, enabled });
  return query.data;
}

/** Processes that ended in a way nobody asked for, newest first, as far as the last 500 ends tell. */
export function useCrashes(): readonly EventRow[] {
  const version = useLastEventId();
  const { data } = useAnswer(
    "events",
    { kinds: ["exit"], order: "newest_first", limit: 500 },
    { version, everyMs: CRASHES_MS, enabled: version > 0 },
  );
  return data?.rows.filter(isCrash) ?? [];
}
