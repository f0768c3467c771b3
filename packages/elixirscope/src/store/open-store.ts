import { isClickHouse } from "../model/index.ts";
import { databaseOf, serverAddress } from "./clickhouse/address.ts";
import type { RecordingEntry } from "./clickhouse/recordings.ts";
import { openDuckDbStore, type StoreMode } from "./duckdb/open.ts";
import type { Keep } from "./keep.ts";
import type { TraceStore } from "./trace-store.ts";

export interface OpenStoreOptions {
  readonly mode: StoreMode;
  /** How much is kept while it is written to. Left out: all of it. */
  readonly keep?: Keep | undefined;
  /** Where it says how ClickHouse is reached; default: that of the process. */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Opens a recording where it lives: `clickhouse:NAME` in ClickHouse, anything else is a file.
 *
 * @throws ElixirScopeError as `openDuckDbStore` and `openClickHouseStore`
 */
export async function openStore(
  recording: string,
  { mode, keep, env = process.env }: OpenStoreOptions,
): Promise<TraceStore> {
  if (!isClickHouse(recording)) return openDuckDbStore(recording, { mode, keep });
  databaseOf(recording);
  const address = serverAddress(env);
  // Its client is loaded by those who need it.
  const { openClickHouseStore } = await import("./clickhouse/open.ts");
  return openClickHouseStore(recording, address, { mode, keep });
}

/** The recordings of the ClickHouse server that the environment names. @throws ElixirScopeError as the server has it */
export async function recordings(env: NodeJS.ProcessEnv = process.env): Promise<readonly RecordingEntry[]> {
  const address = serverAddress(env);
  const { listRecordings } = await import("./clickhouse/recordings.ts");
  return listRecordings(address);
}

/** Takes a recording of ClickHouse away for good. @throws ElixirScopeError as the server has it */
export async function dropRecording(recording: string, env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const address = serverAddress(env);
  const { dropRecording: drop } = await import("./clickhouse/recordings.ts");
  return drop(recording, address);
}
