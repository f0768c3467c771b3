import {
  type AtomEntry,
  type DictionaryDelta,
  ElixirScopeError,
  type EventBatch,
  type EventKind,
  type FunctionEntry,
  type Gap,
  kindOf,
  type NodeEntry,
  type ProcessEntry,
} from "../../model/index.ts";
import { type AggregateQuery, type AggregateRow, checkAggregate } from "../aggregate.ts";
import {
  checkActivityQuery,
  checkEach,
  checkEventQuery,
  checkFilter,
  checkIds,
  checkOrder,
  checkRateQuery,
  closedError,
} from "../checks.ts";
import { checkPin, type Pin } from "../keep.ts";
import { byIndex } from "../order.ts";
import type { Checkpoint, KindRole, Role } from "../past.ts";
import { Tally, timeSpan } from "../tally.ts";
import type {
  Activity,
  ActivityQuery,
  EventFilter,
  EventQuery,
  RateQuery,
  RateSeries,
  StoredEvent,
  StoreTotals,
  TraceStore,
} from "../trace-store.ts";
import { Aggregation } from "./aggregation.ts";
import { type Kept, mayHold } from "./kept.ts";
import { activityOf } from "./memory-activity.ts";
import { MemoryPast } from "./memory-past.ts";
import { type RowMatch, rowMatch } from "./row-match.ts";
import { storedEvent } from "./stored-event.ts";

/** How much a memory store keeps. */
export interface MemoryStoreOptions {
  /** Events kept; beyond it whole batches go, oldest first. Left out: no limit. */
  readonly maxEvents?: number;
}

/**
 * A store that lives as long as the process. With `maxEvents` it is a ring: totals then count what is left,
 * while ids, dictionary, gaps and nodes stay whole.
 */
export function createMemoryStore(options: MemoryStoreOptions = {}): TraceStore {
  return new MemoryStore(options.maxEvents ?? Number.POSITIVE_INFINITY);
}

class MemoryStore implements TraceStore {
  readonly #maxEvents: number;
  readonly #tally = new Tally();
  readonly #batches: Kept[] = [];
  readonly #nodes = new Map<number, NodeEntry>();
  readonly #processes: ProcessEntry[] = [];
  readonly #functions: FunctionEntry[] = [];
  readonly #atoms: AtomEntry[] = [];
  readonly #gaps: Gap[] = [];
  readonly #meta = new Map<string, string>();
  readonly #pins = new Map<string, Pin>();
  readonly #past = new MemoryPast(this.#batches);
  #events = 0;
  #closed = false;
  /** It has nowhere else to put them. */
  readonly backlog = 0;

  constructor(maxEvents: number) {
    this.#maxEvents = maxEvents;
  }

