import { decodeTerm, type Term } from "@elixirscope/etf";
import type { TermMatcher } from "../analysis/index.ts";
import { type EventQuery, Pace, type StoredEvent, type TraceStore } from "../store/index.ts";

/** Events of one read, and how many are looked at before an answer is given with what was found so far. */
const PAGE = 4_096;
const MOST = 262_144;

export interface FoundByTerm {
  readonly events: readonly StoredEvent[];
  /** Are there more in the direction asked, or might there be? */
  readonly more: boolean;
  /** The search stopped behind this event, without having found as many as were wanted. */
  readonly searched?: number;
}

/** Events that a test holds for. The store cannot look into terms, so they are read page by page. */
export async function searchEvents(
  store: TraceStore,
  query: EventQuery,
  holds: (event: StoredEvent) => boolean,
  most: number = MOST,
): Promise<FoundByTerm> {
  const found: StoredEvent[] = [];
  const newestFirst = query.order === "newest_first";
  let last: number | undefined;
  const pace = new Pace();
  for (let looked = 0; looked < most; looked += PAGE) {
    const from = last === undefined ? {} : newestFirst ? { beforeId: last } : { afterId: last };
    const page = await store.events({ ...query, ...from, limit: PAGE });
    for (const event of page) {
      if (pace.isOver) await pace.rest();
      if (!holds(event)) continue;
      if (found.length === query.limit) return { events: found, more: true };
      found.push({ ...event, payload: event.payload.slice() });
    }
    last = page.at(-1)?.id;
    if (page.length < PAGE || last === undefined) return { events: found, more: false };
  }
  return { events: found, more: true, ...(last === undefined ? {} : { searched: last }) };
}

/** Does the pattern occur in an event's term? It is decoded where all words of the pattern stand in its bytes. */
export function occursIn(matcher: TermMatcher): (event: StoredEvent) => boolean {
  const needles = matcher.needles.map((needle) => Buffer.from(needle));
  return ({ payload }) => occurs(payload, matcher, needles);
}

function occurs(payload: Uint8Array, matcher: TermMatcher, needles: readonly Buffer[]): boolean {
  if (payload.length === 0) return false;
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
  if (!needles.every((needle) => bytes.includes(needle))) return false;
  const term = decoded(payload);
  return term !== undefined && matcher.occursIn(term);
}

/** A term that cannot be read matches nothing; whoever opens the event is told. */
function decoded(payload: Uint8Array): Term | undefined {
  try {
    return decodeTerm(payload, 0).term;
  } catch {
    return undefined;
  }
}
