import {
  type DuckDBConnection,
  type DuckDBInstance,
  type DuckDBPreparedStatement,
  type Json,
  JsonDuckDBValueConverter,
  StatementType,
} from "@duckdb/node-api";
import { ElixirScopeError } from "../../model/index.ts";
import { type SqlSchema, sqlSchema } from "../sql-schema.ts";
import type { SqlAnswer, SqlQuery } from "../trace-store.ts";

/** Longer than anything that a person waits for. */
const LONGEST_MS = 30_000;
const AGAIN_MS = 50;

/**
 * SQL of a person or a program, which may only look: one SELECT, in a transaction that cannot write, in a database that
 * reaches no file but the recording (`settings` in `open.ts`), for a bounded time.
 *
 * @throws ElixirScopeError `STORE_BAD_SQL`, `STORE_SQL_NOT_READ_ONLY`, `STORE_SQL_TOO_LONG`, `STORE_SQL_STOPPED`
 */
export async function runSql(
  instance: DuckDBInstance,
  { sql, limit, longestMs, signal }: SqlQuery,
): Promise<SqlAnswer> {
  const connection = await instance.connect();
  let tooLong = false;
  let again: NodeJS.Timeout | undefined;
  // What has not quite begun hears no interrupt.
  const stop = (): void => {
    connection.interrupt();
    again = setInterval(() => connection.interrupt(), AGAIN_MS);
  };
  const timer = setTimeout(() => {
    tooLong = true;
    connection.interrupt();
  }, longestMs ?? LONGEST_MS);
  signal?.addEventListener("abort", stop);
  try {
    if (signal?.aborted) throw stopped();
    await connection.run("USE recording; BEGIN TRANSACTION READ ONLY");
    const statement = await prepared(connection, sql);
    return await firstRows(statement, limit);
  } catch (error) {
    if (signal?.aborted) throw stopped();
    throw tooLong ? tooLongError(longestMs ?? LONGEST_MS) : badSql(error);
  } finally {
    clearTimeout(timer);
    clearInterval(again);
    signal?.removeEventListener("abort", stop);
    await connection.run("ROLLBACK").catch(() => undefined);
    connection.disconnectSync();
  }
}

/** Tables and columns of the recording, and questions to start from. */
export const readSchema = (instance: DuckDBInstance): Promise<SqlSchema> =>
  sqlSchema(
    (query) => runSql(instance, query),
    "SELECT table_name, column_name, data_type, comment FROM duckdb_columns() WHERE database_name = 'recording' AND NOT internal ORDER BY table_name, column_index",
    "time_bucket(INTERVAL 100 MILLISECONDS, time)",
  );

async function prepared(connection: DuckDBConnection, sql: string): Promise<DuckDBPreparedStatement> {
  const statements = await connection.extractStatements(sql);
  if (statements.count !== 1) throw notReadOnly("One statement at a time.");
  const statement = await statements.prepare(0);
  const { statementType: type } = statement;
  if (type === StatementType.SELECT || type === StatementType.EXPLAIN) return statement;
  throw notReadOnly("Only SELECT can be asked; nothing can be changed.");
}

async function firstRows(statement: DuckDBPreparedStatement, limit: number): Promise<SqlAnswer> {
  const result = await statement.stream();
  const types = result.columnTypes();
  const columns = result.columnNames().map((name, i) => ({ name, type: String(types[i]) }));
  const rows: (Json | null)[][] = [];
  while (rows.length <= limit) {
    const chunk = await result.fetchChunk();
    if (!chunk || chunk.rowCount === 0) break;
    rows.push(...chunk.convertRows(JsonDuckDBValueConverter));
  }
  return { columns, rows: rows.slice(0, limit), more: rows.length > limit };
}

const notReadOnly = (message: string): ElixirScopeError =>
  new ElixirScopeError("STORE_SQL_NOT_READ_ONLY", message);

const stopped = (): ElixirScopeError =>
  new ElixirScopeError("STORE_SQL_STOPPED", "The query was stopped: nobody waits for its answer any more.");

const tooLongError = (ms: number): ElixirScopeError =>
  new ElixirScopeError(
    "STORE_SQL_TOO_LONG",
    `The query took longer than ${ms / 1000} s and was ended. Ask for a stretch of ids (WHERE id BETWEEN …), which is quick to find.`,
  );

/** What DuckDB says of it, with the place in the text where it knows that. */
function badSql(error: unknown): ElixirScopeError {
  if (error instanceof ElixirScopeError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (/file system operations are disabled|external access|Permission Error/i.test(message)) {
    return notReadOnly("A query reads the recording and nothing else: no files, no network, no extensions.");
  }
  if (/read-only mode|read only/i.test(message))
    return notReadOnly("Only SELECT can be asked; nothing can be changed.");
  return new ElixirScopeError("STORE_BAD_SQL", message.trimEnd(), {}, error);
}
