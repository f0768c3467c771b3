import type { Term } from "@elixirscope/etf";
import {
  areOver,
  changedAssigns,
  type LibraryStep,
  type LiveViewState,
  librarySteps,
  liveViewState,
  replayCalls,
  SpanIndex,
  spanExtents,
} from "../analysis/index.ts";
import type { EventKind } from "../model/index.ts";
import type { BroadcastRow, FlowStep, StateChange } from "../protocol/index.ts";
import type { StoredEvent, TraceStore } from "../store/index.ts";
import type { Clock } from "./clock.ts";
import type { EventRows } from "./event-rows.ts";
import type { StoredFlow } from "./flow-reader.ts";
import { libraryText, STEP_TERM } from "./flow-step-text.ts";
import type { Lookup } from "./lookup.ts";
import { diffOf } from "./state-row.ts";

/** Events read for one flow, and how long after its last message its processes may have been at it. */
const EVENTS = 20_000;
const TAILS_NS = [20_000_000n, 1_000_000_000n, 60_000_000_000n] as const;
/** Processes whose state before the flow is looked for. */
const BEFORE = 100;

const KINDS: readonly EventKind[] = [
  "telemetry",
  "phoenix",
  "pubsub",
  "state",
  "dispatch",
  "call",
  "return",
  "exception",
  "log",
  "exit",
];

/** Broadcasts, of these ids, with whom they reached. */
export type BroadcastsById = (ids: ReadonlySet<number>) => Promise<readonly BroadcastRow[]>;

export interface StepSources {
  readonly store: TraceStore;
  readonly lookup: Lookup;
  readonly rows: EventRows;
  readonly clock: Clock;
  readonly broadcasts: BroadcastsById;
}

type Span = StoredFlow["spans"][number];

/** What the processes of a flow did in it, and until when they were at it. */
export interface ToldFlow {
  readonly steps: ReadonlyMap<Span, readonly FlowStep[]>;
  readonly extents: ReadonlyMap<Span, bigint>;
  /** There was more of it than was read. */
  readonly cut: boolean;
}

/** @param all flows of the same stretch: when one of their parts begins in a process, the one before it is over */
export async function flowSteps(
  sources: StepSources,
  flow: StoredFlow,
  all: readonly StoredFlow[],
): Promise<ToldFlow> {
  const pids = [...new Set(flow.spans.map(({ pid }) => pid))];
  const events = await eventsOf(sources, flow, pids);
  const here = new Set(pids);
  const spans = all.flatMap((one) => one.spans.filter(({ pid }) => here.has(pid)));
  const extents = spanExtents(spans, events.filter(marksEnd), (dispatch) => goesOn(sources.lookup, dispatch));
  const inSpans = new StepsOfSpans(flow.spans, extents);
  const inside = events.filter((event) => inSpans.at(event.pid, event.ts) !== undefined);
  for (const step of librarySteps(inside)) inSpans.add(step.pid, step.ts, libraryStep(sources, step));
  for (const event of inside) {
    const step = event.kind === "log" ? logStep(sources, event) : subscription(sources, event);
    if (step) inSpans.add(event.pid, event.ts, step);
  }
  for (const [event, step] of executions(sources, inside)) inSpans.add(event.pid, event.ts, step);
  for (const [event, step] of await stateSteps(sources, inside)) inSpans.add(event.pid, event.ts, step);
  for (const [event, step] of await broadcastSteps(sources, inside)) inSpans.add(event.pid, event.ts, step);
  return { steps: inSpans.result(), extents, cut: events.length === EVENTS };
}

/** What the processes did from its start on, until it is known of each when it was no longer at it. */
async function eventsOf(
  { store, lookup }: StepSources,
  flow: StoredFlow,
  pids: readonly number[],
): Promise<readonly StoredEvent[]> {
  let events: readonly StoredEvent[] = [];
  for (const tail of TAILS_NS) {
    events = await store.events({
      kinds: KINDS,
      pids,
      from: flow.first,
      to: flow.last + tail,
      order: "oldest_first",
      limit: EVENTS,
    });
    const ends = events.filter(marksEnd);
    if (events.length === EVENTS || areOver(flow.spans, ends, (one) => goesOn(lookup, one))) break;
  }
  return events;
}

const marksEnd = ({ kind }: StoredEvent): boolean => ["state", "dispatch", "exit"].includes(kind);

