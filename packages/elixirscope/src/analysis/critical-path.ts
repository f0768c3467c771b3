import type { Flow, FlowEvent, FlowHop, FlowSpan } from "./flow-types.ts";

/**
 * A stretch of what made a flow last as long as it did.
 *
 * - `work`: a process was at it
 * - `wait`: a message was under way, or lay in the mailbox of a process that was at something else
 * - `unknown`: what led here is not in the record
 */
export interface CriticalSegment<E extends FlowEvent> {
  readonly type: "work" | "wait" | "unknown";
  /** Whose work; of a wait who took the message in the end. */
  readonly span: FlowSpan<E>;
  /** Of a wait: the message. */
  readonly hop: FlowHop<E> | undefined;
  readonly from: bigint;
  readonly to: bigint;
}

/**
 * The critical path: from the last event of a flow back to what it had to wait for, and so on to the start. Its segments lie end to
 * end, so that they add up to the flow's duration. An answer that had come while its asker was still at work held
 * nothing up: there it is the asker's own work that counts.
 */
export function criticalPath<E extends FlowEvent>(flow: Flow<E>): readonly CriticalSegment<E>[] {
  const members = new Set(flow.spans);
  const home = (span: FlowSpan<E>): FlowSpan<E> => {
    let at = span;
    while (!members.has(at) && at.outer) at = at.outer;
    return at;
  };
  const answers = new Map<FlowSpan<E>, FlowHop<E>[]>();
  for (const { hops } of flow.spans) {
    for (const hop of hops) {
      if (!hop.to || !hop.receive || !hop.send || !hop.from) continue;
      const to = home(hop.to);
      if (hop.receive !== to.opened) answers.set(to, [...(answers.get(to) ?? []), hop]);
    }
  }
  const segments: CriticalSegment<E>[] = [];
  const gone = new Set<FlowHop<E>>();
  let at = flow.last;
  /** Clocks of two nodes differ: what would lie after where we are, or before the flow, is cut. */
  const back = (type: CriticalSegment<E>["type"], span: FlowSpan<E>, to: bigint, hop?: FlowHop<E>): void => {
    const from = to > at ? at : to < flow.first ? flow.first : to;
    if (from < at) segments.push({ type, span, hop, from, to: at });
    at = from;
  };
  let span: FlowSpan<E> = flow.spans.reduce((a, b) => (b.last.ts > a.last.ts ? b : a));
  for (;;) {
    const answer = awaited(span, answers.get(span) ?? [], at, gone);
    const hop = answer ?? (span === flow.spans[0] ? undefined : span.cause);
    back("work", span, answer ? answer.receive!.ts : span.opened.ts);
    if (!hop?.send || !hop.from || gone.has(hop)) break;
    gone.add(hop);
    back("wait", span, hop.send.ts, hop);
    span = home(hop.from);
    if (!members.has(span)) break;
  }
  back("unknown", span, flow.first);
  return segments.toReversed();
}

/** The last answer before an instant that its asker had nothing to do without. */
function awaited<E extends FlowEvent>(
  span: FlowSpan<E>,
  answers: readonly FlowHop<E>[],
  at: bigint,
  gone: ReadonlySet<FlowHop<E>>,
): FlowHop<E> | undefined {
  const busy = [span.opened.ts, ...span.hops.flatMap(({ send }) => (send ? [send.ts] : []))];
  const taken = answers.map(({ receive }) => receive!.ts);
  return answers
    .filter((hop) => !gone.has(hop) && hop.receive!.ts <= at)
    .toSorted((a, b) => (a.receive!.ts < b.receive!.ts ? 1 : -1))
    .find(({ send, receive }) => {
      const before = [...busy, ...taken].filter((ts) => ts < receive!.ts);
      return before.every((ts) => ts <= send!.ts);
    });
}
