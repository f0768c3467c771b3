import type { DuckDBAppender, DuckDBConnection } from "@duckdb/node-api";
import type { DictionaryDelta, EventBatch } from "../../model/index.ts";
import type { TimeSpan } from "../tally.ts";

/** Appends to the tables that grow by single rows: dictionary and batches. */
export class RowWriters {
  readonly #processes: DuckDBAppender;
  readonly #functions: DuckDBAppender;
  readonly #atoms: DuckDBAppender;
  readonly #batches: DuckDBAppender;

  private constructor(appenders: readonly [DuckDBAppender, DuckDBAppender, DuckDBAppender, DuckDBAppender]) {
    [this.#processes, this.#functions, this.#atoms, this.#batches] = appenders;
  }

  static async open(connection: DuckDBConnection): Promise<RowWriters> {
    return new RowWriters([
      await connection.createAppender("processes"),
      await connection.createAppender("functions"),
      await connection.createAppender("atoms"),
      await connection.createAppender("batches"),
    ]);
  }

  writeDelta({ processes, functions, atoms }: DictionaryDelta): void {
    for (const entry of processes) {
      this.#processes.appendInteger(entry.index);
      this.#processes.appendVarchar(entry.node);
      this.#processes.appendUInteger(entry.id);
      this.#processes.appendUInteger(entry.serial);
      this.#processes.appendUInteger(entry.creation);
      this.#processes.endRow();
    }
    for (const entry of functions) {
      this.#functions.appendInteger(entry.index);
      this.#functions.appendVarchar(entry.module);
      this.#functions.appendVarchar(entry.function);
      this.#functions.appendUSmallInt(entry.arity);
      this.#functions.endRow();
    }
    for (const entry of atoms) {
      this.#atoms.appendInteger(entry.index);
      this.#atoms.appendVarchar(entry.name);
      this.#atoms.endRow();
    }
  }

  writeBatch(batch: EventBatch, span: TimeSpan): void {
    const appender = this.#batches;
    appender.appendInteger(batch.batch);
    appender.appendUSmallInt(batch.node);
    appender.appendBigInt(BigInt(batch.firstId));
    appender.appendUInteger(batch.count);
    appender.appendBigInt(span.first);
    appender.appendBigInt(span.last);
    appender.appendBlob(batch.bytes);
    appender.endRow();
  }

  /** Before the events are flushed: after a crash no event may point at a row that is missing. */
  flush(): void {
    for (const appender of this.#all()) appender.flushSync();
  }

  close(): void {
    for (const appender of this.#all()) appender.closeSync();
  }

  #all(): readonly DuckDBAppender[] {
    return [this.#processes, this.#functions, this.#atoms, this.#batches];
  }
}
