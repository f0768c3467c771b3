import type { BatchRow, Hole } from "../holes.ts";
import type { Keep } from "../keep.ts";
import { type Removed, withHoles } from "../removals.ts";
import { type Going, goingOf, holeIndex, inHoles, newestOf, Ring } from "../ring.ts";
import { sparedQueries } from "../spared.ts";
import { encodeBlock } from "./native.ts";
import { rowsOf } from "./rows.ts";
import { columnsOf } from "./schema.ts";
import type { Server } from "./server.ts";
import { type Removals, readFirst, readPins, readRemovals } from "./tables.ts";

/** Waits until it is done, on all replicas; what a query inside of it finds is the same on each. */
const MUTATION = { mutations_sync: "2", allow_nondeterministic_mutations: 1 } as const;

/**
 * Keeps a recording within its limits. Whole batches go, oldest first. There are no transactions: what goes is said to be
 * gone before it is, so that a recording whose writer was killed in between tells of a gap where something is still there,
 * and never the other way round.
 */
export class Retention {
  readonly #ring: Ring;

  constructor(keep: Keep) {
    this.#ring = new Ring(keep);
  }

  /** @returns `undefined` where nothing had to go */
  async pass(server: Server): Promise<Removed | undefined> {
    const removals = await readRemovals(server);
    const holes = await this.#ring.holes({
      batches: await readBatches(server),
      pins: await readPins(server),
      removals: removals.rows,
      usedBytes: () => usedBytes(server),
    });
    return holes.length === 0 ? undefined : remove(server, holes, removals);
  }
}

async function readBatches(server: Server): Promise<BatchRow[]> {
  const rows = rowsOf<[number, number, bigint, number, bigint, bigint]>(
    await server.blocks(
      "SELECT batch, node, first_id, count, first_ts, last_ts FROM batches FINAL ORDER BY batch",
    ),
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

/** Parts that were merged into others are not counted, though they stay for some minutes. */
async function usedBytes(server: Server): Promise<number> {
  const [row] = rowsOf<[bigint]>(
    await server.blocks(
      "SELECT toUInt64(sum(bytes_on_disk)) FROM system.parts WHERE active AND database = currentDatabase()",
    ),
  );
  return Number(row?.[0] ?? 0n);
}

async function remove(server: Server, holes: readonly Hole[], before: Removals): Promise<Removed> {
  const { ids: doomed, batches } = inHoles(holes);
  await spare(server, doomed, newestOf(holes.flatMap((hole) => hole.batches)));
  const going = `${doomed} AND id NOT IN (SELECT id FROM spared)`;
  const found = await readGoing(server, going, holes);
  const rows = withHoles(before.rows, found.byHole);
  const pass = before.pass + 1n;
  await server.insert("removals", removalsBlock(pass, rows), `pass-${pass}`);
  await shrinkBatches(server, batches, pass);
  await server.command(`ALTER TABLE events DELETE WHERE ${going}`, MUTATION);
  await server.command(`ALTER TABLE removals DELETE WHERE pass < ${pass}`, MUTATION);
  await forgetCheckpoints(server);
  return { byCode: found.byCode, events: found.events, first: await readFirst(server, rows) };
}

/** Fills the table `spared` with the ids that stay. */
async function spare(server: Server, doomed: string, until: bigint): Promise<void> {
  const { gone, spared } = sparedQueries(doomed, until, (table) => table);
  await server.command("TRUNCATE TABLE spared");
  await server.command(`INSERT INTO spared WITH gone AS (${gone}) SELECT id FROM (${spared})`, {
    insert_deduplicate: 0,
    async_insert: 0,
  });
}

async function readGoing(server: Server, going: string, holes: readonly Hole[]): Promise<Going> {
  const rows = rowsOf<[number, number, number, bigint, bigint, bigint]>(
    await server.blocks(
      `SELECT toInt32(assumeNotNull(${holeIndex(holes)})) AS hole, node, kind, count(), min(ts), max(ts)
       FROM events WHERE ${going} GROUP BY hole, node, kind`,
    ),
  );
  return goingOf(
    rows.map(([hole, node, code, count, from, to]) => ({ hole, node, code, count: Number(count), from, to })),
    holes,
  );
}

function removalsBlock(pass: bigint, rows: ReturnType<typeof withHoles>): Uint8Array[] {
  const columns = columnsOf("removals");
  for (const { node, firstId, lastId, from, to, dropped } of rows) {
    const values = [pass, node, firstId, lastId, from, to, JSON.stringify(dropped)];
    for (const [i, column] of columns.entries()) column.push(values[i]!);
  }
  return encodeBlock(columns, rows.length);
}

/** Batches of which nothing is left go; the others say how much is. */
async function shrinkBatches(server: Server, inBatches: string, pass: bigint): Promise<void> {
  const remains = `SELECT b.batch AS batch, count() AS left
    FROM (SELECT 1 AS one, id FROM spared) AS e
    ASOF INNER JOIN (SELECT 1 AS one, batch, first_id FROM batches FINAL) AS b
    ON e.one = b.one AND e.id >= b.first_id GROUP BY batch`;
  await server.command(
    `INSERT INTO batches SELECT b.batch, b.node, b.first_id, toUInt32(r.left), b.first_ts, b.last_ts, ${pass}
     FROM (SELECT * FROM batches FINAL WHERE ${inBatches}) AS b INNER JOIN (${remains}) AS r ON r.batch = b.batch`,
    { insert_deduplicate: 0, async_insert: 0 },
  );
  await server.command(`ALTER TABLE batches DELETE WHERE ${inBatches} AND version < ${pass}`, MUTATION);
}

/** Of a stretch that was emptied only the last one is of use: what comes behind it starts from there. */
async function forgetCheckpoints(server: Server): Promise<void> {
  const checkpoints = rowsOf<[bigint]>(
    await server.blocks("SELECT last_id FROM checkpoints ORDER BY last_id"),
  );
  const { rows: removals } = await readRemovals(server);
  const within = removals
    .map(({ firstId, lastId }) => `last_id BETWEEN ${firstId} AND ${lastId}`)
    .join(" OR ");
  if (within !== "") await server.command(`ALTER TABLE ended DELETE WHERE ${within}`, MUTATION);
  const useless = checkpoints
    .map(([id]) => Number(id))
    .filter((id, i, all) => {
      const next = all[i + 1];
      return (
        next !== undefined &&
        removals.some(
          ({ firstId, lastId }) => id >= firstId && id <= lastId && next >= firstId && next <= lastId,
        )
      );
    });
  if (useless.length === 0) return;
  await server.command(`ALTER TABLE checkpoints DELETE WHERE last_id IN (${useless.join(", ")})`, MUTATION);
}
