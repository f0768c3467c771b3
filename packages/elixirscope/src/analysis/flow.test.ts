import { Atom, atom, encode, Pid, type Term, tuple } from "@elixirscope/etf";
import { describe, expect, it } from "vitest";
import { buildFlows } from "./flow.ts";
import type { FlowEvent, FlowInput } from "./flow-types.ts";

const WORDS = ["start", "nested", "foreign", "msg"];
const pid = (n: number): Pid => new Pid("a@b", n, 0, 1);
let next = 1;

/** An event at so many microseconds; a term without its version byte. */
function event(us: number, kind: string, process: number, more: Partial<FlowEvent> = {}): FlowEvent {
  const base = { id: next++, node: 0, ts: BigInt(us) * 1_000n, kind, pid: process };
  return { ...base, peer: -1, mfa: 7, tag: 3, payload: new Uint8Array(0), ...more };
}
const hop = (type: string, from: number, to: number, numbers: readonly [number, number], message: Term) =>
  encode(tuple(atom(type), tuple(...numbers), pid(from), pid(to), message)).subarray(1);
const start = (us: number, process: number, word = "start"): FlowEvent =>
  event(us, "flow_start", process, { tag: WORDS.indexOf(word) });
const send = (us: number, from: number, to: number, numbers: readonly [number, number]): FlowEvent =>
  event(us, "flow_send", from, { peer: to, payload: hop("send", from, to, numbers, new Atom("x")) });
const receive = (us: number, from: number, to: number, numbers: readonly [number, number]): FlowEvent =>
  event(us, "flow_receive", to, { peer: from, payload: hop("receive", from, to, numbers, new Atom("x")) });

const build = (events: readonly FlowEvent[], more: Partial<FlowInput<FlowEvent>> = {}) =>
  buildFlows({
    events,
    gaps: [],
    word: (tag) => WORDS[tag],
    isAway: () => false,
    isFailure: () => true,
    ...more,
  });

describe("flows from hops", () => {
  it("ties a receive to its send by sender and numbers, whatever the clocks say", () => {
    const { flows, strays } = build([
      start(10, 1),
      send(20, 1, 2, [0, 1]),
      receive(5, 1, 2, [0, 1]),
      send(6, 2, 3, [1, 2]),
    ]);
    expect(strays).toBe(0);
    expect(flows).toMatchObject([
      { complete: true, spans: [{ pid: 1 }, { pid: 2, hops: [{ to: undefined }] }] },
    ]);
  });

  it("ends where the entry point returns, though its process still holds the token", () => {
    const { flows, strays } = build([
      start(1, 1),
      send(2, 1, 2, [0, 1]),
      event(3, "return", 1),
      send(4, 1, 2, [0, 2]),
      receive(5, 1, 2, [0, 2]),
      start(6, 2, "nested"),
      start(7, 1, "nested"),
    ]);
    // What was sent afterwards brought a token along: an entry point that is reached with it starts a flow all the same.
    expect(flows.map(({ spans, complete }) => [spans[0]!.pid, spans[0]!.hops.length, complete])).toEqual([
      [1, 1, true],
      [2, 0, true],
      [1, 0, true],
    ]);
    expect(strays).toBe(0);
  });

  it("concludes nothing from the order after a gap, and calls the flow incomplete", () => {
    const gaps = [{ node: 0, from: 30_000n, to: 40_000n }];
    const events = [
      start(1, 1),
      send(2, 1, 2, [0, 1]),
      receive(3, 1, 2, [0, 1]),
      // By its number this is of that message; that one is not.
      send(50, 2, 3, [1, 2]),
      send(60, 2, 3, [9, 10]),
    ];
    const { flows, strays } = build(events, { gaps });
    expect(strays).toBe(1);
    expect(flows).toMatchObject([
      { complete: false, spans: [{ pid: 1 }, { pid: 2, hops: [{ type: "message" }] }] },
    ]);
    expect(build(events, { gaps: [{ ...gaps[0]!, node: 1 }] }).strays).toBe(0);
  });

  it("leaves other tokens out, and a start within a flow in it", () => {
    const { flows, foreign } = build([
      start(1, 1, "foreign"),
      event(2, "return", 1),
      start(3, 1),
      start(4, 1, "nested"),
      send(5, 1, 2, [0, 1]),
      event(6, "return", 1),
      event(7, "return", 1),
    ]);
    expect(foreign).toHaveLength(1);
    expect(flows).toMatchObject([{ spans: [{ entries: [{ kind: "flow_start" }], hops: [{}] }] }]);
  });

  it("tells an exit of a process that was at it, and none after it waits again", () => {
    const events = [start(1, 1), send(2, 1, 2, [0, 1]), receive(3, 1, 2, [0, 1])];
    expect(build([...events, event(4, "exit", 2)]).flows[0]!.spans[1]!.failure).toBeDefined();
    const ended = [...events, event(4, "flow_end", 2), event(5, "exit", 2)];
    expect(build(ended).flows[0]!.spans[1]!.failure).toBeUndefined();
  });

  it("counts what belongs to no start", () => {
    expect(build([send(1, 1, 2, [0, 1]), receive(2, 1, 2, [0, 1])])).toMatchObject({ flows: [], strays: 2 });
  });

  it("is incomplete where an answer that was waited for never came with the token", () => {
    const asked = (us: number, numbers: readonly [number, number]): FlowEvent =>
      event(us, "flow_send", 1, { peer: 9, payload: hop("send", 1, 9, numbers, atom("es_asked")) });
    const answered = (us: number, numbers: readonly [number, number]): FlowEvent =>
      event(us, "flow_receive", 1, { peer: 9, payload: hop("receive", 9, 1, numbers, atom("es_answered")) });
    const back = event(90, "return", 1);
    const complete = (...events: readonly FlowEvent[]): readonly unknown[] => {
      const { flows, strays } = build([start(1, 1), ...events]);
      return [flows[0]!.complete, flows[0]!.spans[0]!.hops.length, strays];
    };
    expect(complete(asked(2, [0, 1]), answered(3, [1, 2]), send(4, 1, 2, [2, 3]), back)).toEqual([
      true,
      1,
      0,
    ]);
    expect(complete(asked(2, [0, 1]), back)).toEqual([false, 0, 0]);
    // It waits yet; its callback ended with the token.
    expect(complete(asked(2, [0, 1]))).toEqual([true, 0, 0]);
    expect(complete(asked(2, [0, 1]), event(5, "flow_end", 1))).toEqual([true, 0, 0]);
    expect(build([asked(2, [0, 1]), answered(3, [1, 2])]).strays).toBe(0);
  });
});
