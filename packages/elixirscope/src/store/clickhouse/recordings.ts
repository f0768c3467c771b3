import { DATABASE_PREFIX, databaseOf, recordingOf, type ServerAddress } from "./address.ts";
import { rowsOf } from "./rows.ts";
import { Server } from "./server.ts";

/** A recording of a server, as a list has it. */
export interface RecordingEntry {
  /** `clickhouse:NAME` */
  readonly recording: string;
  readonly events: number;
  /** On the server's disk. */
  readonly bytes: number;
  /** ISO time; empty: unknown. */
  readonly startedAt: string;
  /** Empty: it goes on, or was broken off. */
  readonly endedAt: string;
  readonly nodes: readonly string[];
}

/** All recordings of a server that the user may see, by name. @throws ElixirScopeError as the server has it */
export async function listRecordings(address: ServerAddress): Promise<readonly RecordingEntry[]> {
  const server = new Server(address);
  try {
    const databases = rowsOf<[string, bigint, bigint]>(
      await server.blocks(
        `SELECT d.name, toUInt64(sum(p.rows * (p.table = 'events'))), toUInt64(sum(p.bytes_on_disk))
         FROM system.databases AS d
         LEFT JOIN (SELECT * FROM system.parts WHERE active) AS p ON p.database = d.name
         WHERE startsWith(d.name, '${DATABASE_PREFIX}') GROUP BY d.name ORDER BY d.name`,
      ),
    );
    return await Promise.all(databases.map((row) => entryOf(server, row)));
  } finally {
    await server.close();
  }
}

async function entryOf(
  server: Server,
  [database, events, bytes]: readonly [string, bigint, bigint],
): Promise<RecordingEntry> {
  const meta = new Map(
    rowsOf<[string, string]>(
      await server.blocks(
        `SELECT key, value FROM \`${database}\`.meta FINAL WHERE key IN ('started_at', 'ended_at')`,
      ),
    ),
  );
  const nodes = rowsOf<[string]>(
    await server.blocks(`SELECT DISTINCT name FROM \`${database}\`.nodes FINAL ORDER BY name`),
  );
  return {
    recording: recordingOf(database),
    events: Number(events),
    bytes: Number(bytes),
    startedAt: meta.get("started_at") ?? "",
    endedAt: meta.get("ended_at") ?? "",
    nodes: nodes.map(([name]) => name),
  };
}

/** Takes a recording away for good. @throws ElixirScopeError as the server has it */
export async function dropRecording(recording: string, address: ServerAddress): Promise<void> {
  const database = databaseOf(recording);
  const server = new Server(address, database, { withoutDatabase: true });
  try {
    await server.command(`DROP DATABASE \`${database}\` SYNC`);
  } finally {
    await server.close();
  }
}
