import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { criticalPath } from "./critical-path.ts";
import type { Flow, FlowEvent, FlowHop, FlowSpan } from "./flow-types.ts";

let next = 1;
const event = (us: number, pid: number): FlowEvent => ({
  id: next++,
  node: 0,
  ts: BigInt(us),
  kind: "flow_send",
  pid,
  peer: -1,
  mfa: -1,
  tag: -1,
  payload: new Uint8Array(0),
});

const spanOf = (pid: number, us: number): FlowSpan<FlowEvent> => {
  const opened = event(us, pid);
  return {
    pid,
    node: 0,
    opened,
    cause: undefined,
    outer: undefined,
    isLeftOver: false,
    hops: [],
    entries: [],
    ended: undefined,
    failure: undefined,
    isLost: false,
    fresh: true,
    last: opened,
  };
};

/** Process 1 at 0 µs is where it starts. */
class Story {
  readonly spans: FlowSpan<FlowEvent>[] = [spanOf(1, 0)];

  span(pid: number): FlowSpan<FlowEvent> {
    return this.spans.findLast((span) => span.pid === pid)!;
  }

  /** A message that opens a part of the flow in its receiver. */
  tells(from: number, to: number, sent: number, taken: number): this {
    const cause = this.#hop(from, sent);
    const span = spanOf(to, taken);
    cause.receive = span.opened;
    cause.to = span;
    span.cause = cause;
    this.spans.push(span);
    return this;
  }

  answers(from: number, to: number, sent: number, taken: number): this {
    const hop = this.#hop(from, sent);
    const span = this.span(to);
    hop.receive = event(taken, to);
    hop.to = span;
    hop.reply = true;
    if (hop.receive.ts > span.last.ts) span.last = hop.receive;
    return this;
  }

  /** It does something at that instant, its last thing. */
  ends(pid: number, at: number): this {
    this.span(pid).ended = event(at, pid);
    this.span(pid).last = this.span(pid).ended!;
    return this;
  }

  #hop(from: number, sent: number): FlowHop<FlowEvent> {
    const span = this.span(from);
    const send = event(sent, from);
    const hop: FlowHop<FlowEvent> = {
      send,
      from: span,
      receive: undefined,
      to: undefined,
      type: "message",
      reply: false,
    };
    span.hops.push(hop);
    if (send.ts > span.last.ts) span.last = send;
    return hop;
  }

  flow(): Flow<FlowEvent> {
    const last = this.spans
      .map((span) => span.last.ts)
      .sort((a, b) => Number(a - b))
      .at(-1)!;
    const { opened } = this.spans[0]!;
    return { start: opened, spans: this.spans, first: opened.ts, last, complete: true };
  }

  path(): readonly string[] {
    return criticalPath(this.flow()).map(({ type, span, from, to }) => `${type} ${span.pid} ${from}-${to}`);
  }
}

describe("what made a flow last", () => {
  it("goes through a call and its answer", () => {
    const story = new Story().tells(1, 2, 10, 15).answers(2, 1, 40, 50).ends(1, 60);
    expect(story.path()).toEqual([
      "work 1 0-10",
      "wait 2 10-15",
      "work 2 15-40",
      "wait 1 40-50",
      "work 1 50-60",
    ]);
  });

  it("takes the slower of two that were asked at once", () => {
    const story = new Story()
      .tells(1, 2, 10, 11)
      .tells(1, 3, 12, 13)
      .answers(2, 1, 20, 21)
      .answers(3, 1, 70, 72)
      .ends(1, 80);
    expect(story.path()).toEqual([
      "work 1 0-12",
      "wait 3 12-13",
      "work 3 13-70",
      "wait 1 70-72",
      "work 1 72-80",
    ]);
  });

  it("passes over an answer that lay there while its asker was at work", () => {
    const story = new Story().tells(1, 2, 10, 11).answers(2, 1, 20, 60).tells(1, 3, 50, 55).ends(1, 90);
    // It still sent something at 50: the answer of 20 held nothing up.
    expect(story.path()).toEqual(["work 1 0-90"]);
  });

  it("ends in whatever went on longest, also where nobody waits for it", () => {
    const story = new Story().ends(1, 5).tells(1, 2, 3, 30).ends(2, 100);
    expect(story.path()).toEqual(["work 1 0-3", "wait 2 3-30", "work 2 30-100"]);
  });

  it("says what is not known where a message came from nowhere", () => {
    const story = new Story().tells(1, 2, 10, 20).ends(2, 50);
    const [cause] = story.spans[0]!.hops;
    Object.assign(cause!, { send: undefined });
    expect(story.path()).toEqual(["unknown 2 0-20", "work 2 20-50"]);
  });
});

it("lies end to end from the first event to the last, whatever happened and whatever the clocks say", () => {
  const step = fc.record({
    answer: fc.boolean(),
    from: fc.integer({ min: 0, max: 4 }),
    to: fc.integer({ min: 0, max: 4 }),
    sent: fc.integer({ min: -20, max: 200 }),
    taken: fc.integer({ min: -20, max: 200 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const story = new Story();
      for (const { answer, from, to, sent, taken } of steps) {
        const known = [...new Set(story.spans.map(({ pid }) => pid))];
        const sender = known[from % known.length]!;
        if (answer) story.answers(sender, known[to % known.length]!, sent, taken);
        else story.tells(sender, story.spans.length + 1, sent, taken);
      }
      const flow = story.flow();
      const path = criticalPath(flow);
      let at = flow.first;
      for (const { from, to } of path) {
        expect(from).toBe(at);
        expect(to > from).toBe(true);
        at = to;
      }
      expect(at).toBe(flow.last);
    }),
    { numRuns: 500, endOnFailure: true },
  );
});
