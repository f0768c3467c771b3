import type { EventFilter, StoredEvent, TraceStore } from "../store/index.ts";

/** Events of the first read, and how many times more each further one takes. */
const FIRST = 48;
const GROWTH = 6;

/**
 * What came before an event, oldest first, as far back as is needed: a few events are read, and more of them only while
 * `enough` says no. A process's events lie far apart in a busy recording, and each of them costs a look at another place.
 *
 * @param most so many are read at most
 */
export async function lookBack(
  store: TraceStore,
  filter: EventFilter & { readonly beforeId: number },
  most: number,
  enough: (events: readonly StoredEvent[]) => boolean,
): Promise<readonly StoredEvent[]> {
  for (let limit = FIRST; ; limit = Math.min(limit * GROWTH, most)) {
    const events = (await store.events({ ...filter, order: "newest_first", limit })).toReversed();
    if (events.length < limit || limit >= most || enough(events)) return events;
  }
}