/** Is this the callback of a `{:continue, …}`? */
export const goesOn = (lookup: Lookup, dispatch: StoredEvent): boolean =>
  lookup.function(dispatch.mfa)?.function === "handle_continue";

/** Steps, each put to the part of the flow that its process was at. */
class StepsOfSpans {
  readonly #index: SpanIndex<StoredEvent>;
  readonly #steps = new Map<Span, FlowStep[]>();

  constructor(spans: readonly Span[], extents: ReadonlyMap<Span, bigint>) {
    this.#index = new SpanIndex(spans, extents);
  }

  at(pid: number, ts: bigint): Span | undefined {
    return this.#index.at(pid, ts);
  }

  add(pid: number, ts: bigint, step: FlowStep): void {
    const span = this.at(pid, ts);
    if (!span) return;
    const steps = this.#steps.get(span);
    if (steps) steps.push(step);
    else this.#steps.set(span, [step]);
  }

  /** A file that an endpoint served is told of by the endpoint. */
  result(): ReadonlyMap<Span, readonly FlowStep[]> {
    for (const [span, steps] of this.#steps) {
      const told = steps.some(({ type }) => type === "request" || type === "connect");
      this.#steps.set(
        span,
        steps.filter(({ type }) => !told || type !== "served").sort((a, b) => a.t - b.t || a.id - b.id),
      );
    }
    return this.#steps;
  }
}

const plain = (sources: StepSources, id: number, ts: bigint): FlowStep => ({
  id,
  t: sources.clock.t(ts),
  type: "",
  name: "",
  text: "",
  durationNs: null,
  failed: false,
  broadcast: null,
  changes: [],
});

function libraryStep(sources: StepSources, step: LibraryStep): FlowStep {
  const { id, ts, type, name, durationNs, failed } = step;
  const text = libraryText(step, (term, length) => sources.lookup.inspect(term, length).text);
  const began = ts - BigInt(durationNs ?? 0);
  return { ...plain(sources, id, began), type, name, text, durationNs: durationNs ?? null, failed };
}

function logStep(sources: StepSources, event: StoredEvent): FlowStep {
  const level = sources.lookup.atomName(event.tag);
  const { summary } = sources.rows.row(event);
  const failed = FAILURES.has(level);
  return {
    ...plain(sources, event.id, event.ts),
    type: "log",
    name: level,
    text: `log ${level}: ${summary}`,
    failed,
  };
}

const FAILURES: ReadonlySet<string> = new Set(["error", "critical", "alert", "emergency"]);

function subscription(sources: StepSources, event: StoredEvent): FlowStep | undefined {
  const type = event.kind === "pubsub" ? sources.lookup.atomName(event.tag) : "";
  if (type !== "subscribe" && type !== "unsubscribe") return undefined;
  const [, topic = ""] = /"((?:[^"\\]|\\.)*)"/.exec(sources.rows.row(event).summary) ?? [];
  const text = type === "subscribe" ? `subscribes to ${topic}` : `unsubscribes from ${topic}`;
  return { ...plain(sources, event.id, event.ts), type, name: topic, text };
}

/** Calls of traced functions; entry points are told of by the flow. */
function executions(
  { clock, lookup, rows }: StepSources,
  events: readonly StoredEvent[],
): readonly (readonly [StoredEvent, FlowStep])[] {
  const calls = events.filter(({ kind }) => ["call", "return", "exception", "exit"].includes(kind));
  return replayCalls(calls, []).flatMap(({ call, end, outcome, durationNs }) => {
    if (!call) return [];
    const result = end
      ? ` ${outcome === "raised" ? "⇒" : "→"} ${rows.term(end.payload, STEP_TERM).text}`
      : "";
    const step: FlowStep = {
      id: call.id,
      t: clock.t(call.ts),
      type: "execution",
      name: lookup.mfa(call.mfa) ?? "",
      text: `${rows.row(call).summary}${result}`,
      durationNs: durationNs === undefined ? null : Number(durationNs),
      failed: outcome === "raised" || outcome === "ended",
      broadcast: null,
      changes: [],
    };
    return [[call, step] as const];
  });
}

