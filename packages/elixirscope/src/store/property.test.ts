import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { EVENT_KINDS, type EventKind, NONE } from "../model/index.ts";
import { openDuckDbStore } from "./duckdb/open.ts";
import { createMemoryStore } from "./memory/memory-store.ts";
import { batchSequence, deltaOf, type EventSpec } from "./testing.ts";
import type { EventFilter, EventQuery, RateQuery, StoredEvent, TraceStore } from "./trace-store.ts";

let folder: string;
let files = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "esrec-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

// Few different values, so that filters find something.
const kinds = fc.constantFrom(...(Object.keys(EVENT_KINDS) as EventKind[]).slice(0, 4));
const index = fc.integer({ min: NONE, max: 3 });
const time = fc.bigInt({ min: -50n, max: 50n });
const event: fc.Arbitrary<Required<EventSpec>> = fc.record({
  kind: kinds,
  ts: time,
  pid: index,
  peer: index,
  mfa: index,
  tag: index,
  payload: fc.uint8Array({ maxLength: 8 }),
});
const batches = fc.array(
  fc.record({
    node: fc.integer({ min: 0, max: 1 }),
    events: fc.array(event, { maxLength: 12 }),
  }),
  { maxLength: 6 },
);
const indexes = fc.array(index, { maxLength: 3 });
const id = fc.integer({ min: 0, max: 40 });
const filter: fc.Arbitrary<EventFilter> = fc.record(
  {
    kinds: fc.array(kinds, { maxLength: 3 }),
    processes: indexes,
    pids: indexes,
    peers: indexes,
    functions: indexes,
    tags: indexes,
    node: fc.integer({ min: 0, max: 2 }),
    from: time,
    to: time,
    afterId: id,
    beforeId: id,
  },
  { requiredKeys: [] },
);
const query: fc.Arbitrary<EventQuery> = fc
  .tuple(
    filter,
    fc.record({
      order: fc.constantFrom("oldest_first", "newest_first"),
      limit: fc.integer({ min: 0, max: 30 }),
    }),
  )
  .map(([conditions, rest]) => ({ ...conditions, ...rest }));
const rates: fc.Arbitrary<RateQuery> = fc.record({
  from: time,
  to: fc.bigInt({ min: 51n, max: 60n }),
  buckets: fc.integer({ min: 1, max: 9 }),
});

const holds = (list: readonly unknown[] | undefined, value: unknown): boolean =>
  !list || list.includes(value);

/** The contract in the plainest words. */
function passes(f: EventFilter, e: StoredEvent): boolean {
  return (
    holds(f.kinds, e.kind) &&
    (!f.processes || f.processes.includes(e.pid) || f.processes.includes(e.peer)) &&
    holds(f.pids, e.pid) &&
    holds(f.peers, e.peer) &&
    holds(f.functions, e.mfa) &&
    holds(f.tags, e.tag) &&
    (f.node === undefined || f.node === e.node) &&
    (f.from === undefined || e.ts >= f.from) &&
    (f.to === undefined || e.ts <= f.to) &&
    (f.afterId === undefined || e.id > f.afterId) &&
    (f.beforeId === undefined || e.id < f.beforeId)
  );
}

function page(all: readonly StoredEvent[], q: EventQuery): StoredEvent[] {
  const found = all.filter((e) => passes(q, e));
  return (q.order === "newest_first" ? found.toReversed() : found).slice(0, q.limit);
}

function series(all: readonly StoredEvent[], q: RateQuery): Map<EventKind, number[]> {
  const counts = new Map<EventKind, number[]>();
  for (const e of all) {
    if (e.ts < q.from || e.ts >= q.to) continue;
    const buckets = counts.get(e.kind) ?? Array.from({ length: q.buckets }, () => 0);
    counts.set(e.kind, buckets);
    const place = buckets.findIndex(
      (_, b) => (e.ts - q.from) * BigInt(q.buckets) < BigInt(b + 1) * (q.to - q.from),
    );
    buckets[place]!++;
  }
  return counts;
}

function contract(open: () => Promise<TraceStore>): Promise<void> {
  const property = fc.asyncProperty(
    batches,
    fc.array(query, { minLength: 3, maxLength: 6 }),
    fc.array(rates, { maxLength: 2 }),
    async (given, queries, rateQueries) => {
      const store = await open();
      const all: StoredEvent[] = [];
      const next = batchSequence();
      for (const [b, { node, events }] of given.entries()) {
        const batch = next(events, node);
        store.append(batch, deltaOf());
        for (const [i, e] of events.entries())
          all.push({ ...e, ts: BigInt(e.ts), node, id: batch.firstId + i });
        // Part of it in the file, part of it still in memory.
        if (b === 2) await store.flush();
      }
      for (const q of queries) {
        expect(await store.events(q)).toEqual(page(all, q));
        expect(await store.count(q)).toBe(all.filter((e) => passes(q, e)).length);
      }
      for (const q of rateQueries) expect(await store.rates(q)).toEqual(series(all, q));
      expect(await store.totals()).toMatchObject({ events: all.length, lastId: all.length });
      await store.close();
    },
  );
  return fc.assert(property, { numRuns: RUNS, endOnFailure: true, timeout: 120_000 });
}

const RUNS = 20;

it("memory store answers as the plainest words of the contract", async () => {
  await expect(contract(async () => createMemoryStore())).resolves.toBeUndefined();
});

const openFile = (): Promise<TraceStore> =>
  openDuckDbStore(join(folder, `${++files}.esrec`), { mode: "create" });

it("DuckDB store answers as the plainest words of the contract", async () => {
  await expect(contract(openFile)).resolves.toBeUndefined();
});
