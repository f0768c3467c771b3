import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Gap, NodeEntry } from "../model/index.ts";
import { describeActivity } from "./contract-activity.ts";
import { describeAggregate } from "./contract-aggregate.ts";
import { describePast } from "./contract-past.ts";
import { batchOf, batchSequence, deltaOf, type EventSpec, processOf } from "./testing.ts";
import type { StoredEvent, TraceStore } from "./trace-store.ts";

const ids = (events: readonly StoredEvent[]): number[] => events.map(({ id }) => id);
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const NONE = deltaOf();

const at = (ts: bigint, kind: EventSpec["kind"] = "send"): EventSpec => ({ kind, ts });

const nodeEntry = (index: number, name: string): NodeEntry => ({
  index,
  name,
  creation: 2 ** 32 - 1,
  otp: "25",
  elixir: "",
  timeOffset: -(2n ** 62n),
});

/**
 * What every {@link TraceStore} does. `open` gives an empty store each time.
 *
 * @param name of the backend, for the report
 */
export function describeTraceStore(name: string, open: () => Promise<TraceStore>): void {
  describe(`TraceStore contract: ${name}`, () => {
    let store: TraceStore;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    describe("empty", () => {
      describeEmpty(() => store);
    });
    describe("events", () => {
      describeEvents(() => store);
    });
    describe("filters", () => {
      describeFilters(() => store);
    });
    describe("numbers", () => {
      describeNumbers(() => store);
    });
    describe("what stands beside the events", () => {
      describeRest(() => store);
    });
    describe("sums", () => {
      describeAggregate(() => store);
    });
    describe("the past", () => {
      describePast(() => store);
    });
    describe("activity", () => {
      describeActivity(() => store);
    });
    describe("errors", () => {
      describeErrors(() => store);
    });
  });
}

function describeEmpty(store: () => TraceStore): void {
  it("answers every question about nothing", async () => {
    expect(await store().totals()).toEqual({ events: 0, byKind: {}, lastId: 0, nextBatch: 0 });
    expect(await store().events({ order: "newest_first", limit: 10 })).toEqual([]);
    expect(await store().count({})).toBe(0);
    expect(await store().countByKind({})).toEqual({});
    expect([...(await store().rates({ from: 0n, to: 10n, buckets: 2 }))]).toEqual([]);
    expect(await store().gaps()).toEqual([]);
    expect(await store().nodes()).toEqual([]);
    expect(await store().dictionary()).toEqual({ processes: [], functions: [], atoms: [] });
  });

  it("takes a dictionary without events", async () => {
    store().append(batchOf([]), deltaOf({ atoms: [{ index: 0, name: "ok" }] }));
    expect((await store().dictionary()).atoms).toEqual([{ index: 0, name: "ok" }]);
    expect(await store().totals()).toMatchObject({ events: 0, lastId: 0 });
  });
}

