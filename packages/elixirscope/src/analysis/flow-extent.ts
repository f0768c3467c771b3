import type { FlowEvent, FlowSpan } from "./flow-types.ts";

/**
 * Until when each process was at its part of a flow. An OTP process and an entry point say so themselves; from the level `state`
 * on the state after a callback does. A process that was spawned for it is at it until it ends. Of others only what lies
 * before their newest message is certain.
 *
 * @param events `state`, `dispatch`, `exit` of the processes of the spans, in any order
 * @param goesOn is this the callback of a `{:continue, …}`, which belongs to what was before it?
 */
export function spanExtents<E extends FlowEvent>(
  spans: readonly FlowSpan<E>[],
  events: readonly E[],
  goesOn: (dispatch: E) => boolean,
): ReadonlyMap<FlowSpan<E>, bigint> {
  const byProcess = eventsByProcess(events);
  const nexts = nextSpans(spans);
  const extents = new Map<FlowSpan<E>, bigint>();
  for (const span of spans) {
    const bound = nexts.get(span);
    const { to } = endOf(span, byProcess.get(span.pid) ?? [], goesOn);
    extents.set(span, bound !== undefined && bound < to ? bound : to);
  }
  return extents;
}

/** Would more events, later ones, change nothing about until when these processes were at their parts? */
export function areOver<E extends FlowEvent>(
  spans: readonly FlowSpan<E>[],
  events: readonly E[],
  goesOn: (dispatch: E) => boolean,
): boolean {
  const byProcess = eventsByProcess(events);
  return spans.every((span) => endOf(span, byProcess.get(span.pid) ?? [], goesOn).isOver);
}

function eventsByProcess<E extends FlowEvent>(events: readonly E[]): ReadonlyMap<number, readonly E[]> {
  const byProcess = new Map<number, E[]>();
  for (const event of events) {
    const list = byProcess.get(event.pid);
    if (list) list.push(event);
    else byProcess.set(event.pid, [event]);
  }
  for (const list of byProcess.values()) list.sort(inOrder);
  return byProcess;
}

const inOrder = (a: FlowEvent, b: FlowEvent): number => (a.ts < b.ts ? -1 : a.ts > b.ts ? 1 : a.id - b.id);

/** When the same process began something else. */
function nextSpans<E extends FlowEvent>(spans: readonly FlowSpan<E>[]): Map<FlowSpan<E>, bigint> {
  const nexts = new Map<FlowSpan<E>, bigint>();
  const newest = new Map<number, FlowSpan<E>>();
  for (const span of spans.toSorted((a, b) => inOrder(a.opened, b.opened))) {
    const before = newest.get(span.pid);
    if (before && !span.outer) nexts.set(before, span.opened.ts);
    newest.set(span.pid, span);
  }
  return nexts;
}

/** `isOver`: what comes behind the events does not count. */
function endOf<E extends FlowEvent>(
  { opened, ended, last, cause }: FlowSpan<E>,
  events: readonly E[],
  goesOn: (dispatch: E) => boolean,
): { readonly to: bigint; readonly isOver: boolean } {
  if (ended) return { to: ended.ts, isOver: true };
  let state: E | undefined;
  let isOver = false;
  for (const event of events) {
    if (event.ts < opened.ts || (event.ts === opened.ts && event.id < opened.id)) continue;
    if (event.kind === "exit") {
      isOver = true;
      // Who has a state goes on in OTP's loop: the exit may be long after.
      if (state) break;
      return { to: cause?.type === "spawn" || event.ts === last.ts ? event.ts : last.ts, isOver };
    }
    if (event.kind === "state") state = event;
    else if (state && !goesOn(event)) {
      isOver = true;
      break;
    }
  }
  return { to: state && state.ts > last.ts ? state.ts : last.ts, isOver };
}

/** Finds the part of a flow that a process was at, at some instant. */
export class SpanIndex<E extends FlowEvent> {
  readonly #byProcess = new Map<number, FlowSpan<E>[]>();
  readonly #extents: ReadonlyMap<FlowSpan<E>, bigint>;

  constructor(spans: readonly FlowSpan<E>[], extents: ReadonlyMap<FlowSpan<E>, bigint>) {
    this.#extents = extents;
    for (const span of spans.toSorted((a, b) => inOrder(a.opened, b.opened))) {
      const list = this.#byProcess.get(span.pid);
      if (list) list.push(span);
      else this.#byProcess.set(span.pid, [span]);
    }
  }

  at(pid: number, ts: bigint): FlowSpan<E> | undefined {
    const span = this.#byProcess.get(pid)?.findLast(({ opened }) => opened.ts <= ts);
    return span && ts <= (this.#extents.get(span) ?? span.last.ts) ? span : undefined;
  }
}
