import { DuckDBBlobValue, type DuckDBConnection } from "@duckdb/node-api";
import type { Checkpoint } from "../past.ts";
import type { EventFilter } from "../trace-store.ts";
import { whereOf } from "../where.ts";
import { KEY } from "./blocks.ts";
import { inBlocks, isWithin, keyCondition, kindCondition, outside } from "./ranges.ts";
import { bigints, ints } from "./rows.ts";
import type { Source } from "./source.ts";
import { hasTable, type Prepared, rowsOf } from "./tables.ts";

export const putCheckpoint = ({ lastId, ts, bytes, ended }: Checkpoint): readonly Prepared[] => [
  // Before the checkpoint that says how many there are.
  ...(ended ? [putEnded(lastId, ended)] : []),
  ["INSERT INTO recording.checkpoints VALUES ($1, $2, $3)", [BigInt(lastId), ts, new DuckDBBlobValue(bytes)]],
];

const putEnded = (lastId: number, bytes: Uint8Array): Prepared => [
  "INSERT INTO recording.ended VALUES ($1, $2)",
  [BigInt(lastId), new DuckDBBlobValue(bytes)],
];

export async function readEnded(connection: DuckDBConnection, lastId: number): Promise<Uint8Array[]> {
  // Recordings of earlier versions have none.
  if (!(await hasTable(connection, "ended"))) return [];
  const rows = await rowsOf<[Uint8Array]>(
    connection,
    `SELECT bytes FROM recording.ended WHERE last_id <= ${lastId} ORDER BY last_id`,
  );
  return rows.map(([bytes]) => new Uint8Array(bytes));
}

/**
 * The newest checkpoint at or before an instant. One that reached the file before its events did, as the recording was
 * killed, is passed over.
 */
export async function readCheckpoint(
  connection: DuckDBConnection,
  ts: bigint,
  lastId: number,
): Promise<Checkpoint | undefined> {
  // Recordings of earlier versions have none.
  if (!(await hasTable(connection, "checkpoints"))) return undefined;
  const result = await connection.run(
    `SELECT last_id, ts, bytes FROM recording.checkpoints
     WHERE ts <= ${ts} AND last_id <= ${lastId} ORDER BY last_id DESC LIMIT 1`,
  );
  const [row] = (await result.getRowsJS()) as unknown as [bigint, bigint, Uint8Array][];
  return row && { lastId: Number(row[0]), ts: row[1], bytes: new Uint8Array(row[2]) };
}

/** Of a stretch that was emptied only the last one is of use: what comes behind it starts from there. */
export const FORGET_CHECKPOINTS = `DELETE FROM recording.checkpoints WHERE EXISTS (
  SELECT 1 FROM recording.removals r JOIN recording.checkpoints later
    ON later.last_id BETWEEN r.first_id AND r.last_id
  WHERE checkpoints.last_id BETWEEN r.first_id AND r.last_id AND later.last_id > checkpoints.last_id);
  DELETE FROM recording.ended WHERE EXISTS (
    SELECT 1 FROM recording.removals r WHERE ended.last_id BETWEEN r.first_id AND r.last_id)`;

export async function idAt(connection: DuckDBConnection, source: Source, ts: bigint): Promise<number> {
  const begun = source.other("batches", [`first_ts <= ${ts}`]);
  const result = await connection.run(`SELECT coalesce(max(first_id + count - 1), 0)::BIGINT FROM ${begun}`);
  const [chunk] = await result.fetchAllChunks();
  return Number(bigints(chunk!, 0)[0]);
}

export async function newestIds(
  connection: DuckDBConnection,
  source: Source,
  filter: EventFilter,
  role: "pid" | "peer",
): Promise<ReadonlyMap<number, number>> {
  const blocks = isSummarized(filter, role) ? source.blocks.filter((block) => isWithin(block, filter)) : [];
  const within = source.events([...whereOf(filter), `${role} >= 0`, ...outside(blocks)], filter.kinds);
  const parts = [`SELECT ${role} AS process, max(id) AS id FROM ${within} GROUP BY ${role}`];
  if (blocks.length > 0) {
    const wanted = filter[ROLES[role]];
    const conditions = [
      inBlocks(blocks),
      keyCondition({ what: [KEY[role]], ...(wanted ? { keys: wanted } : {}) }),
      "key >= 0",
      ...kindCondition(filter),
    ];
    parts.push(
      `SELECT key, max(last_id) FROM recording.block_keys WHERE ${conditions.join(" AND ")} GROUP BY key`,
    );
  }
  const result = await connection.run(
    `SELECT process, max(id) FROM (${parts.join(" UNION ALL ")}) GROUP BY process`,
  );
  const newest = new Map<number, number>();
  for (const chunk of await result.fetchAllChunks()) {
    const processes = ints(chunk, 0);
    const ids = bigints(chunk, 1);
    for (let i = 0; i < chunk.rowCount; i++) newest.set(processes[i]!, Number(ids[i]));
  }
  return newest;
}

const ROLES = { pid: "pids", peer: "peers" } as const;

/** No conditions but on kinds, times, ids, and the processes in that role: that much is known of blocks. */
const isSummarized = (filter: EventFilter, role: "pid" | "peer"): boolean =>
  (["processes", "pids", "peers", "functions", "tags", "node"] as const).every(
    (condition) => condition === ROLES[role] || filter[condition] === undefined,
  );