async function broadcastSteps(
  sources: StepSources,
  events: readonly StoredEvent[],
): Promise<readonly (readonly [StoredEvent, FlowStep])[]> {
  const byId = new Map(
    events.filter((event) => isBroadcast(sources.lookup, event)).map((event) => [event.id, event]),
  );
  if (byId.size === 0) return [];
  const found = await sources.broadcasts(new Set(byId.keys()));
  return found.map((row) => {
    const { id, topic, verdict, nearest, elsewhere } = row;
    const event = byId.get(id)!;
    const told = { type: "broadcast", name: topic, text: verdict };
    const receivers = [...row.receivers, ...elsewhere.flatMap((there) => there.receivers)];
    const broadcast = { topic, reached: reachedInAll(row), receivers, nearest };
    const failed = elsewhere.some(({ arrived }) => arrived === false);
    return [event, { ...plain(sources, id, event.ts), ...told, failed, broadcast }] as const;
  });
}

/** On all nodes together. */
function reachedInAll({ reached, elsewhere }: BroadcastRow): number | null {
  const counts = [reached, ...elsewhere.map((there) => there.reached)];
  const known = counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
  return known === 0 && counts.includes(null) ? null : known;
}

const isBroadcast = (lookup: Lookup, { kind, tag }: StoredEvent): boolean =>
  kind === "pubsub" && lookup.atomName(tag).includes("broadcast");

/** What callbacks changed; a state that is as it was, or the first that is known, tells nothing. */
async function stateSteps(
  sources: StepSources,
  events: readonly StoredEvent[],
): Promise<readonly (readonly [StoredEvent, FlowStep])[]> {
  const states = events.filter(({ kind }) => kind === "state");
  const newest = await statesBefore(sources.store, states);
  const found: (readonly [StoredEvent, FlowStep])[] = [];
  for (const event of states) {
    const before = newest.get(event.pid);
    newest.set(event.pid, event);
    const changes = before ? changesOf(sources.lookup, before, event) : [];
    if (changes.length === 0) continue;
    const name = sources.rows.row(event).tag ?? "";
    const text = changes.map(changeText).join(", ");
    found.push([event, { ...plain(sources, event.id, event.ts), type: "state", name, text, changes }]);
  }
  return found;
}

async function statesBefore(
  store: TraceStore,
  states: readonly StoredEvent[],
): Promise<Map<number, StoredEvent>> {
  const firsts = new Map<number, StoredEvent>();
  for (const state of states) if (!firsts.has(state.pid)) firsts.set(state.pid, state);
  const found = new Map<number, StoredEvent>();
  for (const { pid, id } of [...firsts.values()].slice(0, BEFORE)) {
    const newest = { kinds: ["state"], pids: [pid], beforeId: id, order: "newest_first", limit: 1 } as const;
    const [before] = await store.events(newest);
    if (before) found.set(pid, before);
  }
  return found;
}

/** Of a LiveView its assigns and those of its components: the rest of its state is LiveView's own. */
function changesOf(lookup: Lookup, before: StoredEvent, after: StoredEvent): readonly StateChange[] {
  const inspect = (term: Term, length: number): { readonly text: string } => lookup.inspect(term, length);
  const [was, is] = [liveViewState(before.payload), liveViewState(after.payload)];
  if (was && is) return assignChanges(was, is, inspect);
  return diffOf({ inspect }, before.payload, after.payload)?.changes ?? [];
}

function assignChanges(
  was: LiveViewState,
  is: LiveViewState,
  inspect: (term: Term, length: number) => { readonly text: string },
): readonly StateChange[] {
  const text = (term: Term | undefined): string | null =>
    term === undefined ? null : inspect(term, STEP_TERM).text;
  const of = (prefix: string, old: LiveViewState["assigns"], now: LiveViewState["assigns"]): StateChange[] =>
    changedAssigns(old, now).map(({ key, before, after }) => ({
      path: `${prefix}.${key}`,
      before: text(before),
      after: text(after),
    }));
  const components = is.components.flatMap(({ cid, module, assigns }) => {
    const known = was.components.find((one) => one.cid === cid);
    return known ? of(module.replace(/^Elixir\./, ""), known.assigns, assigns) : [];
  });
  return [...of("", was.assigns, is.assigns), ...components];
}

const changeText = ({ path, before, after }: StateChange): string =>
  `${path === "" ? "state" : path}: ${before ?? "(none)"} → ${after ?? "(gone)"}`;
