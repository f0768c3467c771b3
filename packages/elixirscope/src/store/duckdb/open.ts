import { existsSync } from "node:fs";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { ElixirScopeError } from "../../model/index.ts";
import type { TraceStore } from "../trace-store.ts";
import { DuckDbStore } from "./duckdb-store.ts";
import { storeError } from "./errors.ts";
import { readTally } from "./recover.ts";
import { SCHEMA_VERSION, schemaScript } from "./schema.ts";

/**
 * - `create`: a new recording; the file must not exist
 * - `append`: go on with a recording
 * - `read`: look only; the file is not changed
 */
export type StoreMode = "create" | "append" | "read";

export interface DuckDbStoreOptions {
  readonly mode: StoreMode;
}

/** The store checkpoints by itself, off the thread of JavaScript; DuckDB's own would come in the middle of an append. */
const NO_AUTO_CHECKPOINT = "1TB";

/**
 * Opens a recording: one file, by convention `*.esrec`, which is a DuckDB database (see docs/recording-format.md).
 *
 * @throws ElixirScopeError `STORE_EXISTS`, `STORE_NOT_FOUND`, `STORE_NOT_A_RECORDING`, `STORE_NEWER_FORMAT`,
 * `STORE_LOCKED`, `STORE_DAMAGED`, `STORE_NO_SPACE`, `STORE_IO`
 */
export async function openDuckDbStore(path: string, options: DuckDbStoreOptions): Promise<TraceStore> {
  checkPath(path, options.mode);
  let instance: DuckDBInstance | undefined;
  try {
    instance = await DuckDBInstance.create(path, settings(options.mode));
    return await openStore(instance, path, options.mode);
  } catch (error) {
    instance?.closeSync();
    throw storeError(error, path);
  }
}

async function openStore(instance: DuckDBInstance, path: string, mode: StoreMode): Promise<TraceStore> {
  const connection = await instance.connect();
  if (mode === "create") await connection.run(schemaScript());
  else await checkSchema(connection, path);
  const tally = await readTally(connection, mode === "append");
  return DuckDbStore.open({ instance, connection, path, tally, readOnly: mode === "read" });
}

function settings(mode: StoreMode): Record<string, string> {
  return {
    access_mode: mode === "read" ? "READ_ONLY" : "READ_WRITE",
    checkpoint_threshold: NO_AUTO_CHECKPOINT,
    // A recording is opened to be looked at: it must not make DuckDB load code or reach for the network.
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
  };
}

function checkPath(path: string, mode: StoreMode): void {
  const exists = existsSync(path);
  if (mode === "create" && exists) {
    throw new ElixirScopeError(
      "STORE_EXISTS",
      `${path} exists already; choose another name or delete it first.`,
      {
        path,
      },
    );
  }
  if (mode !== "create" && !exists) {
    throw new ElixirScopeError("STORE_NOT_FOUND", `There is no recording at ${path}.`, { path });
  }
}

async function checkSchema(connection: DuckDBConnection, path: string): Promise<void> {
  const tables = await connection.run(
    "SELECT count(*)::INTEGER FROM duckdb_tables() WHERE table_name IN ('meta', 'events', 'batches', 'processes')",
  );
  const [[count]] = (await tables.getRowsJS()) as [[number]];
  if (count !== 4) {
    throw new ElixirScopeError(
      "STORE_NOT_A_RECORDING",
      `${path} is a DuckDB database, but not a recording of ElixirScope.`,
      { path },
    );
  }
  const result = await connection.run("SELECT value FROM meta WHERE key = 'schema_version'");
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
