import type { EventRow, FlowAnswer, FlowSpan, StepAnswer, StepInput } from "../protocol/index.ts";
import type { EventFilter } from "../store/index.ts";
import { flowsAt } from "./flow-locator.ts";
import type { TimeTravelSources } from "./time-travel-query.ts";

/** From an event or an instant to the next or the previous event: of all, of a process, of a flow, or of a callback. */
export async function step(sources: TimeTravelSources, input: StepInput): Promise<StepAnswer> {
  const flow = input.by === "flow" ? (input.flow ?? (await flowOf(sources, input.cursor))) : undefined;
  if (input.by === "flow" && flow === undefined)
    return { event: null, cursor: null, state: null, why: "This event is of no flow that is known." };
  const event =
    flow === undefined ? await inRecord(sources, input) : await inFlow(sources, { ...input, flow });
  if (!event) {
    const end = input.direction === "forward" ? "after" : "before";
    return { event: null, cursor: null, state: null, why: `There is no such event ${end} this place.` };
  }
  const state = event.kind === "state" ? await sources.state(event.id) : null;
  return { event, cursor: event.id, state, why: "" };
}

async function inRecord(sources: TimeTravelSources, input: StepInput): Promise<EventRow | undefined> {
  const { store, names, rows } = sources;
  const filter: EventFilter = {
    ...(input.process === undefined ? {} : { processes: names.resolveAll(input.process) }),
    ...(input.by === "callback" ? { kinds: ["state"] } : {}),
  };
  const [event] = await store.events({ ...filter, ...(await boundOf(sources, input)), limit: 1 });
  return event && rows.row(event);
}

/** Where the search begins, and which way it goes. */
export async function boundOf(
  { store, clock }: TimeTravelSources,
  { cursor, t, direction }: Pick<StepInput, "cursor" | "t" | "direction">,
): Promise<EventFilter & { readonly order: "oldest_first" | "newest_first" }> {
  const forward = direction === "forward";
  const order = forward ? "oldest_first" : "newest_first";
  if (cursor !== undefined) return forward ? { afterId: cursor, order } : { beforeId: cursor, order };
  if (t === undefined) return { order };
  const ts = clock.ts(t);
  // Within a batch ids and times are not quite in the same order.
  if (!forward) return { to: ts, beforeId: (await store.idAt(ts)) + 1, order };
  return { from: ts, order };
}

/** The flow that the process of an event was at then. */
async function flowOf(
  { store, lookup }: TimeTravelSources,
  id: number | undefined,
): Promise<string | undefined> {
  const [event] = id === undefined ? [] : await store.eventsByIds([id]);
  if (!event) return undefined;
  const { pid, ts } = event;
  const [flow] = await flowsAt(store, lookup, [{ pid, ts }]);
  return flow ?? undefined;
}

async function inFlow(
  sources: TimeTravelSources,
  input: StepInput & { readonly flow: string },
): Promise<EventRow | undefined> {
  const events = eventsOf(await sources.flow(input.flow));
  const { cursor, t, direction } = input;
  const forward = direction === "forward";
  const beyond = events.filter((event) => {
    if (cursor !== undefined) return forward ? event.id > cursor : event.id < cursor;
    if (t !== undefined) return forward ? event.t >= t : event.t <= t;
    return true;
  });
  return forward ? beyond[0] : beyond.at(-1);
}

/** Everything that a flow is made of, by id. */
function eventsOf({ root }: FlowAnswer): readonly EventRow[] {
  const found = new Map<number, EventRow>();
  const add = (event: EventRow | null): void => {
    if (event) found.set(event.id, event);
  };
  const left: FlowSpan[] = [root];
  for (let span = left.pop(); span !== undefined; span = left.pop()) {
    add(span.opened);
    for (const entry of span.entries) add(entry);
    for (const hop of span.hops) {
      add(hop.sent);
      add(hop.received);
      if (hop.span) left.push(hop.span);
    }
  }
  return [...found.values()].sort((a, b) => a.id - b.id);
}