  append(batch: EventBatch, delta: DictionaryDelta): void {
    this.#open();
    for (const entry of delta.processes) this.#processes.push(entry);
    for (const entry of delta.functions) this.#functions.push(entry);
    for (const entry of delta.atoms) this.#atoms.push(entry);
    if (batch.count === 0) return;
    checkOrder(batch, this.#tally.lastId, this.#tally.nextBatch);
    const span = timeSpan(batch);
    this.#tally.add(batch, span);
    this.#batches.push({ batch: copyOf(batch), ...span });
    this.#events += batch.count;
    this.#evict();
  }

  putNode(node: NodeEntry): void {
    this.#open();
    this.#nodes.set(node.index, node);
  }

  addGap(gap: Gap): void {
    this.#open();
    this.#gaps.push(gap);
  }

  putMeta(key: string, value: string): void {
    this.#open();
    this.#meta.set(key, value);
  }

  pin(pin: Pin): void {
    this.#open();
    checkPin(pin);
    this.#pins.set(pin.name, pin);
  }

  unpin(name: string): void {
    this.#open();
    this.#pins.delete(name);
  }

  async pins(): Promise<readonly Pin[]> {
    this.#open();
    return [...this.#pins.values()].toSorted((a, b) => (a.from < b.from ? -1 : 1));
  }

  async events(query: EventQuery): Promise<readonly StoredEvent[]> {
    this.#open();
    checkEventQuery(query);
    const match = rowMatch(query);
    const found: StoredEvent[] = [];
    const newestFirst = query.order === "newest_first";
    const withPayload = query.withoutPayload !== true;
    const n = this.#batches.length;
    for (let b = 0; b < n && found.length < query.limit; b++) {
      const kept = this.#batches[newestFirst ? n - 1 - b : b]!;
      if (!mayHold(kept, query)) continue;
      const { batch } = kept;
      for (let r = 0; r < batch.count && found.length < query.limit; r++) {
        const row = newestFirst ? batch.count - 1 - r : r;
        if (match(batch, row)) found.push(storedEvent(batch, row, withPayload));
      }
    }
    return found;
  }

  async count(filter: EventFilter): Promise<number> {
    this.#open();
    checkFilter(filter);
    const match = rowMatch(filter);
    let count = 0;
    for (const kept of this.#batches) if (mayHold(kept, filter)) count += countRows(kept.batch, match);
    return count;
  }

  async countByKind(filter: EventFilter): ReturnType<TraceStore["countByKind"]> {
    this.#open();
    checkFilter(filter);
    const match = rowMatch(filter);
    const counts: Partial<Record<EventKind, number>> = {};
    for (const kept of this.#batches) if (mayHold(kept, filter)) countKinds(counts, kept.batch, match);
    return counts;
  }

  async rates(query: RateQuery): Promise<RateSeries> {
    this.#open();
    checkRateQuery(query);
    const series = new Map<EventKind, number[]>();
    for (const kept of this.#batches) {
      if (kept.last >= query.from && kept.first < query.to) addRates(series, kept.batch, query);
    }
    return series;
  }

  async aggregate(query: AggregateQuery): Promise<readonly AggregateRow[]> {
    this.#open();
    checkFilter(query);
    checkAggregate(query);
    const match = rowMatch(query);
    const aggregation = new Aggregation(query);
    for (const kept of this.#batches) if (mayHold(kept, query)) aggregation.add(kept.batch, match);
    return aggregation.rows();
  }

  async activity(query: ActivityQuery): Promise<readonly Activity[]> {
    this.#open();
    checkActivityQuery(query);
    return activityOf(this.#batches, query);
  }

  putCheckpoint(checkpoint: Checkpoint): void {
    this.#open();
    this.#past.put(checkpoint);
  }

  async checkpoint(ts: bigint): Promise<Checkpoint | undefined> {
    this.#open();
    return this.#past.checkpoint(ts);
  }

  async ended(lastId: number): Promise<readonly Uint8Array[]> {
    this.#open();
    return this.#past.ended(lastId);
  }

  async idAt(ts: bigint): Promise<number> {
    this.#open();
    return this.#past.idAt(ts);
  }

  async newestIds(filter: EventFilter, role: Role): Promise<ReadonlyMap<number, number>> {
    this.#open();
    checkFilter(filter);
    return this.#past.newestIds(filter, role);
  }

  async newestOfKinds<Kind extends EventKind>(
    filter: EventFilter,
    kinds: readonly KindRole<Kind>[],
  ): Promise<ReadonlyMap<Kind, ReadonlyMap<number, number>>> {
    this.#open();
    checkFilter(filter);
    return this.#past.newestOfKinds(filter, kinds);
  }

  async newestEach(filter: EventFilter, role: Role, each: number): Promise<readonly StoredEvent[]> {
    this.#open();
    checkEach(filter, each);
    return this.#past.newestEach(filter, role, each);
  }

  async eventsByIds(ids: readonly number[]): Promise<readonly StoredEvent[]> {
    this.#open();
    checkIds(ids);
    return this.#past.eventsByIds(ids);
  }

  async totals(): Promise<StoreTotals> {
    this.#open();
    return this.#tally.totals();
  }

  async gaps(): Promise<readonly Gap[]> {
    this.#open();
    return [...this.#gaps];
  }

  async nodes(): Promise<readonly NodeEntry[]> {
    this.#open();
    return byIndex([...this.#nodes.values()]);
  }

  async meta(): Promise<ReadonlyMap<string, string>> {
    this.#open();
    return new Map(this.#meta);
  }

  async dictionary(): ReturnType<TraceStore["dictionary"]> {
    this.#open();
    return {
      processes: byIndex(this.#processes),
      functions: byIndex(this.#functions),
      atoms: byIndex(this.#atoms),
    };
  }

  async sql(): Promise<never> {
    throw new ElixirScopeError("STORE_NO_SQL", "A recording in memory takes no SQL; record into a file.");
  }

  sqlSchema(): Promise<never> {
    return this.sql();
  }

  async flush(): Promise<void> {
    this.#open();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#batches.length = 0;
  }

  /** Keeps at least the newest batch, however large, and what is pinned. */
  #evict(): void {
    for (let i = 0; this.#events > this.#maxEvents && i < this.#batches.length - 1; ) {
      const kept = this.#batches[i]!;
      if (this.#isPinned(kept)) {
        i++;
        continue;
      }
      this.#batches.splice(i, 1);
      this.#events -= kept.batch.count;
      let first = this.#batches[0]!.first;
      for (const other of this.#batches) if (other.first < first) first = other.first;
      this.#tally.remove(kept.batch, first);
    }
  }

  #isPinned({ first, last }: Kept): boolean {
    for (const { from, to } of this.#pins.values()) if (first <= to && last >= from) return true;
    return false;
  }

  #open(): void {
    if (this.#closed) throw closedError();
  }
}

const copyOf = (batch: EventBatch): EventBatch => ({
  ...batch,
  ts: batch.ts.slice(0, batch.count),
  kind: batch.kind.slice(0, batch.count),
  pid: batch.pid.slice(0, batch.count),
  peer: batch.peer.slice(0, batch.count),
  mfa: batch.mfa.slice(0, batch.count),
  tag: batch.tag.slice(0, batch.count),
  offset: batch.offset.slice(0, batch.count),
  length: batch.length.slice(0, batch.count),
  bytes: new Uint8Array(batch.bytes),
});

function countRows(batch: EventBatch, match: RowMatch): number {
  let count = 0;
  for (let row = 0; row < batch.count; row++) if (match(batch, row)) count++;
  return count;
}

function countKinds(counts: Partial<Record<EventKind, number>>, batch: EventBatch, match: RowMatch): void {
  for (let row = 0; row < batch.count; row++) {
    const kind = match(batch, row) ? kindOf(batch.kind[row]!) : undefined;
    if (kind) counts[kind] = (counts[kind] ?? 0) + 1;
  }
}

function addRates(series: Map<EventKind, number[]>, batch: EventBatch, query: RateQuery): void {
  if (query.nodes?.includes(batch.node) === false) return;
  const width = query.to - query.from;
  const buckets = BigInt(query.buckets);
  for (let row = 0; row < batch.count; row++) {
    const ts = batch.ts[row]!;
    const kind = kindOf(batch.kind[row]!);
    if (ts < query.from || ts >= query.to || !kind) continue;
    const counts = series.get(kind) ?? Array.from({ length: query.buckets }, () => 0);
    series.set(kind, counts);
    counts[Number(((ts - query.from) * buckets) / width)]!++;
  }
}
