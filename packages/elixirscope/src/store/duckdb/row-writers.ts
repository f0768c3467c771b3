import type { DuckDBAppender } from "@duckdb/node-api";
import type { AtomEntry, EventBatch, FunctionEntry, ProcessEntry } from "../../model/index.ts";
import type { TimeSpan } from "../tally.ts";

/** Writers for the tables that grow by single rows. */

export function appendProcess(appender: DuckDBAppender, entry: ProcessEntry): void {
  appender.appendInteger(entry.index);
  appender.appendVarchar(entry.node);
  appender.appendUInteger(entry.id);
  appender.appendUInteger(entry.serial);
  appender.appendUInteger(entry.creation);
  appender.endRow();
}

export function appendFunction(appender: DuckDBAppender, entry: FunctionEntry): void {
  appender.appendInteger(entry.index);
  appender.appendVarchar(entry.module);
  appender.appendVarchar(entry.function);
  appender.appendUSmallInt(entry.arity);
  appender.endRow();
}

export function appendAtom(appender: DuckDBAppender, entry: AtomEntry): void {
  appender.appendInteger(entry.index);
  appender.appendVarchar(entry.name);
  appender.endRow();
}

export function appendBatch(appender: DuckDBAppender, batch: EventBatch, span: TimeSpan): void {
  appender.appendInteger(batch.batch);
  appender.appendUSmallInt(batch.node);
  appender.appendBigInt(BigInt(batch.firstId));
  appender.appendUInteger(batch.count);
  appender.appendBigInt(span.first);
  appender.appendBigInt(span.last);
  appender.endRow();
}

/** What of `counts` (by number of the kind) is not 0. */
export function appendCounts(appender: DuckDBAppender, counts: Float64Array, lastId: number): void {
  for (const [kind, count] of counts.entries()) {
    if (count === 0) continue;
    appender.appendBigInt(BigInt(lastId));
    appender.appendUTinyInt(kind);
    appender.appendUBigInt(BigInt(count));
    appender.endRow();
  }
}