function describeEvents(store: () => TraceStore): void {
  it("gives an event back as it came, payload and all", async () => {
    const event: EventSpec = {
      kind: "call",
      ts: -123_456_789_012_345_678n,
      pid: 3,
      peer: 4,
      mfa: 5,
      tag: 6,
      payload: bytes(97, 42),
    };
    store().append(batchOf([{ kind: "send" }, event], { node: 2, batch: 0, firstId: 1 }), NONE);
    const found = await store().events({ order: "oldest_first", limit: 10 });
    expect(found).toEqual([
      { id: 1, node: 2, ts: 1000n, kind: "send", pid: -1, peer: -1, mfa: -1, tag: -1, payload: bytes() },
      { id: 2, node: 2, ...event },
    ]);
  });

  it("keeps the extremes of each column", async () => {
    const events: EventSpec[] = [
      { kind: "spawn", ts: -(2n ** 63n), pid: 2 ** 31 - 1, tag: 0 },
      { kind: "session", ts: 2n ** 63n - 1n, pid: 0, tag: 2 ** 31 - 1 },
    ];
    const firstId = 2 ** 40;
    store().append(batchOf(events, { node: 65_535, batch: 2 ** 31 - 2, firstId }), NONE);
    const found = await store().events({ order: "oldest_first", limit: 2 });
    expect(found.map(({ id, ts, pid, tag, node }) => ({ id, ts, pid, tag, node }))).toEqual([
      { id: firstId, ts: -(2n ** 63n), pid: 2 ** 31 - 1, tag: 0, node: 65_535 },
      { id: firstId + 1, ts: 2n ** 63n - 1n, pid: 0, tag: 2 ** 31 - 1, node: 65_535 },
    ]);
    expect(await store().totals()).toMatchObject({ first: -(2n ** 63n), last: 2n ** 63n - 1n });
  });

  it("shows what was appended to the very next question", async () => {
    const next = batchSequence();
    for (let i = 1; i <= 50; i++) {
      store().append(next([{ kind: "send", payload: bytes(i) }]), NONE);
      const [newest] = await store().events({ order: "newest_first", limit: 1 });
      expect(newest).toMatchObject({ id: i, payload: bytes(i) });
      expect(await store().count({})).toBe(i);
    }
  });

  it("pages through everything in both directions", async () => {
    const next = batchSequence();
    for (let b = 0; b < 7; b++) {
      store().append(
        next(Array.from({ length: 5 }, (_, i) => ({ kind: "send", payload: bytes(b, i) }))),
        NONE,
      );
    }
    const all = Array.from({ length: 35 }, (_, i) => i + 1);
    const forward: number[] = [];
    for (let afterId = 0; ; afterId = forward.at(-1)!) {
      const page = await store().events({ order: "oldest_first", limit: 4, afterId });
      if (page.length === 0) break;
      for (const { id, payload } of page)
        expect([...payload]).toEqual([Math.floor((id - 1) / 5), (id - 1) % 5]);
      forward.push(...ids(page));
    }
    expect(forward).toEqual(all);
    const back: number[] = [];
    for (let beforeId = 36; ; beforeId = back.at(-1)!) {
      const page = await store().events({ order: "newest_first", limit: 4, beforeId });
      if (page.length === 0) break;
      back.push(...ids(page));
    }
    expect(back).toEqual(all.toReversed());
  });

  it("leaves payloads out when asked to", async () => {
    store().append(batchOf([{ kind: "send", payload: bytes(1, 2, 3) }]), NONE);
    const [event] = await store().events({ order: "oldest_first", limit: 1, withoutPayload: true });
    expect(event!.payload).toEqual(bytes());
  });

  it("holds batches larger than a vector of the database", async () => {
    const next = batchSequence();
    const many = Array.from({ length: 5000 }, (_, i): EventSpec => ({ kind: "call", mfa: i }));
    store().append(next(many.slice(0, 3000)), NONE);
    store().append(next(many.slice(3000)), NONE);
    const found = await store().events({ order: "oldest_first", limit: 6000 });
    expect(found.map(({ mfa }) => mfa)).toEqual(many.map(({ mfa }) => mfa));
  });
}

