import { closeSync, existsSync, openSync, readSync } from "node:fs";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { ElixirScopeError } from "../../model/index.ts";
import { checkKeep, type Keep } from "../keep.ts";
import type { Removed } from "../removals.ts";
import type { TraceStore } from "../trace-store.ts";
import { Blocks } from "./blocks.ts";
import { ConnectionPool } from "./connection-pool.ts";
import { DuckDbStore } from "./duckdb-store.ts";
import { storeError } from "./errors.ts";
import { FactCache } from "./facts.ts";
import { Recorder } from "./recorder.ts";
import { readState } from "./recording-state.ts";
import { Retention } from "./retention.ts";
import {
  LATER_TABLES,
  missingTableScript,
  NEXT_VERSION_SCRIPT,
  SCHEMA_VERSION,
  schemaScript,
} from "./schema.ts";
import { hasTable } from "./tables.ts";

/**
 * - `create`: a new recording; the file must not exist
 * - `append`: go on with a recording
 * - `read`: look only; the file is not changed
 */
export type StoreMode = "create" | "append" | "read";

export interface DuckDbStoreOptions {
  readonly mode: StoreMode;
  /** How much is kept while it is written to. Left out: all of it. */
  readonly keep?: Keep | undefined;
  /** Ids of a block of events that is summarized; left out: as many as are quickly read. */
  readonly blockIds?: number | undefined;
}

/** The recorder says when. */
const NO_AUTO_CHECKPOINT = "1TB";
/**
 * For what was read of the file, and for questions; while recording for the stages and for what was written, too, so that
 * it fills up within minutes. Beyond it DuckDB reads from the file again, which the system has in its own cache, or goes to
 * temporary files.
 */
const MEMORY_LIMIT: Readonly<Record<StoreMode, string>> = { read: "512MB", append: "384MB", create: "384MB" };
/**
 * Rows of a row group. A full one is written once and for good; one that is not full is written anew at each
 * checkpoint, so it has to be small enough for that: 16 MB of payloads.
 */
const ROW_GROUP_ROWS = 16_384;
/** Questions answered at a time. */
const READERS = 2;

/**
 * Opens a recording: one file, by convention `*.esrec`, which is a DuckDB database (see docs/recording-format.md).
 *
 * @throws ElixirScopeError `STORE_EXISTS`, `STORE_NOT_FOUND`, `STORE_NOT_A_RECORDING`, `STORE_NEWER_FORMAT`,
 * `STORE_LOCKED`, `STORE_DAMAGED`, `STORE_NO_SPACE`, `STORE_IO`, `STORE_BAD_KEEP`
 */
export async function openDuckDbStore(path: string, options: DuckDbStoreOptions): Promise<TraceStore> {
  checkKeep(options.keep ?? {});
  checkPath(path, options.mode);
  let instance: DuckDBInstance | undefined;
  try {
    instance = await DuckDBInstance.create(":memory:", settings(path, options.mode));
    return await openStore(instance, path, options);
  } catch (error) {
    instance?.closeSync();
    throw storeError(error, path);
  }
}

async function openStore(
  instance: DuckDBInstance,
  path: string,
  { mode, keep, blockIds }: DuckDbStoreOptions,
): Promise<TraceStore> {
  const connection = await instance.connect();
  await connection.run(attachStatement(path, mode));
  // Pages come out of a few row groups: to look for their rows a second time, by number, costs more than all the rest.
  await connection.run("SET disabled_optimizers = 'late_materialization'");
  // From here on whoever asks in SQL reaches this file and no other.
  await connection.run("SET enable_external_access = false; SET lock_configuration = true");
  // In the file from the start, so that it is a recording whatever becomes of the log.
  if (mode === "create") await connection.run(`USE recording; ${schemaScript()} CHECKPOINT recording;`);
  else await checkSchema(connection, path);
  if (mode === "append") await addLaterTables(connection);
  const state = await readState(connection);
  const blocks = await Blocks.open(connection, blockIds);
  const hasRareEvents = await hasTable(connection, "rare_events");
  connection.disconnectSync();
  const pool = await ConnectionPool.open(instance, READERS);
  const facts = new FactCache();
  const retention = keep && Object.keys(keep).length > 0 ? new Retention(keep) : undefined;
  const start = {
    lastId: state.tally.lastId,
    nextPiece: state.nextPiece,
    nextRarePiece: state.nextRarePiece,
    blocks,
    retention,
    removed: (removed: Removed) => {
      state.tally.removed(removed);
      facts.forget("gaps");
    },
  };
  const filed = { lastId: Number.MAX_SAFE_INTEGER, blocks, hasRareEvents };
  const recorder = mode === "read" ? undefined : await Recorder.open(instance, path, start);
  const shrinks = retention !== undefined;
  return new DuckDbStore({ instance, pool, path, tally: state.tally, recorder, filed, facts, shrinks });
}

