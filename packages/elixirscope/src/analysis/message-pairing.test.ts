import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NONE } from "../model/index.ts";
import { type MessageEvent, pairMessages } from "./message-pairing.ts";

const START = { fromStart: true };
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** `1>2 a`: 1 sends `a` to 2. `2<a`: 2 receives it. `1>? a`: to nobody known. `2<a@1` on node 1. Ids from 1, a microsecond apart. */
function events(...lines: readonly string[]): MessageEvent[] {
  return lines.map((line, i): MessageEvent => {
    const [, pid, way, peer, text, node] = /^(\d+)([<>])(?:(\d+|\?) )?(.*?)(?:@(\d))?$/.exec(line)!;
    return {
      id: i + 1,
      node: Number(node ?? 0),
      ts: BigInt(i + 1) * 1000n,
      kind: way === ">" ? "send" : "receive",
      pid: Number(pid),
      peer: peer === undefined || peer === "?" ? NONE : Number(peer),
      payload: bytes(text!),
    };
  });
}

/** `send→receive`, with `?` where it is not certain. */
function pairs(list: readonly MessageEvent[], options = START): readonly string[] {
  const found = new Set(pairMessages(list, options).values());
  return [...found].map(({ send, receive, certain }) => `${send.id}→${receive.id}${certain ? "" : "?"}`);
}

describe("pairing of sends with receives", () => {
  it("goes by receiver and bytes", () => {
    expect(pairs(events("1>3 a", "1>4 a", "2>3 b", "3<b", "4<a", "3<a"))).toEqual(["3→4", "2→5", "1→6"]);
  });

  it("counts equal messages of one sender in their order", () => {
    expect(pairs(events("1>2 a", "1>2 a", "2<a", "1>2 a", "2<a", "2<a"))).toEqual(["1→3", "2→5", "4→6"]);
  });

  it("takes equal messages of several senders in turn, and says that it is not certain", () => {
    expect(pairs(events("1>3 a", "2>3 a", "3<a", "3<a"))).toEqual(["1→3?", "2→4?"]);
  });

  it("is certain again once none of them is under way", () => {
    expect(pairs(events("1>3 a", "2>3 a", "3<a", "3<a", "2>3 a", "3<a"))).toEqual(["1→3?", "2→4?", "5→6"]);
  });

  it("keeps the order between two processes: what is behind something else cannot have come", () => {
    expect(pairs(events("1>3 x", "1>3 a", "2>3 a", "3<a", "3<x", "3<a"))).toEqual(["3→4", "1→5", "2→6"]);
  });

  it("gives no pair to what nobody sent, and trusts no equal one then", () => {
    expect(pairs(events("1>2 b", "2<timer", "2<b"))).toEqual(["1→3"]);
    expect(pairs(events("1>2 tick", "2<tick", "2<tick"))).toEqual(["1→2?"]);
  });

  it("gives no pair to what was not received, nor to a receive before the send", () => {
    expect(pairs(events("1>2 a"))).toEqual([]);
    expect(pairs(events("2<a", "1>2 a"))).toEqual([]);
  });

  it("finds what went to an alias by its bytes, unless several processes received them", () => {
    expect(pairs(events("1>? ref1", "2<ref1"))).toEqual(["1→2"]);
    expect(pairs(events("1>? a", "1>? a", "2<a", "3<a"))).toEqual(["1→3?", "2→4?"]);
  });

  it("does not count equal messages where the window has no beginning", () => {
    const list = events("1>2 a", "1>2 a", "1>2 b", "2<a", "2<b", "2<a");
    expect(pairs(list, { fromStart: false })).toContain("1→4?");
    expect(pairs(events("1>2 b", "2<b"), { fromStart: false })).toEqual(["1→2"]);
  });

  it("allows for clocks that differ between nodes, not within one", () => {
    expect(pairs(events("2<a", "1>2 a@1"))).toEqual(["2→1"]);
    expect(pairs(events("2<a@1", "1>2 a@1"))).toEqual([]);
  });
});

// Random conversations, played as the BEAM would, so that the truth is known.

interface Step {
  readonly from: number;
  readonly to: number;
  readonly text: string;
  readonly traced: boolean;
}

interface Played {
  readonly list: readonly MessageEvent[];
  /** Send of each receive; `undefined`: not traced. */
  readonly truth: ReadonlyMap<number, number | undefined>;
}

const PROCESSES = 4;
const step = (texts: readonly string[], traced: fc.Arbitrary<boolean>): fc.Arbitrary<Step> =>
  fc.record({
    from: fc.integer({ min: 0, max: PROCESSES - 1 }),
    to: fc.integer({ min: 0, max: PROCESSES - 1 }),
    text: fc.constantFrom(...texts),
    traced,
  });

