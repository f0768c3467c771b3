import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { checkFilter } from "../checks.ts";
import type { EventFilter } from "../trace-store.ts";
import { whereOf } from "../where.ts";
import { storeError } from "./errors.ts";
import { attachToRead } from "./open.ts";
import { TABLE_NAMES } from "./schema.ts";
import { hasTable, rowsOf } from "./tables.ts";

export interface ParquetOptions {
  readonly recording: string;
  /** Must not exist. */
  readonly folder: string;
  readonly filter: EventFilter;
  /** Called before each table. */
  readonly onTable: (table: string) => void;
}

/** Rows of a row group: what a reader takes at a time. */
const ROW_GROUP_ROWS = 122_880;

/**
 * The tables of a recording, a Parquet file each, by DuckDB's own COPY.
 *
 * @returns number of events
 * @throws ElixirScopeError as `openDuckDbStore` does for a recording that is read
 */
export async function exportParquet(options: ParquetOptions): Promise<number> {
  const { recording, folder, filter } = options;
  checkFilter(filter);
  const scratch = join(folder, "tmp");
  let instance: DuckDBInstance | undefined;
  try {
    instance = await DuckDBInstance.create(":memory:", { temp_directory: scratch });
    const connection = await instance.connect();
    await attachToRead(connection, recording);
    await mkdir(folder);
    return await copyTables(connection, options);
  } catch (error) {
    throw storeError(error, recording);
  } finally {
    instance?.closeSync();
    await rm(scratch, { recursive: true, force: true });
  }
}

async function copyTables(
  connection: DuckDBConnection,
  { folder, filter, onTable }: ParquetOptions,
): Promise<number> {
  const conditions = whereOf(filter);
  const chosen = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
  for (const table of TABLE_NAMES) {
    if (!(await hasTable(connection, table))) continue;
    onTable(table);
    const file = join(folder, `${table}.parquet`).replaceAll("'", "''");
    await connection.run(
      `COPY (${selection(table, chosen)}) TO '${file}'
       (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${ROW_GROUP_ROWS})`,
    );
  }
  const [row] = await rowsOf<[bigint]>(connection, `SELECT count(*) FROM recording.events ${chosen}`);
  return Number(row![0]);
}

/** Of what tells of single events the part that belongs to those that were chosen. */
function selection(table: string, chosen: string): string {
  const all = `SELECT * FROM recording.${table}`;
  if (table === "events" || table === "rare_events") return `${all} ${chosen} ORDER BY id`;
  if (chosen === "") return all;
  const events = `FROM recording.events ${chosen}`;
  switch (table) {
    case "pieces":
    case "rare_pieces":
      return `${all} WHERE piece IN (SELECT piece ${events} AND payload_length > 0) ORDER BY piece`;
    case "counts":
      return `SELECT max(id) AS last_id, kind, count(*)::UBIGINT AS count ${events} GROUP BY kind`;
    case "blocks":
    case "block_rates":
    case "block_keys":
    case "block_times":
    case "block_open":
    case "block_states":
      // They tell of all events.
      return `${all} LIMIT 0`;
    default:
      return all;
  }
}
