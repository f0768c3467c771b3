import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import {
  type DictionaryDelta,
  ElixirScopeError,
  type EventBatch,
  type Gap,
  type NodeEntry,
} from "../../model/index.ts";
import { checkEventQuery, checkFilter, checkOrder, checkRateQuery, closedError } from "../checks.ts";
import { type Tally, timeSpan } from "../tally.ts";
import type {
  EventFilter,
  EventQuery,
  RateQuery,
  RateSeries,
  StoredEvent,
  StoreTotals,
  TraceStore,
} from "../trace-store.ts";
import { countByKind, countEvents, readRates } from "./counts.ts";
import { storeError } from "./errors.ts";
import { EventReader } from "./event-reader.ts";
import { PayloadReader } from "./payload-reader.ts";
import { Recorder } from "./recorder.ts";
import * as tables from "./tables.ts";

interface Parts {
  readonly instance: DuckDBInstance;
  readonly connection: DuckDBConnection;
  readonly path: string;
  readonly tally: Tally;
  readonly readOnly: boolean;
}

/** A recording in a DuckDB file: see {@link openDuckDbStore}. */
export class DuckDbStore implements TraceStore {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  readonly #path: string;
  readonly #tally: Tally;
  readonly #recorder: Recorder | undefined;
  readonly #reader: EventReader;
  #closed = false;

  private constructor({ instance, connection, path, tally }: Parts, recorder: Recorder | undefined) {
    this.#instance = instance;
    this.#connection = connection;
    this.#path = path;
    this.#tally = tally;
    this.#recorder = recorder;
    this.#reader = new EventReader(connection, new PayloadReader(connection));
  }

  static async open(parts: Parts): Promise<DuckDbStore> {
    return new DuckDbStore(
      parts,
      parts.readOnly ? undefined : await Recorder.open(parts.instance, parts.path),
    );
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

  putNode(node: NodeEntry): void {
    this.#writing().execute(...tables.putNode(node));
  }

  addGap(gap: Gap): void {
    this.#writing().execute(...tables.addGap(gap));
  }

  putMeta(key: string, value: string): void {
    this.#writing().execute(...tables.putMeta(key, value));
  }

  events(query: EventQuery): Promise<readonly StoredEvent[]> {
    return this.#ask(() => {
      checkEventQuery(query);
      return this.#reader.read(query, this.#tally.lastId);
    });
  }

  count(filter: EventFilter): Promise<number> {
    return this.#ask(() => {
      checkFilter(filter);
      return countEvents(this.#connection, filter);
    });
  }

  countByKind(filter: EventFilter): ReturnType<TraceStore["countByKind"]> {
    return this.#ask(() => {
      checkFilter(filter);
      return countByKind(this.#connection, filter);
    });
  }

  rates(query: RateQuery): Promise<RateSeries> {
    return this.#ask(() => {
      checkRateQuery(query);
      return readRates(this.#connection, query);
    });
  }

  async totals(): Promise<StoreTotals> {
    if (this.#closed) throw closedError();
    return this.#tally.totals();
  }

  gaps(): Promise<readonly Gap[]> {
    return this.#ask(() => tables.readGaps(this.#connection));
  }

  nodes(): Promise<readonly NodeEntry[]> {
    return this.#ask(() => tables.readNodes(this.#connection));
  }

  meta(): Promise<ReadonlyMap<string, string>> {
    return this.#ask(() => tables.readMeta(this.#connection));
  }

  dictionary(): ReturnType<TraceStore["dictionary"]> {
    return this.#ask(() => tables.readDictionary(this.#connection));
  }

  flush(): Promise<void> {
    return this.#ask(async () => this.#recorder?.flush());
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      await this.#recorder?.close();
    } catch (error) {
      throw storeError(error, this.#path);
    } finally {
      this.#connection.disconnectSync();
      this.#instance.closeSync();
    }
  }

  async #ask<T>(question: () => Promise<T>): Promise<T> {
    if (this.#closed) throw closedError();
    try {
      await this.#recorder?.settle();
      return await question();
    } catch (error) {
      throw storeError(error, this.#path);
    }
  }

  #writing(): Recorder {
    if (this.#closed) throw closedError();
    if (this.#recorder) return this.#recorder;
    throw new ElixirScopeError(
      "STORE_READ_ONLY",
      `${this.#path} was opened to read; open it with mode "append".`,
      {
        path: this.#path,
      },
    );
  }
}
