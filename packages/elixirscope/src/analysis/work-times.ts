import { CallbackWalk, type EventNames } from "./callback-walk.ts";
import { type MessageEvent, pairMessageSteps } from "./message-pairing.ts";
import type { Steps } from "./steps.ts";

/** A message that a process took, or a callback that it ran. Times in nanoseconds. */
export interface WorkTime<E extends MessageEvent> {
  /** The receive, or the dispatch where the callback's message is not known. */
  readonly event: E;
  readonly pid: number;
  /** Sent until its callback began (`exact`), else until it was received; undefined: the send is not in the window. */
  readonly waitNs: bigint | undefined;
  /** Of the callback: begin to the state after it; undefined where that is not recorded. */
  readonly workNs: bigint | undefined;
  readonly exact: boolean;
}

/**
 * How long messages waited, and how long what was done about them took; in pieces.
 *
 * @param events `send`, `receive`, `dispatch` and `state` of one window, each process's in its own order
 * @param lossEnds ends of stretches in which messages were lost
 */
export function* workTimeSteps<E extends MessageEvent>(
  events: readonly E[],
  names: EventNames<E>,
  options: { readonly fromStart: boolean; readonly lossEnds: readonly bigint[] },
): Steps<readonly WorkTime<E>[]> {
  const pairs = yield* pairMessageSteps(events, options);
  const exact = events.some(({ kind }) => kind === "dispatch");
  const walk = new CallbackWalk<E>(names, exact);
  const times: WorkTime<E>[] = [];
  const told = new Set<E>();
  let at: bigint | undefined;
  for (const event of events) {
    yield;
    const since = at;
    if (since !== undefined && options.lossEnds.some((to) => since <= to && to < event.ts)) walk.lost();
    if (at === undefined || event.ts > at) at = event.ts;
    const step = walk.step(event);
    if (!step?.dispatch || !exact) continue;
    const { dispatch, cause, certain } = step;
    const message = certain ? cause : undefined;
    const send = message && pairs.get(message.id)?.send;
    if (message) told.add(message);
    times.push({
      event: message ?? dispatch,
      pid: event.pid,
      waitNs: send && dispatch.ts - send.ts,
      workNs: event.ts - dispatch.ts,
      exact: true,
    });
  }
  for (const event of events) {
    if (event.kind !== "receive" || told.has(event)) continue;
    const send = pairs.get(event.id)?.send;
    if (send)
      times.push({ event, pid: event.pid, waitNs: event.ts - send.ts, workNs: undefined, exact: false });
  }
  return times;
}
