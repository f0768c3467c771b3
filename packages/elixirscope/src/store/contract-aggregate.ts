import { beforeEach, expect, it } from "vitest";
import type { AggregateQuery } from "./aggregate.ts";
import { batchSequence, deltaOf } from "./testing.ts";
import type { TraceStore } from "./trace-store.ts";

const sized = (length: number): Uint8Array => new Uint8Array(length);
const NONE = deltaOf();
const SEND = 10;
const EXIT = 3;

/** Sums over events; a part of `contract.ts`. */
export function describeAggregate(store: () => TraceStore): void {
  beforeEach(() => {
    const next = batchSequence();
    store().append(
      next([
        { kind: "send", ts: -15n, pid: 1, peer: 2, payload: sized(10) },
        { kind: "send", ts: -10n, pid: 1, peer: 2, payload: sized(30) },
        { kind: "send", ts: -1n, pid: 1, peer: 3 },
        { kind: "exit", ts: 0n, pid: 3, tag: 7, payload: sized(4) },
      ]),
      NONE,
    );
    store().append(next([{ kind: "send", ts: 9n, pid: 2, peer: 1, payload: sized(20) }], 1), NONE);
  });

  const sums = async (query: Omit<AggregateQuery, "limit">): Promise<unknown> =>
    (await store().aggregate({ ...query, limit: 100 })).map(({ key, bucket, count, bytes, least, most }) => [
      ...key,
      bucket,
      count,
      bytes,
      least,
      most,
    ]);

  it("counts and measures groups, those with most events first", async () => {
    expect(await sums({ by: ["kind"] })).toEqual([
      [SEND, 0, 4, 60, 0, 30],
      [EXIT, 0, 1, 4, 4, 4],
    ]);
    expect(await sums({ by: ["pid", "peer"], kinds: ["send"] })).toEqual([
      [1, 2, 0, 2, 40, 10, 30],
      [1, 3, 0, 1, 0, 0, 0],
      [2, 1, 0, 1, 20, 20, 20],
    ]);
    expect(await sums({ by: [] })).toEqual([[0, 5, 64, 0, 30]]);
    expect(await sums({ by: ["node", "tag", "mfa"], from: 0n })).toEqual([
      [0, 7, -1, 0, 1, 4, 4, 4],
      [1, -1, -1, 0, 1, 20, 20, 20],
    ]);
    expect(await sums({ by: ["kind"], kinds: [] })).toEqual([]);
  });

  it("puts events into stretches of time, also before the first", async () => {
    expect(await sums({ by: [], every: { origin: 0n, ns: 10n } })).toEqual([
      [-1, 2, 30, 0, 30],
      [0, 2, 24, 4, 20],
      [-2, 1, 10, 10, 10],
    ]);
    expect(await sums({ by: ["kind"], every: { origin: -15n, ns: 1_000n } })).toEqual([
      [SEND, 0, 4, 60, 0, 30],
      [EXIT, 0, 1, 4, 4, 4],
    ]);
  });

  it("gives percentiles by the nearest rank", async () => {
    const next = batchSequence({ firstId: 6, batch: 2 });
    const events = Array.from({ length: 200 }, (_, i) => ({
      kind: "state" as const,
      payload: sized(200 - i),
    }));
    store().append(next(events), NONE);
    const asked = { by: [], kinds: ["state"], percentiles: true, limit: 1 } as const;
    expect((await store().aggregate(asked))[0]!.percentiles).toEqual([100, 190, 198]);
    const few = { by: [], kinds: ["send"], percentiles: true, limit: 1 } as const;
    expect((await store().aggregate(few))[0]!.percentiles).toEqual([10, 30, 30]);
  });

  it("gives no more rows than asked for", async () => {
    const rows = await store().aggregate({ by: ["pid"], limit: 1 });
    expect(rows.map(({ key, count }) => [key, count])).toEqual([[[1], 3]]);
    expect(await store().aggregate({ by: ["pid"], limit: 0 })).toEqual([]);
  });

  it("filters by size and by several nodes", async () => {
    expect(await store().count({ minBytes: 10, maxBytes: 20 })).toBe(2);
    expect(await store().count({ maxBytes: 0 })).toBe(1);
    expect(await store().count({ nodes: [1, 2] })).toBe(1);
    expect(await store().count({ nodes: [] })).toBe(0);
  });

  it("refuses what cannot be summed", async () => {
    const bad = { code: "STORE_BAD_QUERY" };
    await expect(store().aggregate({ by: ["pid", "pid"], limit: 1 })).rejects.toMatchObject(bad);
    await expect(store().aggregate({ by: [], limit: 0.5 })).rejects.toMatchObject(bad);
    await expect(
      store().aggregate({ by: [], every: { origin: 0n, ns: 0n }, limit: 1 }),
    ).rejects.toMatchObject(bad);
    await expect(store().count({ minBytes: 0.5 })).rejects.toMatchObject(bad);
  });
}
