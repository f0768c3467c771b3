import type { EventRow, EventsInput } from "../protocol/index.ts";
import type { Client } from "./client.ts";

/** Which events; the rest of the question (where to start, how many) is the source's. */
export type EventFilter = Omit<EventsInput, "order" | "limit">;

/** As many as one question may ask for. */
const PAGE = 10_000;

/** All events that match and come after `afterId`, oldest first. */
export async function* eventsAfter(
  client: Client,
  filter: EventFilter,
  afterId: number,
): AsyncGenerator<EventRow> {
  let last = Math.max(afterId, filter.afterId ?? 0);
  for (;;) {
    const page = await client.call("events", {
      ...filter,
      afterId: last,
      order: "oldest_first",
      limit: PAGE,
    });
    yield* page.rows;
    const newest = page.searched ?? page.rows.at(-1)?.id;
    if (!page.more || newest === undefined) return;
    last = newest;
  }
}

export interface Newest {
  /** Oldest first. */
  readonly rows: readonly EventRow[];
  /** Are there older ones? */
  readonly more: boolean;
}

/** The newest `count` events that match. */
export async function newestEvents(client: Client, filter: EventFilter, count: number): Promise<Newest> {
  const rows: EventRow[] = [];
  let more = true;
  let oldest = filter.beforeId;
  while (more && rows.length < count) {
    const page = await client.call("events", {
      ...filter,
      order: "newest_first",
      limit: Math.min(PAGE, count - rows.length),
      ...(oldest === undefined ? {} : { beforeId: oldest }),
    });
    rows.push(...page.rows);
    oldest = page.searched ?? page.rows.at(-1)?.id;
    more = page.more && oldest !== undefined;
  }
  return { rows: rows.toReversed(), more };
}
