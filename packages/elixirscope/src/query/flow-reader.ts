import { buildFlows, type Flow, type Flows } from "../analysis/index.ts";
import { ElixirScopeError, type EventKind, type Gap } from "../model/index.ts";
import type { EventQuery, StoredEvent, TraceStore } from "../store/index.ts";
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
  readonly scanned: number;
  /** Unix nanoseconds of the last event that was read. */
  readonly to: bigint;
  /** There are more events than were read. */
  readonly more: boolean;
}

/** Reads events of flows in bounded amounts, and puts flows together. */
export async function readFlows(
  store: TraceStore,
  lookup: Lookup,
  query: Pick<EventQuery, "order" | "from" | "to">,
): Promise<ReadFlows> {
  const events = await store.events({ ...query, kinds: FLOW_KINDS, limit: EVENTS });
  const more = events.length === EVENTS;
  const bounds = boundsOf(events);
  const exits = events.length === 0 ? [] : await store.events(exitsOf(events, bounds.from));
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
  const flows = buildFlows({
    events: [...events, ...exits, ...calls],
    gaps: [...gaps, ...beyond],
    word: (tag) => lookup.atomName(tag),
    isAway: (process) => !names.has(lookup.process(process)?.node ?? ""),
    isFailure: (exit) => !["normal", "shutdown"].includes(lookup.atomName(exit.tag)),
  });
  return { flows, scanned: events.length, to: bounds.to, more };
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
  const read = start && (await readFlows(store, lookup, { order: "oldest_first", from: start.ts - SKEW_NS }));
  const flow = read?.flows.flows.find((one) => one.start.id === id);
  if (read && flow) return { flow, all: read.flows.flows };
  throw new ElixirScopeError(
    "QUERY_NO_SUCH_FLOW",
    `No flow ${JSON.stringify(text)} in this recording. Give an id from the list of flows, such as f-12: elixirscope flows.`,
    { flow: text },
  );
}

/** Of the processes that took part. */
const exitsOf = (events: readonly StoredEvent[], from: bigint): EventQuery => ({
  kinds: ["exit"],
  pids: [...new Set(events.map(({ pid }) => pid))],
  from,
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
