import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Keep } from "./keep.ts";
import { batchSequence, deltaOf, type EventSpec, processOf } from "./testing.ts";
import type { TraceStore } from "./trace-store.ts";

const NONE = deltaOf();
const SECOND = 1_000_000_000n;

/** One recording, for a test. */
export interface KeptRecording {
  /** A new one with limits. */
  create(keep: Keep): Promise<TraceStore>;
  /** The same after it was closed, to go on with. */
  reopen(): Promise<TraceStore>;
}

const payload = (n: number): Uint8Array => Uint8Array.from({ length: 40 }, (_, i) => (n + i) % 256);

/** `batches` of ten messages each, one batch a second; the payload of an event starts with its id. */
function fill(store: TraceStore, next: ReturnType<typeof batchSequence>, batches: number): void {
  for (let b = 0; b < batches; b++) {
    const batch = next(Array.from({ length: 10 }, (): EventSpec => ({ kind: "send", payload: payload(0) })));
    for (let i = 0; i < 10; i++) {
      batch.ts[i] = BigInt(batch.batch) * SECOND + BigInt(i);
      batch.bytes[batch.offset[i]!] = (batch.firstId + i) % 256;
    }
    store.append(batch, NONE);
  }
}

/**
 * What every {@link TraceStore} does that keeps a recording within limits. `recording` gives a place for a new one.
 *
 * @param name of the backend, for the report
 */
export function describeRetention(name: string, recording: () => KeptRecording): void {
  describe(`retention contract: ${name}`, () => {
    let opened: KeptRecording;
    let store: TraceStore;
    beforeEach(() => {
      opened = recording();
    });
    afterEach(() => store.close());

    const ids = async (): Promise<readonly number[]> =>
      (await store.events({ order: "oldest_first", limit: 100_000 })).map(({ id }) => id);

    it("keeps the newest events, whole, and says what it removed", async () => {
      store = await opened.create({ events: 200 });
      const next = batchSequence();
      fill(store, next, 50);
      await store.flush();
      for (let round = 0; round < 2; round++) {
        const left = await store.events({ order: "oldest_first", limit: 1000 });
        // A tenth less than the limit, in whole batches.
        expect(left.map(({ id }) => id)).toEqual(Array.from({ length: 180 }, (_, i) => i + 321));
        for (const { id, payload: bytes } of left) expect(bytes[0]).toBe(id % 256);
        expect(await store.totals()).toEqual({
          events: 180,
          byKind: { send: 180 },
          lastId: 500,
          nextBatch: 50,
          first: 32n * SECOND,
          last: 49n * SECOND + 9n,
        });
        expect(await store.gaps()).toEqual([
          { node: 0, from: 0n, to: 31n * SECOND + 9n, cause: "retention", dropped: { send: 320 } },
        ]);
        await store.close();
        store = await opened.reopen();
      }
    });

    it("goes on removing, and tells it as one gap", async () => {
      store = await opened.create({ events: 200 });
      const next = batchSequence();
      for (let round = 0; round < 5; round++) {
        fill(store, next, 30);
        await store.flush();
      }
      const { events } = await store.totals();
      expect(events).toBeLessThanOrEqual(200);
      expect(await store.count({})).toBe(events);
      expect(await store.gaps()).toMatchObject([{ from: 0n, dropped: { send: 1500 - events } }]);
    });

    it("removes what is older than its age", async () => {
      store = await opened.create({ ms: 20_000 });
      fill(store, batchSequence(), 50);
      await store.flush();
      const left = await store.events({ order: "oldest_first", limit: 1000 });
      // The age counts back from the newest event, and on while nothing comes: a stalled machine may be seconds later.
      expect(left[0]!.ts).toBeGreaterThanOrEqual(28n * SECOND);
      expect(left.length).toBeLessThanOrEqual(220);
      expect(left.at(-1)!.id).toBe(500);
    });

    it("spares what is pinned, and removes it when it is pinned no longer", async () => {
      store = await opened.create({ events: 100 });
      store.pin({ name: "click", from: 10n * SECOND, to: 11n * SECOND });
      const next = batchSequence();
      fill(store, next, 50);
      await store.flush();
      const pinned = Array.from({ length: 20 }, (_, i) => i + 101);
      expect((await ids()).slice(0, 20)).toEqual(pinned);
      expect(await store.gaps()).toMatchObject([
        { from: 0n, to: 9n * SECOND + 9n, dropped: { send: 100 } },
        { from: 12n * SECOND, dropped: { send: 290 } },
      ]);
      expect(await store.pins()).toEqual([{ name: "click", from: 10n * SECOND, to: 11n * SECOND }]);
      expect(await store.totals()).toMatchObject({ events: 110, first: 10n * SECOND });
      store.unpin("click");
      fill(store, next, 10);
      await store.flush();
      expect(await ids()).not.toContain(101);
      expect(await store.gaps()).toMatchObject([
        { from: 0n, dropped: { send: 600 - (await store.count({})) } },
      ]);
    });

    it("spares who the living are", async () => {
      store = await opened.create({ events: 100 });
      const next = batchSequence();
      const died: EventSpec[] = [
        { kind: "spawn", pid: 0, peer: 1, payload: payload(1) },
        { kind: "spawned", pid: 1, peer: 0 },
        { kind: "register", pid: 1, tag: 5 },
        { kind: "exit", pid: 1, tag: 6 },
      ];
      const lives: EventSpec[] = [
        { kind: "spawn", pid: 0, peer: 2, payload: payload(2) },
        { kind: "spawned", pid: 2, peer: 0 },
        { kind: "link", pid: 2, peer: 0 },
        { kind: "link", pid: 2, peer: 1 },
        { kind: "sample", pid: 2, payload: payload(3) },
        { kind: "sample", pid: 2, payload: payload(4) },
      ];
      store.append(
        next([...died, ...lives].map((event, i) => ({ ...event, ts: i }))),
        deltaOf({ processes: [processOf(0)] }),
      );
      const later = batchSequence({ firstId: 11, batch: 1 });
      fill(store, later, 50);
      await store.flush();
      const old = (await store.events({ order: "oldest_first", limit: 20, beforeId: 11 })).map(
        ({ id, kind, payload: bytes }) => [id, kind, bytes[0]],
      );
      expect(old).toEqual([
        [5, "spawn", 2],
        [6, "spawned", undefined],
        [7, "link", undefined],
        [10, "sample", 4],
      ]);
      // What was spared is not what the recording reaches back to.
      expect(await store.totals()).toMatchObject({ events: 94, byKind: { spawn: 1, link: 1, send: 90 } });
      expect((await store.totals()).first).toBeGreaterThan(40n * SECOND);
      await store.close();
      store = await opened.reopen();
      expect(await store.totals()).toMatchObject({ events: 94, byKind: { spawn: 1, link: 1, send: 90 } });
    });
  });
}
