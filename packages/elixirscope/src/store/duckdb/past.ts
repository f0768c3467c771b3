import { DuckDBBlobValue, type DuckDBConnection } from "@duckdb/node-api";
import type { Checkpoint } from "../past.ts";
import { bigints, chunksOf } from "./rows.ts";
import type { Source } from "./source.ts";
import { type Prepared, rowsOf } from "./tables.ts";

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
  const [chunk] = chunksOf(result);
  return Number(bigints(chunk!, 0)[0]);
}
