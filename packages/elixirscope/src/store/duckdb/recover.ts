import type { DuckDBConnection } from "@duckdb/node-api";
import { Tally } from "../tally.ts";

/**
 * Counts what a recording holds. A crash can leave batches whose events did not come to the disk; where the recording
 * goes on (`repair`), those batches go.
 */
export async function readTally(connection: DuckDBConnection, repair: boolean): Promise<Tally> {
  const kinds = await connection.run(
    "SELECT kind, count(*), max(id), max(batch), min(ts), max(ts) FROM events GROUP BY kind",
  );
  const rows = (await kinds.getRowsJS()) as [number, bigint, bigint, number, bigint, bigint][];
  const byCode = new Map(rows.map(([code, count]) => [code, Number(count)]));
  const tally = new Tally({
    events: rows.reduce((sum, [, count]) => sum + Number(count), 0),
    lastId: rows.reduce((last, [, , id]) => Math.max(last, Number(id)), 0),
    nextBatch: rows.reduce((last, [, , , batch]) => Math.max(last, batch + 1), 0),
    byCode,
    first: rows.map(([, , , , first]) => first).reduce(least, undefined),
    last: rows.map(([, , , , , last]) => last).reduce(greatest, undefined),
  });
  if (repair) await connection.run(`DELETE FROM batches WHERE batch >= ${tally.nextBatch}`);
  return tally;
}

const least = (a: bigint | undefined, b: bigint): bigint => (a === undefined || b < a ? b : a);
const greatest = (a: bigint | undefined, b: bigint): bigint => (a === undefined || b > a ? b : a);
