import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import {
  type DictionaryDelta,
  ElixirScopeError,
  type EventBatch,
  type EventKind,
  type Gap,
  type NodeEntry,
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
import type { Checkpoint, KindRole, Role } from "../past.ts";
import type { SqlSchema } from "../sql-schema.ts";
import { type Tally, timeSpan } from "../tally.ts";
import type {
  Activity,
  ActivityQuery,
  EventFilter,
  EventQuery,
  RateQuery,
  RateSeries,
  SqlAnswer,
  SqlQuery,
  StoredEvent,
  StoreTotals,
  TraceStore,
} from "../trace-store.ts";
import { readActivity } from "./activity.ts";
import { aggregate } from "./aggregate.ts";
import type { ConnectionPool } from "./connection-pool.ts";
import { countByKind, countEvents, readRates } from "./counts.ts";
import { storeError } from "./errors.ts";
import { EventReader } from "./event-reader.ts";
import type { FactCache } from "./facts.ts";
import * as newest from "./newest.ts";
import * as past from "./past.ts";
import type { Recorder } from "./recorder.ts";
import { type Filed, Source } from "./source.ts";
import { readSchema, runSql } from "./sql.ts";
import * as tables from "./tables.ts";

interface Parts {
  readonly instance: DuckDBInstance;
  readonly pool: ConnectionPool;
  readonly path: string;
  readonly tally: Tally;
  /** All that is in the file. */
  readonly filed: Filed;
  readonly facts: FactCache;
  /** May retention take something away between two looks? */
  readonly shrinks: boolean;
  /** None: the recording is only read. */
  readonly recorder: Recorder | undefined;
}

/** A recording in a DuckDB file: see {@link openDuckDbStore}. */
export class DuckDbStore implements TraceStore {
  readonly #instance: DuckDBInstance;
  readonly #pool: ConnectionPool;
  readonly #path: string;
  readonly #tally: Tally;
  readonly #filed: Filed;
  readonly #recorder: Recorder | undefined;
  readonly #facts: FactCache;
  readonly #reader: EventReader;
  #closing: Promise<void> | undefined;

  constructor({ instance, pool, path, tally, filed, facts, shrinks, recorder }: Parts) {
    this.#instance = instance;
    this.#pool = pool;
    this.#path = path;
    this.#tally = tally;
    this.#filed = filed;
    this.#facts = facts;
    this.#reader = new EventReader(shrinks);
    this.#recorder = recorder;
  }

  append(batch: EventBatch, delta: DictionaryDelta): void {
    const recorder = this.#writing();
    if (batch.count === 0) {
      recorder.append(batch, delta, undefined);
      return;
    }
    checkOrder(batch, this.#tally.lastId, this.#tally.nextBatch);
    const span = timeSpan(batch);
    recorder.append(batch, delta, span);
    this.#tally.add(batch, span);
  }

  get backlog(): number {
    return this.#recorder?.backlog ?? 0;
  }

  putNode(node: NodeEntry): void {
    this.#writing().execute(...tables.putNode(node));
    this.#facts.forget("nodes");
  }

  addGap(gap: Gap): void {
    this.#writing().execute(...tables.addGap(gap));
    this.#facts.forget("gaps");
  }

  putMeta(key: string, value: string): void {
    this.#writing().execute(...tables.putMeta(key, value));
  }

  pin(pin: Pin): void {
    const recorder = this.#writing();
    checkPin(pin);
    recorder.execute(...tables.putPin(pin));
  }

  unpin(name: string): void {
    this.#writing().execute(...tables.dropPin(name));
  }

  pins(): Promise<readonly Pin[]> {
    return this.#askFile(tables.readPins);
  }

  events(query: EventQuery): Promise<readonly StoredEvent[]> {
    return this.#ask((connection, source) => {
      checkEventQuery(query);
      return this.#reader.read(connection, source, query, this.#tally.lastId);
    });
  }

  count(filter: EventFilter): Promise<number> {
    return this.#ask((connection, source) => {
      checkFilter(filter);
      return countEvents(connection, source, filter);
    });
  }

  countByKind(filter: EventFilter): ReturnType<TraceStore["countByKind"]> {
    return this.#ask((connection, source) => {
      checkFilter(filter);
      return countByKind(connection, source, filter);
    });
  }

  rates(query: RateQuery): Promise<RateSeries> {
    return this.#ask((connection, source) => {
      checkRateQuery(query);
      return readRates(connection, source, query);
    });
  }

  aggregate(query: AggregateQuery): Promise<readonly AggregateRow[]> {
    return this.#ask((connection, source) => {
      checkFilter(query);
      checkAggregate(query);
      return aggregate(connection, source, query);
    });
  }

  activity(query: ActivityQuery): Promise<readonly Activity[]> {
    return this.#ask((connection, source) => {
      checkActivityQuery(query);
      return readActivity(connection, source, query);
    });
  }

  putCheckpoint(checkpoint: Checkpoint): void {
    const recorder = this.#writing();
    for (const statement of past.putCheckpoint(checkpoint)) recorder.execute(...statement);
  }

  async checkpoint(ts: bigint): Promise<Checkpoint | undefined> {
    if (!(await this.#has("checkpoints"))) return undefined;
    return this.#askFile((connection) => past.readCheckpoint(connection, ts, this.#tally.lastId));
  }

  async ended(lastId: number): Promise<readonly Uint8Array[]> {
    if (!(await this.#has("ended"))) return [];
    return this.#askFile((connection) => past.readEnded(connection, lastId));
  }

  idAt(ts: bigint): Promise<number> {
    return this.#ask((connection, source) => past.idAt(connection, source, ts));
  }

  newestIds(filter: EventFilter, role: Role): Promise<ReadonlyMap<number, number>> {
    return this.#ask((connection, source) => {
      checkFilter(filter);
      return newest.newestIds(connection, source, filter, role);
    });
  }

  newestOfKinds<Kind extends EventKind>(
    filter: EventFilter,
    kinds: readonly KindRole<Kind>[],
  ): Promise<ReadonlyMap<Kind, ReadonlyMap<number, number>>> {
    return this.#ask((connection, source) => {
      checkFilter(filter);
      return newest.newestOfKinds(connection, source, filter, kinds);
    });
  }

  newestEach(filter: EventFilter, role: Role, each: number): Promise<readonly StoredEvent[]> {
    return this.#ask((connection, source) => {
      checkEach(filter, each);
      return this.#reader.newestEach(connection, source, filter, role, each);
    });
  }

  eventsByIds(ids: readonly number[]): Promise<readonly StoredEvent[]> {
    return this.#ask((connection, source) => {
      checkIds(ids);
      return this.#reader.byIds(connection, source, ids);
    });
  }

  async totals(): Promise<StoreTotals> {
    this.#open();
    return this.#tally.totals();
  }

  async gaps(): Promise<readonly Gap[]> {
    this.#open();
    return this.#facts.get("gaps", () => this.#askFile(tables.readGaps));
  }

  async nodes(): Promise<readonly NodeEntry[]> {
    this.#open();
    return this.#facts.get("nodes", () => this.#askFile(tables.readNodes));
  }

  meta(): Promise<ReadonlyMap<string, string>> {
    return this.#askFile(tables.readMeta);
  }

  async dictionary(): ReturnType<TraceStore["dictionary"]> {
    this.#open();
    return this.#own(async () => {
      await this.#recorder?.moveAll();
      return this.#pool.use(tables.readDictionary);
    });
  }

  async sql(query: SqlQuery): Promise<SqlAnswer> {
    this.#open();
    return this.#own(async () => {
      await this.#recorder?.moveAll();
      return runSql(this.#instance, query);
    });
  }

  async sqlSchema(): Promise<SqlSchema> {
    this.#open();
    return this.#own(() => readSchema(this.#instance));
  }

  async flush(): Promise<void> {
    this.#open();
    await this.#own(async () => this.#recorder?.flush());
  }

  close(): Promise<void> {
    this.#closing ??= this.#own(async () => {
      try {
        await this.#recorder?.close();
      } finally {
        await this.#pool.close();
        this.#instance.closeSync();
      }
    });
    return this.#closing;
  }

  /** A question about events, from wherever they are by now. */
  async #ask<T>(question: (connection: DuckDBConnection, source: Source) => Promise<T>): Promise<T> {
    this.#open();
    return this.#own(() =>
      this.#pool.use(async (connection) => {
        const source = this.#recorder?.source() ?? new Source(this.#filed, []);
        try {
          return await question(connection, source);
        } finally {
          source.release();
        }
      }),
    );
  }

  /** A question about what goes straight to the file. */
  async #askFile<T>(question: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    this.#open();
    return this.#own(async () => {
      await this.#recorder?.executed();
      return this.#pool.use(question);
    });
  }

  async #has(table: string): Promise<boolean> {
    this.#open();
    return (await this.#facts.get("tables", () => this.#askFile(tables.tableNames))).has(table);
  }

  async #own<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw storeError(error, this.#path);
    }
  }

  #writing(): Recorder {
    this.#open();
    if (this.#recorder) return this.#recorder;
    throw new ElixirScopeError(
      "STORE_READ_ONLY",
      `${this.#path} was opened to read; open it with mode "append".`,
      {
        path: this.#path,
      },
    );
  }

  #open(): void {
    if (this.#closing) throw closedError();
  }
}
