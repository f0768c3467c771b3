import type { DuckDBConnection } from "@duckdb/node-api";
import { Tally } from "../tally.ts";

/** Where a recording stands when it is opened. */
export interface RecordingState {
  readonly tally: Tally;
  readonly nextPiece: number;
}

type KindRow = [kind: number, count: bigint, lastId: bigint, first: bigint, last: bigint];

/** Counts what a recording holds. */
export async function readState(connection: DuckDBConnection): Promise<RecordingState> {
  const kinds = await connection.run(
    "SELECT kind, count(*), max(id), min(ts), max(ts) FROM recording.events GROUP BY kind",
  );
  const rows = (await kinds.getRowsJS()) as KindRow[];
  const tally = new Tally({
    events: rows.reduce((sum, [, count]) => sum + Number(count), 0),
    lastId: rows.reduce((last, [, , id]) => Math.max(last, Number(id)), 0),
    nextBatch: await next(connection, "batches", "batch"),
    byCode: new Map(rows.map(([code, count]) => [code, Number(count)])),
    first: rows.map(([, , , first]) => first).reduce(least, undefined),
    last: rows.map(([, , , , last]) => last).reduce(greatest, undefined),
  });
  return { tally, nextPiece: await next(connection, "pieces", "piece") };
}

async function next(connection: DuckDBConnection, table: string, column: string): Promise<number> {
  const result = await connection.run(
    `SELECT coalesce(max(${column}) + 1, 0)::BIGINT FROM recording.${table}`,
  );
  return Number((await result.getRowsJS())[0]?.[0]);
}

const least = (a: bigint | undefined, b: bigint): bigint => (a === undefined || b < a ? b : a);
const greatest = (a: bigint | undefined, b: bigint): bigint => (a === undefined || b > a ? b : a);
