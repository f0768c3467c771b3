import type { SQLNamespace } from "@codemirror/lang-sql";
import { useQuery } from "@tanstack/react-query";
import { cellText } from "../../domain/answer-table.ts";
import { ask } from "../../server/ask.ts";

const DUCKDB =
  "SELECT table_name, column_name, data_type, comment FROM duckdb_columns() WHERE NOT internal AND database_name = 'recording' ORDER BY ALL";
const CLICKHOUSE = "SELECT table, name, type, comment FROM system.columns WHERE database = currentDatabase()";

export interface Schema {
  readonly tables: SQLNamespace;
  /** Unix nanoseconds of instant 0. */
  readonly origin: bigint | undefined;
}

/** Tables and columns of the recording, and where its time begins; asked once. */
export function useSchema(): Schema {
  const { data } = useQuery({ queryKey: ["schema"], queryFn: readSchema, staleTime: Infinity });
  return data ?? NONE;
}

const NONE: Schema = { tables: {}, origin: undefined };

async function readSchema(): Promise<Schema> {
  const origin = await rowsOf("SELECT value FROM meta WHERE key = 'origin_ns'");
  const columns = await rowsOf(DUCKDB).catch(() => rowsOf(CLICKHOUSE));
  const tables: Record<string, { label: string; type: string; detail: string; info: string }[]> = {};
  for (const [table = "", label = "", detail = "", info = ""] of columns)
    tables[table] = [...(tables[table] ?? []), { label, type: "property", detail, info }];
  const text = origin[0]?.[0];
  return { tables, origin: text === undefined ? undefined : BigInt(text) };
}

async function rowsOf(sql: string): Promise<readonly (readonly string[])[]> {
  const { rows } = await ask("query", { sql, limit: 10_000 });
  return rows.map((row) => row.map(cellText));
}
