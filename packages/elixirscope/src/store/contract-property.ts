import * as fc from "fast-check";
import { expect, it } from "vitest";
import { EVENT_KINDS, type EventKind, NONE } from "../model/index.ts";
import { type AggregateQuery, type AggregateRow, GROUP_COLUMNS } from "./aggregate.ts";
import type { Role } from "./past.ts";
import { batchSequence, deltaOf, type EventSpec } from "./testing.ts";
import type {
  Activity,
  ActivityQuery,
  EventFilter,
  EventQuery,
  RateQuery,
  StoredEvent,
  TraceStore,
} from "./trace-store.ts";

const RUNS = 20;
const NEWEST = [
  { kind: "state", role: "pid" },
  { kind: "send", role: "peer" },
] as const;

/**
 * Holds a {@link TraceStore} against the contract in the plainest words, on random batches and questions.
 *
 * @param name of the backend, for the report
 */
export function describeProperty(name: string, open: () => Promise<TraceStore>): void {
  it(`${name} answers as the plainest words of the contract`, async () => {
    await expect(holdsFor(open)).resolves.toBeUndefined();
  });
}

// Few different values, so that filters find something.
const kinds = fc.constantFrom<EventKind[]>("spawn", "send", "dispatch", "state");
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
    nodes: fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 2 }),
    minBytes: fc.integer({ min: 0, max: 4 }),
    maxBytes: fc.integer({ min: 3, max: 8 }),
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

