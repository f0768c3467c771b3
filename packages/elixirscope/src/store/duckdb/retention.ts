import type { DuckDBConnection } from "@duckdb/node-api";
import type { BatchRow, Hole } from "../holes.ts";
import type { Keep } from "../keep.ts";
import { type Removal, type Removed, withHoles } from "../removals.ts";
import { type Going, goingOf, holeIndex, inHoles, newestOf, Ring } from "../ring.ts";
import { sparedQueries } from "../spared.ts";
import { type Blocks, forgetBlocksScript } from "./blocks.ts";
import { tryCheckpoint } from "./checkpoint.ts";
import { FORGET_CHECKPOINTS } from "./past.ts";
import { readFirst, readPins, readRemovals, rowsOf, writeRemovals } from "./tables.ts";

/**
 * Keeps a recording within its limits. Whole batches go, oldest first: their events, payloads and counts, in one
 * transaction; DuckDB gives the blocks of emptied row groups to what comes next.
 */
export class Retention {
  readonly #ring: Ring;
  /** What went is still in the file: its size says nothing of what is kept. */
  #owed = false;

  constructor(keep: Keep) {
    this.#ring = new Ring(keep);
  }

  /** @returns `undefined` where nothing had to go */
  async pass(connection: DuckDBConnection, blocks: Blocks): Promise<Removed | undefined> {
    if (this.#owed) this.#owed = !(await tryCheckpoint(connection));
    if (this.#owed) return undefined;
    const removals = await readRemovals(connection);
    const holes = await this.#ring.holes({
      batches: await readBatches(connection),
      pins: await readPins(connection),
      removals,
      usedBytes: () => usedBytes(connection),
    });
    if (holes.length === 0) return undefined;
    // First of all: what is said of them must not be read while it changes.
    await blocks.forget(Math.max(...holes.map(({ lastId }) => lastId)));
    const removed = await remove(connection, holes, removals);
    this.#owed = !(await tryCheckpoint(connection));
    return removed;
  }
}

async function readBatches(connection: DuckDBConnection): Promise<BatchRow[]> {
  const rows = await rowsOf<[number, number, bigint, number, bigint, bigint]>(
    connection,
    "SELECT batch, node, first_id, count, first_ts, last_ts FROM recording.batches ORDER BY batch",
  );
  return rows.map(([batch, node, firstId, count, firstTs, lastTs]) => ({
    batch,
    node,
    firstId: Number(firstId),
    count,
    firstTs,
    lastTs,
  }));
}

/** Blocks that are free now are written to before the file grows. */
async function usedBytes(connection: DuckDBConnection): Promise<number> {
  const [size] = await rowsOf<[bigint, bigint]>(
    connection,
    "SELECT block_size, used_blocks FROM pragma_database_size() WHERE database_name = 'recording'",
  );
  return Number(size![0] * size![1]);
}

async function remove(
  connection: DuckDBConnection,
  holes: readonly Hole[],
  removals: readonly Removal[],
): Promise<Removed> {
  await connection.run("BEGIN");
  let gone: Going;
  try {
    gone = await removeRows(connection, holes);
    await writeRemovals(connection, withHoles(removals, gone.byHole));
    await connection.run(FORGET_CHECKPOINTS);
    await connection.run("COMMIT");
  } catch (error) {
    await connection.run("ROLLBACK").catch(() => undefined);
    throw error;
  }
  return { byCode: gone.byCode, events: gone.events, first: await readFirst(connection) };
}

async function removeRows(connection: DuckDBConnection, holes: readonly Hole[]): Promise<Going> {
  const { ids: doomed, batches } = inHoles(holes);
  await connection.run(sparedScript(doomed, newestOf(holes.flatMap((hole) => hole.batches))));
  const going = `${doomed} AND id NOT IN (SELECT id FROM spared)`;
  const found = await readGoing(connection, going, holes);
  const lastId = Math.max(...holes.map((hole) => hole.lastId));
  await connection.run(`DELETE FROM recording.events WHERE ${going};
    DELETE FROM recording.rare_events WHERE ${going};
    ${["pieces", "rare_pieces"].map((table) => piecesScript(table, doomed, batches)).join("\n")}
    ${batchesScript(doomed, batches)}
    ${countsScript(found.byCode, lastId)} ${forgetBlocksScript(lastId)}`);
  return found;
}

/** Fills the temporary table `spared` with the ids that stay. */
function sparedScript(doomed: string, until: bigint): string {
  const { gone, spared } = sparedQueries(doomed, until, (table) => `recording.${table}`);
  return `CREATE OR REPLACE TEMP TABLE gone AS ${gone}; CREATE OR REPLACE TEMP TABLE spared AS ${spared};`;
}

/** Payloads of which no event is left go. */
const piecesScript = (table: string, doomed: string, inBatches: string): string => `
  DELETE FROM recording.${table} WHERE ${inBatches}
    AND piece NOT IN (SELECT piece FROM recording.events WHERE ${doomed} AND payload_length > 0);`;

/** Batches of which nothing is left go; the others say how much is. */
const batchesScript = (doomed: string, inBatches: string): string => `
  CREATE OR REPLACE TEMP TABLE remains AS
    SELECT b.batch, count(*)::UINTEGER AS count
    FROM (SELECT id FROM recording.events WHERE ${doomed}) e
    ASOF JOIN (SELECT batch, first_id FROM recording.batches) b ON e.id >= b.first_id GROUP BY b.batch;
  DELETE FROM recording.batches WHERE ${inBatches} AND batch NOT IN (SELECT batch FROM remains);
  UPDATE recording.batches SET count = r.count FROM remains r WHERE batches.batch = r.batch;`;

/** One row a kind up to the end of the rows that count what was removed, in place of all of them. */
function countsScript(byCode: ReadonlyMap<number, number>, lastId: number): string {
  const removed = [...byCode].map(([code, count]) => `(${code}, ${count})`);
  if (removed.length === 0) return "";
  return `CREATE OR REPLACE TEMP TABLE merged AS
      WITH upto AS (SELECT coalesce(min(last_id), 0) AS id FROM recording.counts WHERE last_id >= ${lastId})
      SELECT any_value(upto.id) AS last_id, kind, sum(count)::BIGINT AS count
      FROM recording.counts, upto WHERE last_id <= upto.id GROUP BY kind;
    DELETE FROM recording.counts WHERE last_id <= (SELECT max(last_id) FROM merged);
    INSERT INTO recording.counts SELECT m.last_id, m.kind, (m.count - coalesce(r.n, 0))::UBIGINT
      FROM merged m LEFT JOIN (VALUES ${removed.join(", ")}) r(kind, n) ON r.kind = m.kind
      WHERE m.count > coalesce(r.n, 0);`;
}

async function readGoing(
  connection: DuckDBConnection,
  going: string,
  holes: readonly Hole[],
): Promise<Going> {
  const rows = await rowsOf<[number, number, number, bigint, bigint, bigint]>(
    connection,
    `SELECT ${holeIndex(holes)}::INTEGER, node, kind, count(*), min(ts), max(ts)
     FROM recording.events WHERE ${going} GROUP BY ALL`,
  );
  return goingOf(
    rows.map(([hole, node, code, count, from, to]) => ({ hole, node, code, count: Number(count), from, to })),
    holes,
  );
}