function describeFilters(store: () => TraceStore): void {
  const find = async (filter: Parameters<TraceStore["count"]>[0]): Promise<number[]> => {
    const found = ids(await store().events({ ...filter, order: "oldest_first", limit: 100 }));
    const reversed = ids(await store().events({ ...filter, order: "newest_first", limit: 100 }));
    expect(reversed).toEqual(found.toReversed());
    expect(await store().count(filter)).toBe(found.length);
    return found;
  };
  beforeEach(() => {
    const next = batchSequence();
    store().append(
      next([
        { kind: "spawn", ts: 10n, pid: 0, peer: 1 },
        { kind: "send", ts: 20n, pid: 1, peer: 2, tag: 7 },
        { kind: "receive", ts: 30n, pid: 2, tag: 7 },
      ]),
      NONE,
    );
    store().append(
      next(
        [
          { kind: "call", ts: 40n, pid: 1, mfa: 9 },
          { kind: "send", ts: 50n, pid: 0, peer: 0, tag: 8 },
        ],
        1,
      ),
      NONE,
    );
  });

  it("filters by each column", async () => {
    expect(await find({ kinds: ["send", "spawn"] })).toEqual([1, 2, 5]);
    expect(await find({ processes: [1] })).toEqual([1, 2, 4]);
    expect(await find({ pids: [1] })).toEqual([2, 4]);
    expect(await find({ peers: [0, 2] })).toEqual([2, 5]);
    expect(await find({ functions: [9] })).toEqual([4]);
    expect(await find({ tags: [7] })).toEqual([2, 3]);
    expect(await find({ node: 1 })).toEqual([4, 5]);
  });

  it("takes time with both ends, ids without", async () => {
    expect(await find({ from: 20n, to: 40n })).toEqual([2, 3, 4]);
    expect(await find({ afterId: 2, beforeId: 5 })).toEqual([3, 4]);
    expect(await find({ from: 41n, to: 49n })).toEqual([]);
  });

  it("counts by kind what a filter lets through", async () => {
    expect(await store().countByKind({})).toEqual({ spawn: 1, send: 2, receive: 1, call: 1 });
    expect(await store().countByKind({ processes: [0] })).toEqual({ spawn: 1, send: 1 });
    expect(await store().countByKind({ kinds: [] })).toEqual({});
  });

  it("joins conditions with and, and an empty list lets nothing through", async () => {
    expect(await find({ kinds: ["send"], processes: [2], tags: [7] })).toEqual([2]);
    expect(await find({ kinds: ["send"], functions: [9] })).toEqual([]);
    expect(await find({ kinds: [] })).toEqual([]);
    expect(await find({ processes: [] })).toEqual([]);
    expect(await find({})).toEqual([1, 2, 3, 4, 5]);
  });
}

function describeNumbers(store: () => TraceStore): void {
  it("counts totals", async () => {
    const next = batchSequence({ firstId: 11, batch: 3 });
    store().append(
      next([
        { kind: "send", ts: 5n },
        { kind: "send", ts: -7n },
        { kind: "exit", ts: 1n },
      ]),
      NONE,
    );
    store().append(next([{ kind: "send", ts: 3n }]), NONE);
    expect(await store().totals()).toEqual({
      events: 4,
      byKind: { send: 3, exit: 1 },
      lastId: 14,
      nextBatch: 5,
      first: -7n,
      last: 5n,
    });
  });

  it("counts rates by kind and bucket, from inclusive, to exclusive", async () => {
    const next = batchSequence();
    store().append(next([at(-11n), at(-10n), at(-4n), at(-3n), at(0n, "exit"), at(9n), at(10n)]), NONE);
    store().append(next([at(9n)], 1), NONE);
    const rates = await store().rates({ from: -10n, to: 10n, buckets: 3 });
    // Bounds of the buckets: -10, -3.33…, 3.33…, 10
    expect(rates.get("send")).toEqual([2, 1, 2]);
    expect(rates.get("exit")).toEqual([0, 1, 0]);
    expect(rates.size).toBe(2);
    expect((await store().rates({ from: -10n, to: 10n, buckets: 3, nodes: [1] })).get("send")).toEqual([
      0, 0, 1,
    ]);
  });

  it("counts rates over stretches whose product with the buckets passes 64 bits", async () => {
    const from = -(2n ** 62n);
    const to = 2n ** 62n;
    store().append(
      batchOf([
        { kind: "send", ts: to - 1n },
        { kind: "send", ts: from },
      ]),
      NONE,
    );
    const counts = (await store().rates({ from, to, buckets: 120 })).get("send")!;
    expect(counts).toHaveLength(120);
    expect([counts[0], counts[119]]).toEqual([1, 1]);
  });
}