const activities: fc.Arbitrary<ActivityQuery> = fc
  .tuple(
    fc.record(
      {
        nodes: fc.array(fc.integer({ min: 0, max: 1 }), { maxLength: 2 }),
        processes: fc.array(fc.nat(3), { maxLength: 3 }),
      },
      { requiredKeys: [] },
    ),
    rates,
    // Buckets of which the slots are parts.
    fc.constantFrom(undefined, 8n, 32n),
    fc.nat(4),
  )
  .map(([rest, { from, to, buckets }, width, limit]) => {
    if (width === undefined) return { ...rest, from, to, buckets, limit };
    return { ...rest, from: -64n, to: -64n + width * BigInt(buckets), buckets, limit };
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
    holds(f.nodes, e.node) &&
    (f.minBytes === undefined || e.payload.length >= f.minBytes) &&
    (f.maxBytes === undefined || e.payload.length <= f.maxBytes) &&
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

const aggregates: fc.Arbitrary<AggregateQuery> = fc
  .tuple(
    filter,
    fc.record(
      {
        by: fc.uniqueArray(fc.constantFrom(...GROUP_COLUMNS), { maxLength: 3 }),
        every: fc.record({ origin: time, ns: fc.bigInt({ min: 1n, max: 30n }) }),
        percentiles: fc.boolean(),
        limit: fc.integer({ min: 0, max: 30 }),
      },
      { requiredKeys: ["by", "limit"] },
    ),
  )
  .map(([conditions, rest]) => ({ ...conditions, ...rest }));

function sums(all: readonly StoredEvent[], q: AggregateQuery): AggregateRow[] {
  const groups = new Map<string, { key: number[]; bucket: number; sizes: number[] }>();
  for (const e of all.filter((one) => passes(q, one))) {
    const columns = { ...e, kind: EVENT_KINDS[e.kind] };
    const key = q.by.map((column) => columns[column]);
    let bucket = 0;
    if (q.every) {
      while (q.every.origin + BigInt(bucket) * q.every.ns > e.ts) bucket--;
      while (q.every.origin + BigInt(bucket + 1) * q.every.ns <= e.ts) bucket++;
    }
    const name = JSON.stringify([key, bucket]);
    const group = groups.get(name) ?? { key, bucket, sizes: [] };
    groups.set(name, group);
    group.sizes.push(e.payload.length);
  }
  const rows = [...groups.values()].map(({ key, bucket, sizes }): AggregateRow => {
    const sorted = sizes.toSorted((a, b) => a - b);
    const least = (share: number): number =>
      sorted.find((size) => sorted.filter((other) => other <= size).length * 100 >= share * sorted.length)!;
    return {
      key,
      bucket,
      count: sizes.length,
      bytes: sizes.reduce((sum, size) => sum + size, 0),
      least: Math.min(...sizes),
      most: Math.max(...sizes),
      ...(q.percentiles ? { percentiles: [least(50), least(95), least(99)] } : {}),
    };
  });
  const order = ({ key, bucket, count }: AggregateRow): number[] => [-count, ...key, bucket];
  rows.sort((a, b) => {
    const [left, right] = [order(a), order(b)];
    const at = left.findIndex((value, i) => value !== right[i]);
    return at < 0 ? 0 : left[at]! - right[at]!;
  });
  return rows.slice(0, q.limit);
}

function activity(all: readonly StoredEvent[], q: ActivityQuery): Activity[] {
  const found = [0, 1, 2, 3].flatMap((process): Activity[] => {
    if (q.processes && !q.processes.includes(process)) return [];
    const own = all.filter(({ pid, kind }) => pid === process && kind !== "sample");
    const callbacks = own.filter(({ kind }) => kind === "dispatch" || kind === "state");
    const busy = (e: StoredEvent): number => {
      const before = callbacks[callbacks.indexOf(e) - 1];
      return e.kind === "state" && before?.kind === "dispatch" ? Number(e.ts - before.ts) : 0;
    };
    const inside = own.filter((e) => e.ts >= q.from && e.ts < q.to && holds(q.nodes, e.node));
    const cells = Array.from({ length: q.buckets }, (_, b) =>
      inside.filter((e) => Number(((e.ts - q.from) * BigInt(q.buckets)) / (q.to - q.from)) === b),
    );
    if (inside.length === 0) return [];
    return [
      {
        process,
        events: cells.map((cell) => cell.length),
        busyNs: cells.map((cell) => cell.reduce((sum, e) => sum + busy(e), 0)),
        longestNs: cells.map((cell) => Math.max(0, ...cell.map(busy))),
      },
    ];
  });
  const total = ({ events }: Activity): number => events.reduce((sum, n) => sum + n, 0);
  return found.toSorted((a, b) => total(b) - total(a)).slice(0, q.limit);
}

/** Of each process in that role the newest ones. */
function newestEach(all: readonly StoredEvent[], f: EventFilter, role: Role, each: number): StoredEvent[] {
  const found = all.filter((e) => passes(f, e) && e[role] >= 0);
  return found.filter((e) => found.filter((o) => o[role] === e[role] && o.id > e.id).length < each);
}

/** Kind, process and id of each. */
function newestOfKinds(all: readonly StoredEvent[], f: EventFilter): unknown[] {
  return NEWEST.flatMap(({ kind, role }) =>
    newestEach(all, { ...f, kinds: [kind] }, role, 1)
      .map((e) => [kind, e[role], e.id] as const)
      .toSorted(([, a], [, b]) => a - b),
  );
}

function holdsFor(open: () => Promise<TraceStore>): Promise<void> {
  const property = fc.asyncProperty(
    batches,
    fc.array(query, { minLength: 3, maxLength: 6 }),
    fc.array(rates, { maxLength: 2 }),
    fc.array(aggregates, { maxLength: 4 }),
    fc.array(activities, { maxLength: 3 }),
    async (given, queries, rateQueries, aggregateQueries, activityQueries) => {
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
        const states: EventQuery = { ...q, kinds: ["state"], pids: q.pids ?? [1, 2] };
        expect(await store.events(states)).toEqual(page(all, states));
        expect(await store.count(q)).toBe(all.filter((e) => passes(q, e)).length);
      }
      for (const [i, q] of queries.entries()) {
        const role = i % 2 === 0 ? "pid" : "peer";
        expect(await store.newestEach(q, role, 1 + i)).toEqual(newestEach(all, q, role, 1 + i));
        const found = await store.newestOfKinds(q, NEWEST);
        const told = [...found].flatMap(([kind, ids]) =>
          [...ids]
            .map(([process, newest]) => [kind, process, newest] as const)
            .toSorted(([, a], [, b]) => a - b),
        );
        expect(told).toEqual(newestOfKinds(all, q));
      }
      for (const q of rateQueries) expect(await store.rates(q)).toEqual(series(all, q));
      for (const q of aggregateQueries) expect(await store.aggregate(q)).toEqual(sums(all, q));
      for (const q of activityQueries) expect(await store.activity(q)).toEqual(activity(all, q));
      expect(await store.totals()).toMatchObject({ events: all.length, lastId: all.length });
      await store.close();
    },
  );
  return fc.assert(property, { numRuns: RUNS, endOnFailure: true, timeout: 120_000 });
}
