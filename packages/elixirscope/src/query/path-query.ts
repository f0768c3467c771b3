import {
  executionPath,
  type FlowHop,
  type PathNode,
  SpanIndex,
  spanExtents,
  workTrees,
} from "../analysis/index.ts";
import type { EventKind } from "../model/index.ts";
import type { PathAnswer, PathInput, PathStep, RequestAnswer } from "../protocol/index.ts";
import type { EventFilter, StoredEvent } from "../store/index.ts";
import { flowsAt } from "./flow-locator.ts";
import { readFlow, type StoredFlow } from "./flow-reader.ts";
import { goesOn } from "./flow-steps.ts";
import { frameName, type WorkSources } from "./work-reader.ts";

const LIMIT = 500;
/** Events that one answer reads. */
const READ = 20_000;
/** How long after its last message a process may be at a flow. */
const TAIL_NS = 60_000_000_000n;

const WORK: ReadonlySet<EventKind> = new Set([
  "call",
  "flow_start",
  "return",
  "exception",
  "dispatch",
  "state",
  "exit",
]);
const BESIDE: readonly EventKind[] = [
  "send",
  "send_to_dead",
  "receive",
  "spawn",
  "exit",
  "log",
  "telemetry",
  "pubsub",
  "phoenix",
];
const KINDS: readonly EventKind[] = [...new Set([...WORK, ...BESIDE])];

type Span = StoredFlow["spans"][number];

export interface PathSources extends WorkSources {
  readonly request: (id: number) => Promise<RequestAnswer>;
}

/** What a process, or all processes of a flow, did, as one tree. */
export class PathQuery {
  readonly #sources: PathSources;
  #left = 0;

