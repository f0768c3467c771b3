import { TABLE_KINDS } from "../analysis/index.ts";
import type { EventFilter, StoredEvent, TraceStore } from "../store/index.ts";

const PAGE = 20_000;
const CHANGES = TABLE_KINDS.filter((kind) => kind !== "sample");

/**
 * What a process table is folded from in a stretch of the record, oldest first. Of the samples of a process, which are most
 * of it, only the newest says anything about its end.
 */
export async function tableEvents(
  store: TraceStore,
  bounds: Pick<EventFilter, "afterId" | "beforeId" | "to">,
): Promise<readonly StoredEvent[]> {
  const [changes, samples] = await Promise.all([
    allEvents(store, { ...bounds, kinds: CHANGES }),
    store.newestEach({ ...bounds, kinds: ["sample"] }, "pid", 1),
  ]);
  return [...changes, ...samples].sort((a, b) => a.id - b.id);
}

/** In pages, however many they are. */
export async function allEvents(store: TraceStore, filter: EventFilter): Promise<readonly StoredEvent[]> {
  const pages: (readonly StoredEvent[])[] = [];
  for (let afterId = filter.afterId ?? 0; ; afterId = pages.at(-1)!.at(-1)!.id) {
    const page = await store.events({ ...filter, afterId, order: "oldest_first", limit: PAGE });
    pages.push(page);
    if (page.length < PAGE) return pages.flat();
  }
}
