import { beforeEach, expect, it } from "vitest";
import { batchSequence, deltaOf } from "./testing.ts";
import type { TraceStore } from "./trace-store.ts";

const NONE = deltaOf();

/** What processes did over time; a part of `contract.ts`. */
export function describeActivity(store: () => TraceStore): void {
  beforeEach(() => {
    const next = batchSequence();
    store().append(
      next([
        { kind: "dispatch", ts: 100n, pid: 1 },
        { kind: "send", ts: 110n, pid: 1, peer: 2 },
        { kind: "state", ts: 130n, pid: 1 },
        { kind: "dispatch", ts: 131n, pid: 1 },
        { kind: "dispatch", ts: 150n, pid: 3 },
        { kind: "sample", ts: 151n, pid: 3 },
        { kind: "sample", ts: 152n, pid: 4 },
      ]),
      NONE,
    );
    store().append(
      next([
        { kind: "state", ts: 221n, pid: 1 },
        { kind: "state", ts: 222n, pid: 1 },
        { kind: "exit", ts: 299n, pid: 3 },
      ]),
      NONE,
    );
  });
  const stretch = { from: 100n, to: 300n, buckets: 2, limit: 10 };

  it("tells of each process, the busiest first, its events and its callbacks, where they ended", async () => {
    expect(await store().activity(stretch)).toEqual([
      { process: 1, events: [4, 2], busyNs: [30, 90], longestNs: [30, 90] },
      { process: 3, events: [1, 1], busyNs: [0, 0], longestNs: [0, 0] },
    ]);
    expect(await store().activity({ ...stretch, from: 200n })).toEqual([
      { process: 1, events: [2, 0], busyNs: [90, 0], longestNs: [90, 0] },
      { process: 3, events: [0, 1], busyNs: [0, 0], longestNs: [0, 0] },
    ]);
  });

  it("tells of those that were asked for, and of no more than that many", async () => {
    const of = async (asked: object): Promise<readonly number[]> =>
      (await store().activity({ ...stretch, ...asked })).map(({ process }) => process);
    expect(await of({ limit: 1 })).toEqual([1]);
    expect(await of({ limit: 0 })).toEqual([]);
    expect(await of({ processes: [3, 9] })).toEqual([3]);
    expect(await of({ processes: [] })).toEqual([]);
    expect(await of({ nodes: [1] })).toEqual([]);
  });

  it("refuses what is no stretch of time", async () => {
    const bad = { code: "STORE_BAD_QUERY" };
    await expect(store().activity({ ...stretch, to: 100n })).rejects.toMatchObject(bad);
    await expect(store().activity({ ...stretch, buckets: 0 })).rejects.toMatchObject(bad);
    await expect(store().activity({ ...stretch, limit: 1.5 })).rejects.toMatchObject(bad);
    await expect(store().activity({ ...stretch, processes: [0.5] })).rejects.toMatchObject(bad);
  });
}
