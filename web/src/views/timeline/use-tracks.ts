import { useQueries } from "@tanstack/react-query";
import type { Timeline } from "elixirscope/protocol";
import { useState } from "react";
import type { TimelineRow } from "../../domain/timeline-rows.ts";
import { askedStretch, type Stretch } from "../../domain/timeline-window.ts";
import { ask } from "../../server/ask.ts";
import type { KnownTrack } from "./paint-timeline.ts";

const CHUNK = 40;
/** Over a stretch of two to four times what is in sight. */
const BUCKETS = 1_000;
/** Tracks that are remembered, to be drawn while finer ones are on their way; each has two thousand numbers. */
const MOST = 400;
/** So long an answer stays that is not in sight any more; one of a moment that is over is of no use to anybody. */
const KEPT_MS = 10_000;

interface Known {
  readonly tracks: ReadonlyMap<string, KnownTrack>;
  /** The answers that they are from. */
  readonly of: readonly (Timeline | undefined)[];
}

/**
 * What the processes in sight did, at the resolution of the screen. The answer before stays, coarser or finer, until the
 * new one is here: nothing goes blank while one moves.
 */
export function useTracks(
  rows: readonly TimelineRow[],
  first: number,
  last: number,
  view: Stretch,
  version: number,
): ReadonlyMap<string, KnownTrack> {
  const asked = askedStretch(view);
  const of = useQueries({
    queries: chunksOf(rows, first, last).map((processes) => ({
      queryKey: ["timeline", asked.from, asked.to, version, processes.join(" ")],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        ask("timeline", { ...asked, buckets: BUCKETS, processes, limit: CHUNK }, signal),
      structuralSharing: false,
      gcTime: version === 0 ? KEPT_MS : 0,
    })),
    combine: (answers) => answers.map(({ data }) => data),
  });
  const [known, setKnown] = useState<Known>({ tracks: new Map(), of: [] });
  if (of.some((data, index) => data !== known.of[index]) || of.length !== known.of.length)
    setKnown({ tracks: merged(known.tracks, of), of });
  return known.tracks;
}

/** Handles of the processes in sight, in pieces whose edges stay where they are while one scrolls. */
function chunksOf(rows: readonly TimelineRow[], first: number, last: number): readonly (readonly string[])[] {
  const chunks: (readonly string[])[] = [];
  for (let at = Math.floor(first / CHUNK) * CHUNK; at < last; at += CHUNK) {
    const handles = rows.slice(at, at + CHUNK).flatMap(({ process }) => process ?? []);
    if (handles.length > 0) chunks.push(handles);
  }
  return chunks;
}

function merged(
  before: ReadonlyMap<string, KnownTrack>,
  answers: readonly (Timeline | undefined)[],
): ReadonlyMap<string, KnownTrack> {
  const tracks = new Map(before.size > MOST ? [] : before);
  for (const answer of answers) {
    if (!answer) continue;
    const { from, bucketNs } = answer;
    for (const track of answer.tracks) tracks.set(track.process.handle, { from, bucketNs, track });
  }
  return tracks;
}
