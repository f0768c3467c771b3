import { buildFlowSteps, type Flow, type Flows } from "../analysis/index.ts";
import { ElixirScopeError, type EventKind, type Gap } from "../model/index.ts";
import { type EventQuery, Pace, type StoredEvent, type TraceStore } from "../store/index.ts";
import type { Lookup } from "./lookup.ts";

const FLOW_KINDS: readonly EventKind[] = ["flow_start", "flow_send", "flow_receive", "flow_end"];

/** Events that one question reads at most. */
export const EVENTS = 50_000;

/** How much earlier than its start an event of a flow may bear: the clocks of two nodes differ. */
export const SKEW_NS = 1_000_000_000n;

/** An entry point returns after the last message of its process. */
const TAIL_NS = 60_000_000_000n;

const FAR = 1n << 62n;

export type StoredFlow = Flow<StoredEvent>;

/** Flows of a stretch of the record. */
export interface ReadFlows {
  readonly flows: Flows<StoredEvent>;
  /** What they were made of. */
  readonly events: readonly StoredEvent[];
  readonly scanned: number;
  /** Unix nanoseconds of the first and the last event that was read. */
  readonly from: bigint;
  readonly to: bigint;
  /** There are more events than were read. */
  readonly more: boolean;
}

/** Reads events of flows in bounded amounts, and puts flows together. */
export async function readFlows(
  store: TraceStore,
  lookup: Lookup,
  query: Pick<EventQuery, "order" | "from" | "to"> & { readonly limit?: number },
): Promise<ReadFlows> {
  const limit = query.limit ?? EVENTS;
  const events = await store.events({ ...query, kinds: FLOW_KINDS, limit });
  const more = events.length === limit;
  const bounds = boundsOf(events);
  const exits = events.length === 0 ? [] : await store.events(exitsOf(events, bounds.from, query.to));
  const functions = [...new Set(events.filter(({ kind }) => kind === "flow_start").map(({ mfa }) => mfa))];
  const calls = functions.length === 0 ? [] : await store.events(callsOf(functions, bounds));
  const nodes = await store.nodes();
  const names = new Set(nodes.map(({ name }) => name));
  const gaps = (await store.gaps()).filter(losesFlows);
  // What was not read is not known, as if it had been lost.
  const beyond =
    more && query.order === "oldest_first"
      ? nodes.map(({ index }) => ({ node: index, from: bounds.to, to: FAR }))
      : [];
  const steps = buildFlowSteps({
    events: [...events, ...exits, ...calls],
    gaps: [...gaps, ...beyond],
    word: (tag) => lookup.atomName(tag),
    isAway: (process) => !names.has(lookup.process(process)?.node ?? ""),
    isFailure: (exit) => !["normal", "shutdown"].includes(lookup.atomName(exit.tag)),
  });
  const flows = await new Pace().run(steps);
  return { flows, events, scanned: events.length, ...bounds, more };
}

/** One flow, and all that were read with it: where another part begins in a process, the one before it is over. */
export interface ReadFlow {
  readonly flow: StoredFlow;
  readonly all: readonly StoredFlow[];
}

/** @throws ElixirScopeError `QUERY_NO_SUCH_FLOW` */
export async function readFlow(store: TraceStore, lookup: Lookup, text: string): Promise<ReadFlow> {
  const id = Number(/^(?:f-)?(\d{1,15})$/.exec(text)?.[1] ?? NaN);
  const around = { kinds: FLOW_KINDS, afterId: id - 1, beforeId: id + 1, limit: 1 } as const;
  const [start] = Number.isNaN(id) ? [] : await store.events({ ...around, order: "oldest_first" });
  const found = start && (await whole(store, lookup, start));
  if (found) return found;
  throw new ElixirScopeError(
    "QUERY_NO_SUCH_FLOW",
    `No flow ${JSON.stringify(text)} in this recording. Give an id from the list of flows, such as f-12: elixirscope flows.`,
    { flow: text },
  );
}

/** How far behind its start a flow is looked for, until it is known whole. */
const REACH_NS = [250_000_000n, 4_000_000_000n, 60_000_000_000n, undefined] as const;

async function whole(
  store: TraceStore,
  lookup: Lookup,
  { id, ts }: StoredEvent,
): Promise<ReadFlow | undefined> {
  const from = ts - (await skewOf(store));
  for (const reach of REACH_NS) {
    const until = reach === undefined ? {} : { to: ts + reach };
    const { flows, more } = await readFlows(store, lookup, { order: "oldest_first", from, ...until });
    const flow = flows.flows.find((one) => one.start.id === id);
    if (!flow) return undefined;
    // What was not read for its number is no nearer in a longer stretch.
    if (more || reach === undefined || isOver(flow, flows.flows)) return { flow, all: flows.flows };
  }
  return undefined;
}

/** Can nothing come any more that belongs to it? Its processes wait again, or are at something else, and all messages were taken. */
function isOver(flow: StoredFlow, all: readonly StoredFlow[]): boolean {
  const newest = new Map<number, bigint>();
  for (const { spans } of all) {
    for (const { pid, opened } of spans) if (opened.ts > (newest.get(pid) ?? 0n)) newest.set(pid, opened.ts);
  }
  return flow.spans.every(
    ({ pid, opened, ended, hops }) =>
      (ended !== undefined || newest.get(pid)! > opened.ts) &&
      hops.every(({ receive }) => receive !== undefined),
  );
}

/** How much the clocks of a recording may differ: those of one node by as long as an event may take to be told. */
export const skewOf = async (store: TraceStore): Promise<bigint> =>
  (await store.nodes()).length > 1 ? SKEW_NS : ALONE_NS;

const ALONE_NS = 50_000_000n;

/** Of the processes that took part. */
const exitsOf = (events: readonly StoredEvent[], from: bigint, to: bigint | undefined): EventQuery => ({
  kinds: ["exit"],
  pids: [...new Set(events.map(({ pid }) => pid))],
  from,
  ...(to === undefined ? {} : { to: to + TAIL_NS }),
  order: "oldest_first",
  limit: EVENTS,
});

const callsOf = (functions: readonly number[], { from, to }: Bounds): EventQuery => ({
  kinds: ["call", "return", "exception"],
  functions,
  from,
  to: to + TAIL_NS,
  order: "oldest_first",
  limit: EVENTS,
});

interface Bounds {
  readonly from: bigint;
  readonly to: bigint;
}

function boundsOf(events: readonly StoredEvent[]): Bounds {
  let from = events[0]?.ts ?? 0n;
  let to = from;
  for (const { ts } of events) {
    if (ts < from) from = ts;
    if (ts > to) to = ts;
  }
  return { from, to };
}

/** Did hops, or starts (calls, in the agent's counts), go missing here? Where nobody counted, they may have. */
const losesFlows = ({ dropped }: Gap): boolean =>
  Object.keys(dropped).length === 0 ||
  (["flow_send", "flow_receive", "flow_start", "flow_end", "call"] as const).some(
    (kind) => (dropped[kind] ?? 0) > 0,
  );
