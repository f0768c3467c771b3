import { SpanIndex, spanExtents } from "../analysis/index.ts";
import { parseFunctionGlob } from "../model/index.ts";
import type { EventsFilter, NodeFilter } from "../protocol/index.ts";
import type { EventFilter, StoredEvent, TraceStore } from "../store/index.ts";
import type { Clock } from "./clock.ts";
import { type ReadFlow, readFlow } from "./flow-reader.ts";
import { goesOn } from "./flow-steps.ts";
import type { Lookup } from "./lookup.ts";
import { type ProcessNames, registeredName } from "./process-names.ts";

/** What names in a question are looked up in. */
export interface FilterSources {
  readonly store: TraceStore;
  readonly lookup: Lookup;
  readonly names: ProcessNames;
  readonly clock: Clock;
}

/** How long after its last message a process may be at a flow. */
const TAIL_NS = 60_000_000_000n;
/** Events that say until when a process was at its part of a flow. */
const ENDS = 50_000;

/**
 * A question's conditions as the store takes them: names become numbers of the dictionary. All but `flow`, for which see
 * {@link inFlow}.
 * @throws ElixirScopeError `QUERY_NO_SUCH_PROCESS`, `QUERY_NO_SUCH_NODE`, `BAD_MFA_PATTERN`
 */
export function storeFilter(
  input: EventsFilter,
  { lookup, names, clock }: Omit<FilterSources, "store">,
): EventFilter {
  const { kinds, minBytes, maxBytes, afterId, beforeId } = input;
  return {
    ...nodeFilter(input.node, lookup),
    ...given({ kinds, minBytes, maxBytes, afterId, beforeId }),
    ...mapped(input.process, (text) => ({ processes: names.resolveAll(text) })),
    ...mapped(input.subject, (text) => ({ pids: names.resolveAll(text) })),
    ...mapped(input.peer, (text) => ({ peers: names.resolveAll(text) })),
    ...mapped(input.mfa, (text) => ({ functions: lookup.functionsMatching(parseFunctionGlob(text)) })),
    ...mapped(input.tag, (text) => ({ tags: tagsOf(text, lookup) })),
    ...mapped(input.from, (t) => ({ from: clock.ts(t) })),
    ...mapped(input.to, (t) => ({ to: clock.ts(t) })),
  };
}

const mapped = <T>(value: T | undefined, make: (value: T) => EventFilter): EventFilter =>
  value === undefined ? {} : make(value);

const given = <T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };

/**
 * What happened on the nodes that a question means, where it says which.
 * @throws ElixirScopeError `QUERY_NO_SUCH_NODE`
 */
export const nodeFilter = (
  node: NodeFilter["node"],
  lookup: Lookup,
): { readonly nodes?: readonly number[] } => (node === undefined ? {} : { nodes: lookup.nodesMeant(node) });

function tagsOf(text: string, lookup: Lookup): readonly number[] {
  const named = lookup.atomsNamed(registeredName(text));
  return named.length > 0 || !text.includes("*") ? named : lookup.atomsLike(text);
}

/** A part of the record, and which of its events are meant. */
export interface Part {
  readonly filter: EventFilter;
  readonly holds: (event: StoredEvent) => boolean;
}

/**
 * What the processes of a flow did while they were at it, within a filter.
 * @throws ElixirScopeError `QUERY_NO_SUCH_FLOW`
 */
export async function inFlow(flow: string, filter: EventFilter, sources: FilterSources): Promise<Part> {
  const read = await readFlow(sources.store, sources.lookup, flow);
  const index = await spanIndex(read, sources);
  const { first, last } = read.flow;
  const pids = [...new Set(read.flow.spans.map(({ pid }) => pid))];
  const from = filter.from === undefined || filter.from < first ? first : filter.from;
  const end = last + TAIL_NS;
  const to = filter.to === undefined || filter.to > end ? end : filter.to;
  const own = new Set<unknown>(read.flow.spans);
  // Whoever is asked for as the subject has to be one of the flow's.
  const asked = filter.pids === undefined ? pids : pids.filter((pid) => filter.pids!.includes(pid));
  return {
    filter: { ...filter, pids: asked, from, to },
    holds: ({ pid, ts }) => own.has(index.at(pid, ts)),
  };
}

/** The parts that the processes of a flow had in it, and in others of the same stretch. */
async function spanIndex(
  { flow, all }: ReadFlow,
  { store, lookup }: Pick<FilterSources, "store" | "lookup">,
): Promise<SpanIndex<StoredEvent>> {
  const pids = new Set(flow.spans.map(({ pid }) => pid));
  const spans = all.flatMap((one) => one.spans.filter(({ pid }) => pids.has(pid)));
  const ends = await store.events({
    kinds: ["state", "dispatch", "exit"],
    pids: [...pids],
    from: flow.first,
    to: flow.last + TAIL_NS,
    order: "oldest_first",
    limit: ENDS,
    withoutPayload: true,
  });
  return new SpanIndex(
    spans,
    spanExtents(spans, ends, (dispatch) => goesOn(lookup, dispatch)),
  );
}
