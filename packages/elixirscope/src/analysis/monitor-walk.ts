import { sameBytes } from "./same-bytes.ts";

/** What the walk needs of an event `monitor` or `demonitor`; `StoredEvent` of the store has this shape. */
export interface MonitorEvent {
  readonly id: number;
  readonly ts: bigint;
  readonly kind: string;
  readonly pid: number;
  readonly peer: number;
  readonly mfa: number;
  readonly tag: number;
  /** `{Type, Item}`, or a reference. */
  readonly payload: Uint8Array;
}

/** A monitor that was set. */
export interface MonitorSpan {
  readonly set: MonitorEvent;
  /** Who took it away; absent while it holds, or ended with the death of either side. */
  taken?: MonitorEvent;
}

export interface MonitorWalk {
  readonly spans: readonly MonitorSpan[];
  /** Demonitors of references that nobody was seen to get: of monitors set before the first event, or where there was a gap. */
  readonly unknown: readonly MonitorEvent[];
}

/**
 * Of `monitors`, which a process had at `at`, those that no span of its own tells of: whoever is looked at while it is
 * traced has monitors of before and of since.
 */
export function untoldMonitors(
  monitors: readonly number[],
  at: bigint,
  spans: readonly MonitorSpan[],
): readonly number[] {
  const untold = [...monitors];
  for (const { set, taken } of spans) {
    if (set.ts > at || (taken !== undefined && taken.ts <= at)) continue;
    const found = untold.indexOf(set.peer);
    if (found >= 0) untold.splice(found, 1);
  }
  return untold;
}

/**
 * Which monitors were set and taken away, from the events of whole processes in the order of their ids. `result` is the
 * tag of an event that tells the reference. A monitor that failed answered none, and is left out; so is one whose
 * reference is not in `events`, unless it is its process's newest. Nobody can monitor itself: such a monitor answers a
 * reference and does nothing.
 */
export function walkMonitors(events: readonly MonitorEvent[], result: number): MonitorWalk {
  const asked = new Map<number, MonitorEvent>();
  const open = new Map<number, { readonly span: MonitorSpan; readonly ref: Uint8Array }[]>();
  const spans: MonitorSpan[] = [];
  const unknown: MonitorEvent[] = [];
  for (const event of events) {
    const own = open.get(event.pid) ?? [];
    open.set(event.pid, own);
    if (event.kind === "demonitor") {
      const at = own.findIndex(({ ref }) => sameBytes(ref, event.payload));
      if (at < 0) unknown.push(event);
      else own.splice(at, 1)[0]!.span.taken = event;
    } else if (event.tag !== result) asked.set(event.pid, event);
    else {
      const set = asked.get(event.pid);
      asked.delete(event.pid);
      if (!set || set.mfa !== event.mfa) continue;
      if (set.peer === set.pid) continue;
      const span = { set };
      spans.push(span);
      own.push({ span, ref: event.payload });
    }
  }
  for (const set of asked.values()) spans.push({ set });
  return { spans: spans.toSorted((a, b) => a.set.id - b.set.id), unknown };
}