/**
 * @param choices what happens next: the next step, or the oldest message under way from one process to another
 * @param distinct makes every message another one
 */
function play(steps: readonly Step[], choices: readonly number[], distinct: boolean): Played {
  const list: MessageEvent[] = [];
  const truth = new Map<number, number | undefined>();
  const lines = new Map<string, { payload: Uint8Array; to: number; send: number | undefined }[]>();
  const add = (event: Pick<MessageEvent, "kind" | "pid" | "peer" | "payload">): number => {
    const id = list.length + 1;
    list.push({ ...event, id, node: 0, ts: BigInt(id) });
    return id;
  };
  const send = ({ from, to, text, traced }: Step, i: number): void => {
    const payload = bytes(distinct ? `${text}${i}` : text);
    const id = traced ? add({ kind: "send", pid: from, peer: to, payload }) : undefined;
    const line = `${from}>${to}`;
    lines.set(line, [...(lines.get(line) ?? []), { payload, to, send: id }]);
  };
  const receive = (choice: number): void => {
    const open = [...lines.values()].filter((line) => line.length > 0);
    const taken = open[choice % Math.max(1, open.length)]?.shift();
    if (taken)
      truth.set(add({ kind: "receive", pid: taken.to, peer: NONE, payload: taken.payload }), taken.send);
  };
  let next = 0;
  for (const choice of choices) {
    if (choice % 2 === 0 && next < steps.length) send(steps[next]!, next++);
    else receive(choice >> 1);
  }
  while (next < steps.length) send(steps[next]!, next++);
  while ([...lines.values()].some((line) => line.length > 0)) receive(0);
  return { list, truth };
}

const choices = fc.array(fc.nat(1000), { maxLength: 80 });
const always = fc.constant(true);
const RUNS = { numRuns: 1_000 };

describe("pairing of random conversations", () => {
  it("is the truth, all of it, where messages differ, also with senders that are not traced", () => {
    const steps = fc.array(step(["a"], fc.boolean()), { maxLength: 40 });
    fc.assert(
      fc.property(steps, choices, fc.boolean(), (made, how, fromStart) => {
        const { list, truth } = play(made, how, true);
        const found = pairMessages(list, { fromStart });
        for (const [receive, send] of truth) {
          const pair = found.get(receive);
          expect(pair?.send.id).toBe(send);
          expect(pair?.certain).toBe(send === undefined ? undefined : true);
        }
      }),
      RUNS,
    );
  });

  it("is never wrong where it says that it is certain, with few different messages and hidden senders", () => {
    const steps = fc.array(step(["a", "b", "c"], fc.boolean()), { maxLength: 40 });
    const hidden = fc.array(step(["a", "b", "c"], always), { maxLength: 40 });
    fc.assert(
      fc.property(fc.oneof(steps, hidden), choices, (made, how) => {
        const { list, truth } = play(made, how, false);
        for (const { send, receive, certain } of pairMessages(list, START).values())
          if (certain) expect(send.id).toBe(truth.get(receive.id));
      }),
      RUNS,
    );
  });

  it("pairs equal messages in turn: none twice, same bytes and receiver, never backwards", () => {
    const steps = fc.array(step(["a", "b"], always), { maxLength: 40 });
    fc.assert(
      fc.property(steps, choices, (made, how) => {
        const { list } = play(made, how, false);
        const found = [...new Set(pairMessages(list, START).values())];
        const used = found.flatMap(({ send, receive }) => [send.id, receive.id]);
        expect(new Set(used).size).toBe(used.length);
        for (const { send, receive } of found) {
          expect(send.peer).toBe(receive.pid);
          expect(send.payload).toEqual(receive.payload);
          expect(send.ts <= receive.ts).toBe(true);
          const before = found.filter(
            (other) =>
              other.send.pid === send.pid && other.send.peer === send.peer && other.send.id < send.id,
          );
          for (const other of before) expect(other.receive.id).toBeLessThan(receive.id);
        }
      }),
      RUNS,
    );
  });

  it("is certain of all equal messages of a single sender", () => {
    const steps = fc.array(step(["a", "b"], always), { maxLength: 40 });
    fc.assert(
      fc.property(steps, choices, (made, how) => {
        const { list, truth } = play(
          made.map((one) => ({ ...one, from: 0 })),
          how,
          false,
        );
        const found = pairMessages(list, START);
        for (const [receive, send] of truth)
          expect(found.get(receive)).toMatchObject({ send: { id: send }, certain: true });
      }),
      RUNS,
    );
  });
});
