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
import { readByIds, readEvents, readNewestEach } from "./events.ts";
import * as numbers from "./numbers.ts";
import type { Recorder } from "./recorder.ts";
import type { Server } from "./server.ts";
import { readSchema, runSql } from "./sql.ts";
import * as tables from "./tables.ts";

interface Parts {
  readonly server: Server;
  /** As the user names it. */
  readonly name: string;
  readonly tally: Tally;
  /** None: the recording is only read. */
  readonly recorder: Recorder | undefined;
}

/** A recording in a database of a ClickHouse server: see `openClickHouseStore`. */
export class ClickHouseStore implements TraceStore {
  readonly #server: Server;
  readonly #name: string;
  readonly #tally: Tally;
  readonly #recorder: Recorder | undefined;
  #version = Date.now() * 1_000;
  #closing: Promise<void> | undefined;

  constructor({ server, name, tally, recorder }: Parts) {
    this.#server = server;
    this.#name = name;
    this.#tally = tally;
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

  get trouble(): ElixirScopeError | undefined {
    return this.#recorder?.trouble;
  }

  putNode({ index, name, creation, otp, elixir, timeOffset }: NodeEntry): void {
    this.#writing().put("nodes", [index, name, creation, otp, elixir, timeOffset, this.#next()]);
  }

  addGap({ node, from, to, cause, dropped }: Gap): void {
    this.#writing().put("gaps", [this.#next(), node, from, to, cause, JSON.stringify(dropped)]);
  }

  putMeta(key: string, value: string): void {
    this.#writing().put("meta", [key, value, this.#next()]);
  }

  pin(pin: Pin): void {
    const recorder = this.#writing();
    checkPin(pin);
    recorder.put("pins", [pin.name, pin.from, pin.to, 0, this.#next()]);
  }

  unpin(name: string): void {
    this.#writing().put("pins", [name, 0, 0, 1, this.#next()]);
  }

  pins(): Promise<readonly Pin[]> {
    return this.#ask(tables.readPins);
  }

  events(query: EventQuery): Promise<readonly StoredEvent[]> {
    return this.#ask((server, lastId) => {
      checkEventQuery(query);
      return readEvents(server, query, lastId);
    });
  }

  count(filter: EventFilter): Promise<number> {
    return this.#ask((server, lastId) => {
      checkFilter(filter);
      return numbers.countEvents(server, filter, lastId);
    });
  }

  countByKind(filter: EventFilter): ReturnType<TraceStore["countByKind"]> {
    return this.#ask((server, lastId) => {
      checkFilter(filter);
      return numbers.countByKind(server, filter, lastId);
    });
  }

  rates(query: RateQuery): Promise<RateSeries> {
    return this.#ask((server, lastId) => {
      checkRateQuery(query);
      return numbers.readRates(server, query, lastId);
    });
  }

  aggregate(query: AggregateQuery): Promise<readonly AggregateRow[]> {
    return this.#ask((server, lastId) => {
      checkFilter(query);
      checkAggregate(query);
      return aggregate(server, query, lastId);
    });
  }

  activity(query: ActivityQuery): Promise<readonly Activity[]> {
    return this.#ask((server, lastId) => {
      checkActivityQuery(query);
      return readActivity(server, query, lastId);
    });
  }

  putCheckpoint({ lastId, ts, bytes, ended }: Checkpoint): void {
    if (ended) this.#writing().put("ended", [lastId, ended]);
    this.#writing().put("checkpoints", [lastId, ts, bytes]);
  }

  checkpoint(ts: bigint): Promise<Checkpoint | undefined> {
    return this.#ask((server, lastId) => numbers.readCheckpoint(server, ts, lastId));
  }

  ended(lastId: number): Promise<readonly Uint8Array[]> {
    return this.#ask((server) => numbers.readEnded(server, lastId));
  }

  idAt(ts: bigint): Promise<number> {
    return this.#ask((server, lastId) => numbers.idAt(server, ts, lastId));
  }

  newestIds(filter: EventFilter, role: Role): Promise<ReadonlyMap<number, number>> {
    return this.#ask((server, lastId) => {
      checkFilter(filter);
      return numbers.newestIds(server, filter, role, lastId);
    });
  }

  newestOfKinds<Kind extends EventKind>(
    filter: EventFilter,
    kinds: readonly KindRole<Kind>[],
  ): Promise<ReadonlyMap<Kind, ReadonlyMap<number, number>>> {
    return this.#ask((server, lastId) => {
      checkFilter(filter);
      return numbers.newestOfKinds(server, filter, kinds, lastId);
    });
  }

  newestEach(filter: EventFilter, role: Role, each: number): Promise<readonly StoredEvent[]> {
    return this.#ask((server, lastId) => {
      checkEach(filter, each);
      return readNewestEach(server, filter, role, each, lastId);
    });
  }

  eventsByIds(ids: readonly number[]): Promise<readonly StoredEvent[]> {
    return this.#ask((server, lastId) => {
      checkIds(ids);
      return readByIds(server, ids, lastId);
    });
  }

  async totals(): Promise<StoreTotals> {
    this.#open();
    return this.#tally.totals();
  }

  gaps(): Promise<readonly Gap[]> {
    return this.#ask(tables.readGaps);
  }

  nodes(): Promise<readonly NodeEntry[]> {
    return this.#ask(tables.readNodes);
  }

  meta(): Promise<ReadonlyMap<string, string>> {
    return this.#ask(tables.readMeta);
  }

  dictionary(): ReturnType<TraceStore["dictionary"]> {
    return this.#ask(tables.readDictionary);
  }

  sql(query: SqlQuery): Promise<SqlAnswer> {
    return this.#ask((server) => runSql(server, query));
  }

  sqlSchema(): Promise<SqlSchema> {
    return this.#ask((server) => readSchema(server));
  }

  async flush(): Promise<void> {
    this.#open();
    await this.#recorder?.flush();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    try {
      await this.#recorder?.close();
    } finally {
      await this.#server.close();
    }
  }

  /** What was appended is in the database before it is asked. */
  async #ask<T>(question: (server: Server, lastId: number) => Promise<T>): Promise<T> {
    this.#open();
    const { lastId } = this.#tally;
    await this.#recorder?.moveAll();
    return question(this.#server, lastId);
  }

  /** Grows over the whole recording, also when somebody else goes on with it. */
  #next(): number {
    return ++this.#version;
  }

  #writing(): Recorder {
    this.#open();
    if (this.#recorder) return this.#recorder;
    throw new ElixirScopeError(
      "STORE_READ_ONLY",
      `${this.#name} was opened to read; open it with mode "append".`,
      { recording: this.#name },
    );
  }

  #open(): void {
    if (this.#closing) throw closedError();
  }
}
