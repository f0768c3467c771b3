import { compileTermPattern } from "../analysis/index.ts";
import type { EventList, EventsInput } from "../protocol/index.ts";
import { Pace, type StoredEvent } from "../store/index.ts";
import { type FilterSources, inFlow, storeFilter } from "./event-filter.ts";
import type { EventRows } from "./event-rows.ts";
import { type FoundByTerm, occursIn, searchEvents } from "./term-search.ts";

export interface EventsSources extends FilterSources {
  readonly rows: EventRows;
}

/** Longest text of a term that is searched, in characters, and how many events are printed for it in one answer. */
const TEXT_LENGTH = 200_000;
const PRINTED = 65_536;

type Test = (event: StoredEvent) => boolean;

/**
 * A page of events that pass all conditions.
 * @throws ElixirScopeError `QUERY_NO_SUCH_PROCESS`, `QUERY_NO_SUCH_FLOW`, `BAD_MFA_PATTERN`, `BAD_TERM_PATTERN`
 */
export async function listEvents(input: EventsInput, sources: EventsSources): Promise<EventList> {
  const { events, ...rest } = await findEvents(input, sources);
  return { rows: await new Pace().map(events, (event) => sources.rows.row(event)), ...rest };
}

/** As {@link listEvents}, as they are stored. */
export async function findEvents(input: EventsInput, sources: EventsSources): Promise<FoundByTerm> {
  const { store, rows } = sources;
  const limit = input.limit ?? 100;
  const order = input.order ?? "newest_first";
  const tests: Test[] = [];
  if (input.match !== undefined) tests.push(occursIn(compileTermPattern(input.match)));
  if (input.text !== undefined) tests.push(prints(input.text, rows));
  const all = storeFilter(input, sources);
  const part = input.flow === undefined ? undefined : await inFlow(input.flow, all, sources);
  if (part) tests.unshift(part.holds);
  const filter = part?.filter ?? all;
  if (tests.length > 0) {
    const holds: Test = (event) => tests.every((test) => test(event));
    const most = input.text === undefined ? undefined : PRINTED;
    return searchEvents(store, { ...filter, order, limit }, holds, most);
  }
  const found = await store.events({ ...filter, order, limit: limit + 1 });
  return { events: found.slice(0, limit), more: found.length > limit };
}

/** Does a text stand in the event's term, as people read it? */
function prints(text: string, rows: EventRows): Test {
  const wanted = text.toLowerCase();
  return (event) => event.payload.length > 0 && rows.text(event, TEXT_LENGTH).toLowerCase().includes(wanted);
}
