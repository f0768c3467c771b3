import type { LastEventsAnswer, LastEventsInput } from "../protocol/index.ts";
import { exitOf } from "./crash-query.ts";
import type { WorkSources } from "./work-reader.ts";

/** Samples and descriptions tell how a process was, not what it did. */
const NOT_DONE = new Set(["sample", "process", "supervisor", "application", "session", "gap"]);
/** So many of these may lie between what it did. */
const BETWEEN = 1_000;
const LIMIT = 30;

/**
 * Everything that a process did last before it ended, its end being the last of it.
 * @throws ElixirScopeError `QUERY_NO_SUCH_PROCESS`, `QUERY_NOT_ENDED`
 */
export async function lastEvents(input: LastEventsInput, sources: WorkSources): Promise<LastEventsAnswer> {
  const { store, names, rows } = sources;
  const limit = input.limit ?? LIMIT;
  const exit = await exitOf(input.process, sources);
  const found = await store.events({
    processes: [exit.pid],
    beforeId: exit.id,
    order: "newest_first",
    limit: limit + BETWEEN,
  });
  const done = found.filter(({ kind }) => !NOT_DONE.has(kind));
  return {
    process: names.ref(exit.pid),
    rows: [exit, ...done.slice(0, limit - 1)].toReversed().map((event) => rows.row(event)),
    more: done.length >= limit || found.length === limit + BETWEEN,
  };
}
