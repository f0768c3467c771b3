import { SpanIndex, spanExtents } from "../analysis/index.ts";
import type { EventKind } from "../model/index.ts";
import type { StoredEvent, TraceStore } from "../store/index.ts";
import { EVENTS, readFlows, SKEW_NS, type StoredFlow } from "./flow-reader.ts";
import { goesOn } from "./flow-steps.ts";
import type { Lookup } from "./lookup.ts";

/** A flow that began longer before than this is not found. */
const BACK_NS = 10_000_000_000n;
/** Nearly all began less long before: it is looked there first. */
const NEAR_NS = 200_000_000n;

/** A process at an instant. */
export interface Moment {
  readonly pid: number;
  /** Unix nanoseconds. */
  readonly ts: bigint;
}

type Span = StoredFlow["spans"][number];

/** For each moment the flow that its process was at; null: none, or none that is known. */
export async function flowsAt(
  store: TraceStore,
  lookup: Lookup,
  moments: readonly Moment[],
): Promise<readonly (string | null)[]> {
  const found = new Map<Moment, string>();
  let left = moments;
  for (const back of [NEAR_NS, BACK_NS]) {
    const taking = await takingPart(store, left, back);
    const flows = taking.length === 0 ? [] : await locate(store, lookup, taking, back);
    const sure = new Set<Moment>();
    for (const [i, moment] of taking.entries()) {
      const flow = flows[i];
      if (flow !== undefined) sure.add(moment);
      if (typeof flow === "string") found.set(moment, flow);
    }
    left = left.filter((moment) => !sure.has(moment));
    if (left.length === 0) break;
  }
  return moments.map((moment) => found.get(moment) ?? null);
}

/** By moment, from what began so long before; `undefined`: what its process was at began earlier than that, or is not known. */
async function locate(
  store: TraceStore,
  lookup: Lookup,
  moments: readonly Moment[],
  back: bigint,
): Promise<readonly (string | null | undefined)[]> {
  const { from, to } = stretchOf(moments, back);
  const { flows, events } = await readFlows(store, lookup, { order: "newest_first", from, to });
  const ids = new Map<Span, string>();
  const known = new Set<number>();
  for (const { start, spans } of flows.flows) {
    // One that begins within another may be a part of a flow that began earlier.
    if (back < BACK_NS && lookup.atomName(start.tag) !== "start") continue;
    for (const span of spans) {
      ids.set(span, `f-${start.id}`);
      known.add(span.opened.id);
      for (const { receive } of span.hops) if (receive) known.add(receive.id);
    }
  }
  const pids = [...new Set(moments.map(({ pid }) => pid))];
  const ends = await endsOf(store, pids, from, to);
  const here = new Set(pids);
  const spans = [...ids.keys()].filter(({ pid }) => here.has(pid));
  const index = new SpanIndex(
    spans,
    spanExtents(spans, ends, (dispatch) => goesOn(lookup, dispatch)),
  );
  const taken = events.filter(({ kind, pid }) => TAKING.includes(kind) && here.has(pid));
  return moments.map(({ pid, ts }) => {
    const span = index.at(pid, ts);
    if (span) return ids.get(span);
    const newest = newestBefore(taken, pid, ts);
    return newest !== undefined && known.has(newest) ? null : undefined;
  });
}

const TAKING: readonly EventKind[] = ["flow_start", "flow_receive"];

/** Id of the newest event that a process had up to an instant. */
function newestBefore(events: readonly StoredEvent[], pid: number, ts: bigint): number | undefined {
  let newest: StoredEvent | undefined;
  for (const event of events) {
    if (event.pid === pid && event.ts <= ts && event.ts >= (newest?.ts ?? event.ts)) newest = event;
  }
  return newest?.id;
}

/** Those of processes that began a flow, or took a message of one, not long before: the others were at none. */
async function takingPart(
  store: TraceStore,
  moments: readonly Moment[],
  back: bigint,
): Promise<readonly Moment[]> {
  if (moments.length === 0) return [];
  const pids = [...new Set(moments.map(({ pid }) => pid))];
  const { from, to } = stretchOf(moments, back);
  const look = { kinds: TAKING, pids, from, to, order: "oldest_first", limit: EVENTS } as const;
  const opened = await store.events({ ...look, withoutPayload: true });
  const first = new Map<number, bigint>();
  for (const { pid, ts } of opened) if (ts < (first.get(pid) ?? to)) first.set(pid, ts);
  // Where there were more than were read, those may have been before as well.
  const all = opened.length < EVENTS;
  return moments.filter(({ pid, ts }) => !all || (first.get(pid) ?? to) <= ts);
}

/** In which their flows have begun. */
function stretchOf(moments: readonly Moment[], back: bigint): { readonly from: bigint; readonly to: bigint } {
  const times = moments.map(({ ts }) => ts).sort((a, b) => Number(a - b));
  return { from: times[0]! - back, to: times.at(-1)! + SKEW_NS };
}

const endsOf = (
  store: TraceStore,
  pids: readonly number[],
  from: bigint,
  to: bigint,
): Promise<readonly StoredEvent[]> =>
  store.events({
    kinds: ["state", "dispatch", "exit"],
    pids,
    from,
    to,
    order: "newest_first",
    limit: EVENTS,
    withoutPayload: true,
  });