  constructor(sources: PathSources) {
    this.#sources = sources;
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_PROCESS`, `QUERY_NO_SUCH_FLOW`, `QUERY_NO_SUCH_REQUEST` */
  async answer(input: PathInput): Promise<PathAnswer> {
    this.#left = input.limit ?? LIMIT;
    const { flow, process, request } = input;
    if (flow !== undefined) return this.#flow(flow, input);
    if (request !== undefined) return this.#request(request, input);
    const pids = this.#sources.names.resolveAll(process!);
    return this.#processes({ pids, ...this.#bounds(input) });
  }

  /** The flow that it is a part of, where one is known; else what its process did from its beginning to its end. */
  async #request(id: number, input: PathInput): Promise<PathAnswer> {
    const { t, durationNs, process } = await this.#sources.request(id);
    const { names, clock, store, lookup } = this.#sources;
    const pids = names.resolveAll(process!.handle);
    const [flow] = await flowsAt(store, lookup, [{ pid: pids[0]!, ts: clock.ts(t) }]);
    if (flow) return this.#flow(flow, input);
    const to = durationNs === null ? {} : { to: clock.ts(t + durationNs) };
    const own = { pids, from: clock.ts(t), ...to };
    return this.#processes({ ...own, ...this.#bounds(input) });
  }

  #bounds({ from, to }: PathInput): EventFilter {
    const { clock } = this.#sources;
    return {
      ...(from === undefined ? {} : { from: clock.ts(from) }),
      ...(to === undefined ? {} : { to: clock.ts(to) }),
    };
  }

  async #processes(filter: EventFilter): Promise<PathAnswer> {
    const events = await this.#events(filter);
    const roots = [...byProcess(events).values()].flatMap((own) => this.#nodes(nodesOf(own), () => []));
    return { roots, cut: this.#left < 0, ...scanned(events) };
  }

  async #flow(text: string, input: PathInput): Promise<PathAnswer> {
    const { store, lookup } = this.#sources;
    const { flow, all } = await readFlow(store, lookup, text);
    const pids = [...new Set(flow.spans.map(({ pid }) => pid))];
    const events = await this.#events({ pids, from: flow.first, to: flow.last + TAIL_NS });
    const here = new Set(pids);
    const spans = all.flatMap((one) => one.spans.filter(({ pid }) => here.has(pid)));
    const extents = spanExtents(
      spans,
      events.filter(({ kind }) => ENDS.has(kind)),
      (dispatch) => goesOn(lookup, dispatch),
    );
    const index = new SpanIndex(spans, extents);
    const inSpans = new Map<Span, StoredEvent[]>();
    for (const event of within(events, this.#bounds(input))) {
      const span = index.at(event.pid, event.ts);
      // Hops are told of by the flow: the same messages once more would be in the way.
      if (!span || event.kind === "send" || event.kind === "receive") continue;
      const own = inSpans.get(span);
      if (own) own.push(event);
      else inSpans.set(span, [event]);
    }
    const root = this.#span(flow.spans[0]!, inSpans, extents, new Set());
    return { roots: [root], cut: this.#left < 0, ...scanned(events) };
  }

  #span(
    span: Span,
    events: ReadonlyMap<Span, readonly StoredEvent[]>,
    extents: ReadonlyMap<Span, bigint>,
    seen: Set<Span>,
  ): PathStep {
    seen.add(span);
    this.#left--;
    const { names, rows, clock } = this.#sources;
    const hops = new Map<StoredEvent, FlowHop<StoredEvent>>();
    for (const hop of span.hops) hops.set((hop.send ?? hop.receive)!, hop);
    const beside = [...(events.get(span) ?? []), ...hops.keys()];
    const to = extents.get(span) ?? span.last.ts;
    const follow = (event: StoredEvent): readonly PathStep[] => {
      const next = hops.get(event)?.to;
      return next && !seen.has(next) && this.#left > 0 ? [this.#span(next, events, extents, seen)] : [];
    };
    return {
      type: "flow",
      id: span.opened.id,
      t: clock.t(span.opened.ts),
      process: names.ref(span.pid),
      text: rows.row(span.opened).summary,
      durationNs: Number(to - span.opened.ts),
      ownNs: null,
      failed: span.failure !== undefined,
      children: this.#nodes(without(span.opened, nodesOf(beside.sort((a, b) => a.id - b.id))), follow),
    };
  }

  #nodes(
    nodes: readonly PathNode<StoredEvent>[],
    follow: (event: StoredEvent) => readonly PathStep[],
  ): readonly PathStep[] {
    const steps: PathStep[] = [];
    for (const node of nodes) {
      if (this.#left-- <= 0) break;
      steps.push(this.#step(node, follow));
    }
    return steps;
  }

  #step(node: PathNode<StoredEvent>, follow: (event: StoredEvent) => readonly PathStep[]): PathStep {
    const { names, rows, clock, lookup } = this.#sources;
    const event = node.type === "event" ? node.event : node.frame.begin;
    const step = { id: event.id, t: clock.t(event.ts), process: names.ref(event.pid) };
    if (node.type === "event") {
      const row = rows.row(event);
      const text = row.peer ? `${row.peer.label}  ${row.summary}` : row.summary;
      const failed = event.kind === "exit" && !["normal", "shutdown"].includes(lookup.atomName(event.tag));
      const children = follow(event);
      return { type: event.kind, ...step, text, durationNs: null, ownNs: null, failed, children };
    }
    const { frame } = node;
    const known = frame.durationNs !== undefined;
    return {
      type: frame.type,
      ...step,
      text: frame.type === "call" ? rows.row(event).summary : frameName(frame, lookup),
      durationNs: known ? Number(frame.durationNs) : null,
      ownNs: known ? Number(frame.ownNs) : null,
      failed: frame.outcome === "raised" || frame.outcome === "ended",
      children: this.#nodes(node.children, follow),
    };
  }

  #events(filter: EventFilter): Promise<readonly StoredEvent[]> {
    return this.#sources.store.events({ ...filter, kinds: KINDS, order: "oldest_first", limit: READ });
  }
}

const ENDS: ReadonlySet<EventKind> = new Set(["state", "dispatch", "exit"]);

const scanned = (
  events: readonly StoredEvent[],
): { readonly scanned: number; readonly complete: boolean } => ({
  scanned: events.length,
  complete: events.length < READ,
});

const within = (events: readonly StoredEvent[], { from, to }: EventFilter): readonly StoredEvent[] =>
  events.filter(({ ts }) => (from === undefined || ts >= from) && (to === undefined || ts <= to));

/** Of one process, in order. */
function nodesOf(events: readonly StoredEvent[]): readonly PathNode<StoredEvent>[] {
  const work = events.filter(({ kind }) => WORK.has(kind));
  const [frames = []] = [...workTrees(work, []).values()];
  return executionPath(
    frames,
    events.filter(({ kind }) => !WORK.has(kind) || kind === "exit"),
  );
}

/** What is in the entry point stands in its part of the flow: once is enough. */
const without = (
  entry: StoredEvent,
  nodes: readonly PathNode<StoredEvent>[],
): readonly PathNode<StoredEvent>[] =>
  nodes.flatMap((node) =>
    node.type === "event"
      ? [node]
      : node.frame.begin.id === entry.id
        ? node.children
        : [{ ...node, children: without(entry, node.children) }],
  );

function byProcess(events: readonly StoredEvent[]): ReadonlyMap<number, readonly StoredEvent[]> {
  const processes = new Map<number, StoredEvent[]>();
  for (const event of events) {
    const own = processes.get(event.pid);
    if (own) own.push(event);
    else processes.set(event.pid, [event]);
  }
  return processes;
}
