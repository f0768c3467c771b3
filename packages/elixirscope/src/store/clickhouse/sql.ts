import { ElixirScopeError } from "../../model/index.ts";
import { type SqlSchema, sqlSchema } from "../sql-schema.ts";
import type { SqlAnswer, SqlQuery } from "../trace-store.ts";
import { serverCode } from "./errors.ts";
import type { Server } from "./server.ts";

/** Longer than anything that a person waits for. */
const LONGEST_MS = 30_000;
const READONLY = 164;
const TOO_LONG = 159;

interface Answer {
  readonly meta: SqlAnswer["columns"];
  readonly data: SqlAnswer["rows"];
}

/**
 * SQL of a person or a program, which may only look: the server itself refuses what writes, and what reaches files or the
 * network, for a bounded time and a bounded answer.
 *
 * @throws ElixirScopeError `STORE_BAD_SQL`, `STORE_SQL_NOT_READ_ONLY`, `STORE_SQL_TOO_LONG`, `STORE_SQL_STOPPED`
 */
export async function runSql(
  server: Server,
  { sql, limit, longestMs, signal }: SqlQuery,
): Promise<SqlAnswer> {
  const ms = longestMs ?? LONGEST_MS;
  try {
    const settings = {
      readonly: "1",
      max_execution_time: ms / 1000,
      max_result_rows: String(limit + 1),
      result_overflow_mode: "break",
      final: 1,
      output_format_json_quote_64bit_integers: 1,
      output_format_json_quote_denormals: 1,
      output_format_json_validate_utf8: 1,
      // Who asked hangs up where nobody waits any more.
      cancel_http_readonly_queries_on_client_close: 1,
    } as const;
    const text = await server.raw(sql.trim().replace(/;$/, ""), settings, signal);
    const { meta, data } = JSON.parse(text) as Answer;
    return { columns: meta, rows: data.slice(0, limit), more: data.length > limit };
  } catch (error) {
    if (signal?.aborted) throw stopped();
    throw sqlError(server, error, ms);
  }
}

const stopped = (): ElixirScopeError =>
  new ElixirScopeError("STORE_SQL_STOPPED", "The query was stopped: nobody waits for its answer any more.");

/** Tables and columns of this recording, and questions to start from. */
export const readSchema = (server: Server): Promise<SqlSchema> =>
  sqlSchema(
    (query) => runSql(server, query),
    "SELECT table, name, type, comment FROM system.columns WHERE database = currentDatabase() ORDER BY table, position",
    "toStartOfInterval(time, INTERVAL 100 MILLISECOND)",
  );

function sqlError(server: Server, error: unknown, ms: number): ElixirScopeError {
  const code = serverCode(error);
  if (code === READONLY) {
    return new ElixirScopeError(
      "STORE_SQL_NOT_READ_ONLY",
      "Only SELECT can be asked, of the recording and nothing else; nothing can be changed.",
    );
  }
  if (code === TOO_LONG) {
    return new ElixirScopeError(
      "STORE_SQL_TOO_LONG",
      `The query took longer than ${ms / 1000} s and was ended. Ask for a stretch of ids (WHERE id BETWEEN …), which is quick to find.`,
    );
  }
  const ours = server.error(error);
  if (code === undefined || ours.code === "STORE_NO_ACCESS") return ours;
  return new ElixirScopeError(
    "STORE_BAD_SQL",
    error instanceof Error ? error.message : String(error),
    {},
    error,
  );
}
