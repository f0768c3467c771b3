import { beforeEach, expect, it } from "vitest";
import { batchSequence, deltaOf } from "./testing.ts";
import type { TraceStore } from "./trace-store.ts";

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const NONE = deltaOf();

/** What a store is asked for a look at the past; a part of `contract.ts`. */
export function describePast(store: () => TraceStore): void {
  beforeEach(() => {
    const next = batchSequence();
    const [first, second] = [
      next([
        { kind: "state", ts: 10n, pid: 1, payload: bytes(1) },
        { kind: "send", ts: 12n, pid: 1, peer: 2, payload: bytes(2) },
        { kind: "state", ts: 20n, pid: 1, payload: bytes(3) },
      ]),
      next([
        { kind: "state", ts: 15n, pid: 2, payload: bytes(4) },
        { kind: "send", ts: 30n, pid: 2 },
      ]),
    ];
    store().append(first, NONE);
    store().append(second, NONE);
  });

  it("gives the newest checkpoint at or before an instant", async () => {
    const one = { lastId: 3, ts: 20n, bytes: bytes(7) };
    const two = { lastId: 5, ts: 30n, bytes: new Uint8Array(100_000).fill(9) };
    store().putCheckpoint(one);
    store().putCheckpoint(two);
    expect(await store().checkpoint(19n)).toBeUndefined();
    expect(await store().checkpoint(20n)).toEqual(one);
    expect(await store().checkpoint(29n)).toEqual(one);
    expect(await store().checkpoint(2n ** 62n)).toEqual(two);
  });

  it("keeps what had ended by each checkpoint", async () => {
    const one = { lastId: 3, ts: 20n, bytes: bytes(7) };
    store().putCheckpoint({ ...one, ended: bytes(1, 2) });
    store().putCheckpoint({ ...one, lastId: 4 });
    store().putCheckpoint({ ...one, lastId: 5, ts: 30n, ended: bytes(3) });
    expect(await store().checkpoint(20n)).toEqual({ ...one, lastId: 4 });
    expect(await store().ended(5)).toEqual([bytes(1, 2), bytes(3)]);
    expect(await store().ended(4)).toEqual([bytes(1, 2)]);
    expect(await store().ended(2)).toEqual([]);
  });

  it("knows the last id that may be as old as an instant", async () => {
    expect(await store().idAt(9n)).toBe(0);
    expect(await store().idAt(10n)).toBe(3);
    expect(await store().idAt(15n)).toBe(5);
    expect(await store().idAt(1_000n)).toBe(5);
  });

  it("gives the newest event of each process in a role", async () => {
    const newest = async (...asked: Parameters<TraceStore["newestIds"]>): Promise<unknown> =>
      [...(await store().newestIds(...asked))].sort(([a], [b]) => a - b);
    expect(await newest({ kinds: ["state"] }, "pid")).toEqual([
      [1, 3],
      [2, 4],
    ]);
    expect(await newest({ kinds: ["state"], to: 15n }, "pid")).toEqual([
      [1, 1],
      [2, 4],
    ]);
    expect(await newest({ kinds: ["send"] }, "peer")).toEqual([[2, 2]]);
    expect(await newest({ kinds: ["exit"] }, "pid")).toEqual([]);
    expect(await newest({ afterId: 3 }, "pid")).toEqual([[2, 5]]);
  });

  it("gives the newest events of several kinds at once, each in its role", async () => {
    const found = await store().newestOfKinds({ to: 29n }, [
      { kind: "state", role: "pid" },
      { kind: "send", role: "peer" },
      { kind: "exit", role: "pid" },
    ]);
    expect([...found].map(([kind, ids]) => [kind, [...ids].sort(([a], [b]) => a - b)])).toEqual([
      [
        "state",
        [
          [1, 3],
          [2, 4],
        ],
      ],
      ["send", [[2, 2]]],
    ]);
  });

  it("gives the newest events of each process, so many each", async () => {
    const each = async (...asked: Parameters<TraceStore["newestEach"]>): Promise<unknown> =>
      (await store().newestEach(...asked)).map(({ id, payload }) => [id, [...payload]]);
    expect(await each({}, "pid", 2)).toEqual([
      [2, [2]],
      [3, [3]],
      [4, [4]],
      [5, []],
    ]);
    expect(await each({ kinds: ["state"], pids: [1] }, "pid", 1)).toEqual([[3, [3]]]);
    expect(await each({}, "peer", 9)).toEqual([[2, [2]]]);
    expect(await each({}, "pid", 0)).toEqual([]);
  });

  it("gives events by their ids, those that there are", async () => {
    const found = await store().eventsByIds([4, 1, 99, 4]);
    expect(found.map(({ id, payload }) => [id, [...payload]])).toEqual([
      [1, [1]],
      [4, [4]],
    ]);
    expect(await store().eventsByIds([])).toEqual([]);
  });

  it("refuses ids that are no whole numbers", async () => {
    await expect(store().eventsByIds([1.5])).rejects.toMatchObject({ code: "STORE_BAD_QUERY" });
  });
}