async function addLaterTables(connection: DuckDBConnection): Promise<void> {
  for (const table of LATER_TABLES) {
    if (await hasTable(connection, table)) continue;
    await connection.run(`USE recording; BEGIN; ${missingTableScript(table)} COMMIT;`);
  }
  await connection.run(`USE recording; BEGIN; ${NEXT_VERSION_SCRIPT} COMMIT;`);
}

/**
 * Attaches a recording to look at it.
 *
 * @throws ElixirScopeError, or an error of DuckDB for `storeError`
 */
export async function attachToRead(
  connection: DuckDBConnection,
  path: string,
  name: string = "recording",
): Promise<void> {
  checkPath(path, "read");
  await connection.run(attachStatement(path, "read", name));
  await checkSchema(connection, path, name);
}

/** Attaches a file that is to become a recording as `recording`. @throws as {@link attachToRead} */
export async function attachToWrite(connection: DuckDBConnection, path: string): Promise<void> {
  checkPath(path, "create");
  await connection.run(attachStatement(path, "create"));
}

function attachStatement(path: string, mode: StoreMode, name: string = "recording"): string {
  const options =
    mode === "read" ? "READ_ONLY" : `ROW_GROUP_SIZE ${ROW_GROUP_ROWS}, STORAGE_VERSION 'v1.2.0'`;
  return `ATTACH '${path.replaceAll("'", "''")}' AS ${name} (TYPE duckdb, ${options})`;
}

function settings(path: string, mode: StoreMode): Record<string, string> {
  return {
    checkpoint_threshold: NO_AUTO_CHECKPOINT,
    memory_limit: MEMORY_LIMIT[mode],
    // Measured on two cores: with one thread, moving a million events costs a third less, and appending is not held up.
    ...(mode === "read" ? {} : { threads: "1" }),
    temp_directory: `${path}.tmp`,
    // A recording is opened to be looked at: it must not make DuckDB load code or reach for the network.
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
  };
}

function checkPath(path: string, mode: StoreMode): void {
  const exists = existsSync(path);
  if (mode === "create") {
    if (!exists) return;
    throw new ElixirScopeError(
      "STORE_EXISTS",
      `${path} exists already; choose another name or delete it first.`,
      {
        path,
      },
    );
  }
  if (!exists) throw new ElixirScopeError("STORE_NOT_FOUND", `There is no recording at ${path}.`, { path });
  if (isDuckDbFile(path)) return;
  throw new ElixirScopeError("STORE_NOT_A_RECORDING", `${path} is not a recording of ElixirScope.`, { path });
}

/** Looked at before DuckDB does: it would make a database of an empty file. */
function isDuckDbFile(path: string): boolean {
  const head = Buffer.alloc(12);
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    throw storeError(error, path);
  }
  try {
    readSync(file, head, 0, head.length, 0);
  } catch {
    // A folder.
    return false;
  } finally {
    closeSync(file);
  }
  // Eight bytes of checksum, then the magic word.
  return head.toString("latin1", 8) === "DUCK";
}

async function checkSchema(
  connection: DuckDBConnection,
  path: string,
  name: string = "recording",
): Promise<void> {
  const tables = await connection.run(
    `SELECT count(*)::INTEGER FROM duckdb_tables() WHERE database_name = '${name}' AND table_name IN ('meta', 'events', 'pieces', 'processes')`,
  );
  const [[count]] = (await tables.getRowsJS()) as [[number]];
  if (count !== 4) {
    throw new ElixirScopeError(
      "STORE_NOT_A_RECORDING",
      `${path} is a DuckDB database, but not a recording of ElixirScope.`,
      { path },
    );
  }
  const result = await connection.run(`SELECT value FROM ${name}.meta WHERE key = 'schema_version'`);
  const version = Number((await result.getRowsJS())[0]?.[0]);
  if (!Number.isSafeInteger(version)) {
    throw new ElixirScopeError("STORE_NOT_A_RECORDING", `${path} does not say which format it has.`, {
      path,
    });
  }
  if (version <= SCHEMA_VERSION) return;
  throw new ElixirScopeError(
    "STORE_NEWER_FORMAT",
    `${path} has format ${version}, this ElixirScope knows ${SCHEMA_VERSION}; update ElixirScope to open it.`,
    { path, version, known: SCHEMA_VERSION },
  );
}
