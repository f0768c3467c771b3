import type { DuckDBConnection } from "@duckdb/node-api";

/**
 * Merges the log beside the recording into its file. `false`: not now, DuckDB refuses while a question goes on that began
 * before rows were updated. What was committed is safe in the log, so that this is no failure of the recording: to be tried
 * again later.
 */
export async function tryCheckpoint(connection: DuckDBConnection): Promise<boolean> {
  try {
    await connection.run("CHECKPOINT recording");
    return true;
  } catch (error) {
    if (error instanceof Error && error.message.includes("Cannot CHECKPOINT")) return false;
    throw error;
  }
}
