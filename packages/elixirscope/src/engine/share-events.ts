import type { EventFilter, StoredEvent, TraceStore } from "../store/index.ts";

/** What is read at a time: payloads may be large. */
const PAGE = 2_000;

/** Events that match, oldest first. Their payloads are views that hold until the next page. */
export async function* paged(store: TraceStore, filter: EventFilter): AsyncGenerator<StoredEvent> {
  let afterId = filter.afterId ?? 0;
  for (;;) {
    const page = await store.events({ ...filter, afterId, order: "oldest_first", limit: PAGE });
    yield* page;
    if (page.length < PAGE) return;
    afterId = page.at(-1)!.id;
  }
}

/** Several of these as one, by id; what is in more than one of them comes once. */
export async function* merged(parts: readonly AsyncGenerator<StoredEvent>[]): AsyncGenerator<StoredEvent> {
  const heads = await Promise.all(parts.map(async (part) => ({ part, next: await part.next() })));
  for (;;) {
    const ids = heads.flatMap(({ next }) => (next.done ? [] : [next.value.id]));
    if (ids.length === 0) return;
    const least = Math.min(...ids);
    let given = false;
    for (const head of heads) {
      if (head.next.done || head.next.value.id !== least) continue;
      if (!given) yield head.next.value;
      given = true;
      head.next = await head.part.next();
    }
  }
}