function describeRest(store: () => TraceStore): void {
  it("keeps nodes, the last word about each", async () => {
    store().putNode(nodeEntry(1, "b@127.0.0.1"));
    store().putNode(nodeEntry(0, "old@127.0.0.1"));
    store().putNode(nodeEntry(0, "a@127.0.0.1"));
    expect(await store().nodes()).toEqual([nodeEntry(0, "a@127.0.0.1"), nodeEntry(1, "b@127.0.0.1")]);
  });

  it("keeps gaps in the order in which they came", async () => {
    const gaps: Gap[] = [
      { node: 0, from: -5n, to: 2n ** 60n, cause: "no_credit", dropped: { send: 3_000_000_000, call: 1 } },
      { node: 1, from: 0n, to: 0n, cause: "detached", dropped: {} },
    ];
    for (const gap of gaps) store().addGap(gap);
    expect(await store().gaps()).toEqual(gaps);
  });

  it("keeps facts about the recording, the last word about each", async () => {
    store().putMeta("end_reason", "first");
    store().putMeta("end_reason", 'it\'s "over" \u{1F600}');
    store().putMeta("empty", "");
    const meta = await store().meta();
    expect(meta.get("end_reason")).toBe('it\'s "over" \u{1F600}');
    expect(meta.get("empty")).toBe("");
  });

  it("keeps the dictionary, whatever the names", async () => {
    const names = ["", "ok", "Elixir.Foo", "it's", "näive \u{1F600}", "a\0b", "x".repeat(255)];
    const atoms = names.map((name, index) => ({ index, name }));
    const processes = [
      processOf(0, 2 ** 28),
      { index: 1, node: "ü@h", id: 1, serial: 8191, creation: 2 ** 32 - 1 },
    ];
    const functions = [{ index: 0, module: "Elixir.A", function: "-f/0-fun-0-", arity: 255 }];
    store().append(batchOf([{ kind: "send" }]), { processes, functions: [], atoms: atoms.slice(0, 3) });
    store().append(batchOf([], { batch: 1, firstId: 2 }), {
      processes: [],
      functions,
      atoms: atoms.slice(3),
    });
    expect(await store().dictionary()).toEqual({ processes, functions, atoms });
  });
}

function describeErrors(store: () => TraceStore): void {
  it("refuses ids and batch numbers that go backwards", async () => {
    const first = batchOf([{ kind: "send" }, { kind: "send" }]);
    store().append(first, NONE);
    expect(() => store().append(batchOf([{ kind: "send" }], { batch: 1, firstId: 2 }), NONE)).toThrow(
      expect.objectContaining({ code: "STORE_OUT_OF_ORDER" }),
    );
    expect(() => store().append(batchOf([{ kind: "send" }], { batch: 0, firstId: 3 }), NONE)).toThrow(
      expect.objectContaining({ code: "STORE_OUT_OF_ORDER" }),
    );
    expect(await store().totals()).toMatchObject({ events: 2, lastId: 2 });
  });

  it("refuses questions without an answer", async () => {
    const bad = { code: "STORE_BAD_QUERY" };
    await expect(store().events({ order: "oldest_first", limit: 1.5 })).rejects.toMatchObject(bad);
    await expect(store().events({ order: "oldest_first", limit: -1 })).rejects.toMatchObject(bad);
    await expect(store().rates({ from: 0n, to: 1n, buckets: 0 })).rejects.toMatchObject(bad);
    await expect(store().rates({ from: 1n, to: 1n, buckets: 1 })).rejects.toMatchObject(bad);
    await expect(store().count({ pids: [0.5] })).rejects.toMatchObject(bad);
  });

  it("answers nothing after close, which may be called twice", async () => {
    await store().close();
    await store().close();
    const closed = { code: "STORE_CLOSED" };
    await expect(store().totals()).rejects.toMatchObject(closed);
    await expect(store().events({ order: "oldest_first", limit: 1 })).rejects.toMatchObject(closed);
    expect(() => store().append(batchOf([{ kind: "send" }]), NONE)).toThrow(expect.objectContaining(closed));
    expect(() => store().putMeta("a", "b")).toThrow(expect.objectContaining(closed));
  });
}
