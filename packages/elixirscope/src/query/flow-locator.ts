import { SpanIndex, spanExtents } from "../analysis/index.ts";
import type { StoredEvent, TraceStore } from "../store/index.ts";
import { EVENTS, readFlows, SKEW_NS, type StoredFlow } from "./flow-reader.ts";
import { goesOn } from "./flow-steps.ts";
import type { Lookup } from "./lookup.ts";

/** A flow that began longer before than this is not found. */
const BACK_NS = 10_000_000_000n;

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
  const taking = await takingPart(store, moments);
  if (taking.length === 0) return moments.map(() => null);
  const { from, to } = stretchOf(taking);
  const { flows } = await readFlows(store, lookup, { order: "newest_first", from, to });
  const ids = new Map<Span, string>();
  for (const { start, spans } of flows.flows) for (const span of spans) ids.set(span, `f-${start.id}`);
  const pids = [...new Set(taking.map(({ pid }) => pid))];
  const ends = await endsOf(store, pids, from, to);
  const here = new Set(pids);
  const spans = [...ids.keys()].filter(({ pid }) => here.has(pid));
  const index = new SpanIndex(
    spans,
    spanExtents(spans, ends, (dispatch) => goesOn(lookup, dispatch)),
  );
  return moments.map(({ pid, ts }) => {
    const span = index.at(pid, ts);
    return span ? ids.get(span)! : null;
  });
}

/** Those of processes that began a flow, or took a message of one, not long before: the others were at none. */
async function takingPart(store: TraceStore, moments: readonly Moment[]): Promise<readonly Moment[]> {
  if (moments.length === 0) return [];
  const pids = [...new Set(moments.map(({ pid }) => pid))];
  const opened = { kinds: ["flow_start", "flow_receive"], pids, ...stretchOf(moments) } as const;
  const found = await store.newestIds(opened, "pid");
  return moments.filter(({ pid }) => found.has(pid));
}

/** In which their flows have begun. */
function stretchOf(moments: readonly Moment[]): { readonly from: bigint; readonly to: bigint } {
  const times = moments.map(({ ts }) => ts).sort((a, b) => Number(a - b));
  return { from: times[0]! - BACK_NS, to: times.at(-1)! + SKEW_NS };
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
