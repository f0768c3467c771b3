import type { DuckDBConnection, DuckDBInstance, DuckDBValue } from "@duckdb/node-api";
import type { DictionaryDelta, ElixirScopeError, EventBatch } from "../../model/index.ts";
import type { TimeSpan } from "../tally.ts";
import { storeError } from "./errors.ts";
import { EventWriter } from "./event-writer.ts";
import { RowWriters } from "./row-writers.ts";

/** Longest time that something appended stays off the disk, ms. */
const FLUSH_MS = 500;
/** Events gathered before they are copied into DuckDB's vectors: large enough for whole chunks, small enough to be short. */
const WRITE_EVENTS = 16_384;
/** Bytes of batches since the last checkpoint after which the next one starts. */
const CHECKPOINT_BYTES = 64 * 1024 * 1024;
/** Bytes that may wait while a checkpoint runs; beyond it `append` waits for the lock instead. */
const WAITING_BYTES = 256 * 1024 * 1024;

interface Waiting {
  readonly batch: EventBatch;
  readonly delta: DictionaryDelta;
  readonly span: TimeSpan | undefined;
}

interface Statement {
  readonly sql: string;
  readonly values: DuckDBValue[];
}

/**
 * The writing side of a recording. Batches wait in memory, are copied into DuckDB some thousand at a time, and
 * committed at least every half second, or when somebody asks.
 */
export class Recorder {
  readonly #path: string;
  readonly #connection: DuckDBConnection;
  readonly #checkpointer: DuckDBConnection;
  readonly #events: EventWriter;
  readonly #rows: RowWriters;
  readonly #timer: NodeJS.Timeout;
  #waiting: Waiting[] = [];
  #waitingEvents = 0;
  #waitingBytes = 0;
  #statements: Statement[] = [];
  #running: Promise<void> = Promise.resolve();
  #unflushed = false;
  #sinceCheckpoint = 0;
  #checkpoint: Promise<void> | undefined;
  #failure: ElixirScopeError | undefined;

  private constructor(
    path: string,
    connections: readonly [DuckDBConnection, DuckDBConnection],
    events: EventWriter,
    rows: RowWriters,
  ) {
    this.#path = path;
    [this.#connection, this.#checkpointer] = connections;
    this.#events = events;
    this.#rows = rows;
    this.#timer = setInterval(() => this.#tick(), FLUSH_MS);
    this.#timer.unref();
  }

  static async open(instance: DuckDBInstance, path: string): Promise<Recorder> {
    const connection = await instance.connect();
    return new Recorder(
      path,
      [connection, await instance.connect()],
      await EventWriter.open(connection),
      await RowWriters.open(connection),
    );
  }

  /** @throws ElixirScopeError of an earlier write that failed: what came since then is not in the file */
  append(batch: EventBatch, delta: DictionaryDelta, span: TimeSpan | undefined): void {
    if (this.#failure) throw this.#failure;
    this.#waiting.push({ batch, delta, span });
    this.#waitingEvents += batch.count;
    this.#waitingBytes += batch.bytes.byteLength;
    if (this.#waitingEvents < WRITE_EVENTS) return;
    if (this.#checkpoint && this.#waitingBytes < WAITING_BYTES) return;
    this.#guard(() => this.#write());
  }

  /** Runs a statement in its turn: before anything that is asked later. */
  execute(sql: string, values: DuckDBValue[]): void {
    if (this.#failure) throw this.#failure;
    this.#statements.push({ sql, values });
  }

  /** Makes visible whatever was given so far. */
  async settle(): Promise<void> {
    // Committing would wait for the checkpoint anyway, but with the thread of JavaScript stopped.
    if (this.#checkpoint) await this.#checkpoint;
    if (this.#failure) throw this.#failure;
    this.#guard(() => this.#commit());
    await this.#runStatements();
  }

  /** As {@link settle}, and all of it in the file proper rather than its log. */
  async flush(): Promise<void> {
    await this.settle();
    await this.#startCheckpoint();
    if (this.#failure) throw this.#failure;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    try {
      await this.flush();
      this.#rows.close();
      this.#events.close();
    } finally {
      this.#checkpointer.disconnectSync();
      this.#connection.disconnectSync();
    }
  }

  #tick(): void {
    if (this.#failure || this.#checkpoint) return;
    // Its failure stands in #failure, and the next call throws it.
    this.settle().catch(() => undefined);
    if (this.#sinceCheckpoint >= CHECKPOINT_BYTES) void this.#startCheckpoint();
  }

  #write(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingEvents = 0;
    this.#sinceCheckpoint += this.#waitingBytes;
    this.#waitingBytes = 0;
    for (const { batch, delta, span } of waiting) {
      this.#rows.writeDelta(delta);
      if (!span) continue;
      this.#rows.writeBatch(batch, span);
      this.#events.write(batch);
    }
    if (waiting.length > 0) this.#unflushed = true;
  }

  #commit(): void {
    this.#write();
    if (!this.#unflushed) return;
    this.#rows.flush();
    this.#events.flush();
    this.#unflushed = false;
  }

  #runStatements(): Promise<void> {
    const statements = this.#statements;
    if (statements.length === 0) return this.#running;
    this.#statements = [];
    this.#running = this.#runAfter(this.#running, statements);
    return this.#running;
  }

  async #runAfter(earlier: Promise<void>, statements: readonly Statement[]): Promise<void> {
    await earlier;
    try {
      for (const { sql, values } of statements) await this.#connection.run(sql, values);
    } catch (error) {
      throw this.#fail(error);
    }
  }

  #startCheckpoint(): Promise<void> {
    this.#checkpoint ??= this.#runCheckpoint();
    return this.#checkpoint;
  }

  async #runCheckpoint(): Promise<void> {
    this.#sinceCheckpoint = 0;
    try {
      await this.#checkpointer.run("CHECKPOINT");
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#checkpoint = undefined;
    }
  }

  #guard(write: () => void): void {
    try {
      write();
    } catch (error) {
      throw this.#fail(error);
    }
  }

  #fail(error: unknown): ElixirScopeError {
    this.#failure ??= storeError(error, this.#path);
    return this.#failure;
  }
}
