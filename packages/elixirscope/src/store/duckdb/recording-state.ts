import type { DuckDBConnection } from "@duckdb/node-api";
import { Tally } from "../tally.ts";
import { hasTable, readFirst, rowsOf } from "./tables.ts";

/** Where a recording stands when it is opened. */
export interface RecordingState {
  readonly tally: Tally;
  readonly nextPiece: number;
  readonly nextRarePiece: number;
}

type Span = [events: bigint, lastId: bigint, nextBatch: number, last: bigint | null];

/** Counts what a recording holds, without a look at its events where it has counted them itself. */
export async function readState(connection: DuckDBConnection): Promise<RecordingState> {
  const [span] = await rowsOf<Span>(
    connection,
    `SELECT coalesce(sum(count), 0)::BIGINT, coalesce(max(first_id + count - 1), 0)::BIGINT,
       coalesce(max(batch) + 1, 0)::INTEGER, max(last_ts) FROM recording.batches`,
  );
  const [events, lastId, nextBatch, last] = span!;
  const tally = new Tally({
    events: Number(events),
    lastId: Number(lastId),
    nextBatch,
    byCode: await kindCounts(connection),
    first: await readFirst(connection),
    last: last ?? undefined,
  });
  const nextPiece = await nextNumber(connection, "max(piece)", "pieces");
  const hasRare = await hasTable(connection, "rare_pieces");
  const nextRarePiece = hasRare ? await nextNumber(connection, "max(-1 - piece)", "rare_pieces") : 0;
  return { tally, nextPiece, nextRarePiece };
}

async function nextNumber(connection: DuckDBConnection, greatest: string, table: string): Promise<number> {
  const [row] = await rowsOf<[bigint]>(
    connection,
    `SELECT coalesce(${greatest} + 1, 0)::BIGINT FROM recording.${table}`,
  );
  return Number(row![0]);
}

/** By number of the kind. */
async function kindCounts(connection: DuckDBConnection): Promise<ReadonlyMap<number, number>> {
  const counted = await hasTable(connection, "counts");
  const rows = await rowsOf<[number, bigint]>(
    connection,
    counted
      ? "SELECT kind, sum(count)::BIGINT FROM recording.counts GROUP BY kind"
      : "SELECT kind, count(*) FROM recording.events GROUP BY kind",
  );
  return new Map(rows.map(([code, count]) => [code, Number(count)]));
}
