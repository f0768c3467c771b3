import type { DiffAnswer, DiffInput, PlaceOfState, StateRow } from "../protocol/index.ts";
import type { StoredEvent } from "../store/index.ts";
import { diffOf } from "./state-row.ts";
import type { TimeTravelSources } from "./time-travel-query.ts";

/**
 * What differs between two states: of a process at two instants, or of two processes.
 * @throws ElixirScopeError `QUERY_NO_SUCH_PROCESS`
 */
export async function diffStates(sources: TimeTravelSources, { a, b }: DiffInput): Promise<DiffAnswer> {
  const [left, right] = await Promise.all([stateAt(sources, a), stateAt(sources, b)]);
  const row = async (event: StoredEvent | undefined): Promise<StateRow | null> =>
    event ? sources.state(event.id) : null;
  const missing = [...(left ? [] : [a.process]), ...(right ? [] : [b.process])];
  const inspect = (
    term: Parameters<typeof sources.lookup.inspect>[0],
    length: number,
  ): { readonly text: string } => sources.lookup.inspect(term, length);
  const [rowA, rowB] = await Promise.all([row(left), row(right)]);
  return {
    a: rowA,
    b: rowB,
    diff: left && right ? diffOf({ inspect }, left.payload, right.payload) : null,
    why: missing.length === 0 ? "" : `No state of ${missing.join(", ")} is recorded at or before this place.`,
  };
}

/** The last one at or before a place; without a place the last one of all. */
async function stateAt(
  { store, names, clock }: TimeTravelSources,
  { process, t, cursor }: PlaceOfState,
): Promise<StoredEvent | undefined> {
  const at = t === undefined ? undefined : clock.ts(t);
  const [event] = await store.events({
    kinds: ["state"],
    pids: names.resolveAll(process),
    ...(cursor === undefined ? {} : { beforeId: cursor + 1 }),
    ...(at === undefined ? {} : { to: at, beforeId: (await store.idAt(at)) + 1 }),
    order: "newest_first",
    limit: 1,
  });
  return event;
}
