import * as fc from "fast-check";
import { expect, it } from "vitest";
import type { EventQuery, StoredEvent, TraceStore } from "../store/index.ts";
import { lookBack } from "./look-back.ts";

const state = (id: number): StoredEvent => ({
  id,
  node: 0,
  ts: BigInt(id),
  kind: "state",
  pid: 1,
  peer: -1,
  mfa: -1,
  tag: -1,
  payload: new Uint8Array(0),
});

/** A process with so many states, and what was asked of it. */
function recorded(count: number): { readonly store: TraceStore; readonly limits: number[] } {
  const limits: number[] = [];
  const events = ({ beforeId = 0, limit }: EventQuery): Promise<readonly StoredEvent[]> => {
    limits.push(limit);
    const ids = Array.from({ length: count }, (_, i) => i + 1).filter((id) => id < beforeId);
    return Promise.resolve(ids.toReversed().slice(0, limit).map(state));
  };
  return { store: { events } as Partial<TraceStore> as TraceStore, limits };
}

it("reads few events where these are enough, oldest first", async () => {
  const { store, limits } = recorded(5_000);
  const found = await lookBack(store, { beforeId: 4_001 }, 2_000, () => true);
  expect(found.map(({ id }) => id)).toEqual(Array.from({ length: 48 }, (_, i) => 3_953 + i));
  expect(limits).toEqual([48]);
});

it("reads more while it is not enough, up to the most", async () => {
  const { store, limits } = recorded(5_000);
  const found = await lookBack(store, { beforeId: 4_001 }, 2_000, (events) => events[0]!.id <= 1_000);
  expect([found.length, found[0]!.id, found.at(-1)!.id]).toEqual([2_000, 2_001, 4_000]);
  expect(limits).toEqual([48, 288, 1_728, 2_000]);
});

it("ends where there is nothing before", async () => {
  const { store, limits } = recorded(60);
  const found = await lookBack(store, { beforeId: 61 }, 2_000, () => false);
  expect(found).toHaveLength(60);
  expect(limits).toEqual([48, 288]);
});

it("gives the newest events before one, so many that they are enough, or all that may be read", async () => {
  const property = fc.asyncProperty(
    fc.nat(4_000),
    fc.integer({ min: 1, max: 4_000 }),
    fc.integer({ min: 48, max: 2_500 }),
    fc.nat(4_000),
    async (count, beforeId, most, needed) => {
      const { store } = recorded(count);
      const enough = (events: readonly StoredEvent[]): boolean => events.length >= needed;
      const found = await lookBack(store, { beforeId }, most, enough);
      const there = Math.min(count, beforeId - 1);
      expect(found.map(({ id }) => id)).toEqual(
        Array.from({ length: found.length }, (_, i) => there - found.length + 1 + i),
      );
      expect(found.length).toBeLessThanOrEqual(most);
      expect(found.length).toBeGreaterThanOrEqual(Math.min(there, most, needed));
    },
  );
  await expect(fc.assert(property, { numRuns: 100, endOnFailure: true })).resolves.toBeUndefined();
});
