import { describe, expect, it } from "vitest";
import { SpanIndex, spanExtents } from "./flow-extent.ts";
import type { FlowEvent, FlowHop, FlowSpan } from "./flow-types.ts";

let next = 1;
const event = (ts: number, kind: string, pid = 1, mfa = 0): FlowEvent => ({
  id: next++,
  node: 0,
  ts: BigInt(ts),
  kind,
  pid,
  peer: -1,
  mfa,
  tag: -1,
  payload: new Uint8Array(0),
});

function span(from: number, last: number, more: Partial<FlowSpan<FlowEvent>> = {}): FlowSpan<FlowEvent> {
  return {
    pid: 1,
    node: 0,
    opened: event(from, "flow_receive"),
    cause: undefined,
    outer: undefined,
    isLeftOver: false,
    isLost: false,
    hops: [],
    entries: [],
    ended: undefined,
    failure: undefined,
    fresh: false,
    last: event(last, "flow_send"),
    ...more,
  };
}

const CONTINUE = 9;
const extents = (
  spans: readonly FlowSpan<FlowEvent>[],
  events: readonly FlowEvent[] = [],
): readonly number[] => {
  const found = spanExtents(spans, events, ({ mfa }) => mfa === CONTINUE);
  return spans.map((one) => Number(found.get(one)));
};

describe("extents of a flow's parts", () => {
  it("end with the callback, with what was told of it", () => {
    expect(extents([span(10, 20, { ended: event(30, "flow_end") })])).toEqual([30]);
    const states = [
      event(5, "state"),
      event(10, "dispatch"),
      event(30, "state"),
      event(40, "dispatch"),
      event(50, "state"),
    ];
    expect(extents([span(10, 20)], states)).toEqual([30]);
  });

  it("go on through a continue, and through nothing else", () => {
    const events = [
      event(30, "state"),
      event(31, "dispatch", 1, CONTINUE),
      event(50, "state"),
      event(60, "dispatch"),
      event(70, "state"),
    ];
    expect(extents([span(10, 20)], events.toReversed())).toEqual([50]);
  });

  it("of who was spawned for it end with its process; of others only the newest message is certain", () => {
    const spawned = { cause: { type: "spawn" } as FlowHop<FlowEvent> };
    expect(extents([span(10, 20, spawned)], [event(90, "exit")])).toEqual([90]);
    expect(extents([span(10, 20)], [event(90, "exit")])).toEqual([20]);
    expect(extents([span(10, 20)], [event(30, "state"), event(90, "exit")])).toEqual([30]);
    expect(extents([span(10, 20)])).toEqual([20]);
  });

  it("end where the same process begins another", () => {
    const first = span(10, 20);
    expect(extents([first, span(25, 26)], [event(40, "state")])).toEqual([25, 40]);
  });

  it("tell which part a process was at", () => {
    const [one, two] = [span(10, 20, { ended: event(30, "flow_end") }), span(50, 60)];
    const index = new SpanIndex(
      [two, one],
      spanExtents([one, two], [], () => false),
    );
    const at = (ts: number, pid = 1): unknown => index.at(pid, BigInt(ts));
    expect([at(9), at(10), at(30), at(31), at(60), at(61), at(55, 2)]).toEqual([
      undefined,
      one,
      one,
      undefined,
      two,
      undefined,
      undefined,
    ]);
  });
});
