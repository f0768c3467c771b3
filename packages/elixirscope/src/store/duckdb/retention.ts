import type { DuckDBConnection } from "@duckdb/node-api";
import { type EventKind, kindOf } from "../../model/index.ts";
import { type Keep, OVERHEAD_BYTES } from "../keep.ts";
import { type Blocks, forgetBlocksScript } from "./blocks.ts";
import { type BatchRow, type Hole, holesUpTo, isPinned, lastToGo } from "./holes.ts";
import { FORGET_CHECKPOINTS } from "./past.ts";
import { sparedScript } from "./spared.ts";
import { type Removal, readFirst, readPins, readRemovals, rowsOf, writeRemovals } from "./tables.ts";

/** What one pass took away. */
export interface Removed {
  readonly byCode: ReadonlyMap<number, number>;
  readonly events: number;
  /** Least `ts` of what remains, but for what was spared. */
  readonly first: bigint | undefined;
}

/** A pass costs tens of milliseconds: it takes this share more than it must, so that it is seldom needed. */
const SLACK = 0.1;

/**
 * Keeps a recording within its limits. Whole batches go, oldest first: their events, payloads and counts, in one
 * transaction; DuckDB gives the blocks of emptied row groups to what comes next.
 */
export class Retention {
  readonly #keep: Keep;
  #newest: { readonly ts: bigint; readonly seenAt: number } | undefined;

  constructor(keep: Keep) {
    this.#keep = keep;
  }

  /** @returns `undefined` where nothing had to go */
  async pass(connection: DuckDBConnection, blocks: Blocks): Promise<Removed | undefined> {
    const batches = await readBatches(connection);
    if (batches.length < 2) return undefined;
    const pins = await readPins(connection);
    const removals = await readRemovals(connection);
    const counts = (row: BatchRow): boolean => !isPinned(row, pins) && !isRemains(row, removals);
    const ring = batches.filter(counts);
    const last = await this.#lastToGo(connection, batches, ring, counts);
    const holes = holesUpTo(last, batches, pins);
    if (last < 0 || holes.length === 0) return undefined;
    // First of all: what is said of them must not be read while it changes.
    await blocks.forget(Math.max(...holes.map(({ lastId }) => lastId)));
    return remove(connection, holes, removals);
  }

  async #lastToGo(
    connection: DuckDBConnection,
    batches: readonly BatchRow[],
    ring: readonly BatchRow[],
    counts: (row: BatchRow) => boolean,
  ): Promise<number> {
    const { events, bytes, ms } = this.#keep;
    const inRing = ring.reduce((sum, { count }) => sum + count, 0);
    let keepEvents = events !== undefined && inRing > events ? Math.ceil(events * (1 - SLACK)) : undefined;
    if (bytes !== undefined) {
      const bySize = await eventsWithin(connection, bytes, batches, inRing);
      if (bySize !== undefined) keepEvents = Math.min(bySize, keepEvents ?? bySize);
    }
    let since: bigint | undefined;
    if (ms !== undefined) {
      const limit = this.#now(batches) - BigInt(Math.round(ms * 1e6));
      // Nothing goes until a tenth more than asked for is there.
      if (ring[0] && ring[0].lastTs < limit - BigInt(Math.round(ms * SLACK * 1e6))) since = limit;
    }
    return keepEvents === undefined && since === undefined
      ? -1
      : lastToGo(batches, counts, { events: keepEvents, since });
  }

  /** By the clock of the nodes; while nothing comes it goes on as ours does. */
  #now(batches: readonly BatchRow[]): bigint {
    const ts = newestOf(batches);
    if (this.#newest?.ts !== ts) this.#newest = { ts, seenAt: performance.now() };
    return ts + BigInt(Math.round((performance.now() - this.#newest.seenAt) * 1e6));
  }
}

/** What is left of a batch that was emptied: spared events. */
const isRemains = ({ firstId }: BatchRow, removals: readonly Removal[]): boolean =>
  removals.some((removal) => firstId >= removal.firstId && firstId <= removal.lastId);

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

/** How many events of the ring may stay so that the file stays within its limit; `undefined`: all of them. */
async function eventsWithin(
  connection: DuckDBConnection,
  limit: number,
  batches: readonly BatchRow[],
  inRing: number,
): Promise<number | undefined> {
  const [size] = await rowsOf<[bigint, bigint]>(
    connection,
    "SELECT block_size, used_blocks FROM pragma_database_size() WHERE database_name = 'recording'",
  );
  const used = Number(size![0] * size![1]);
  const all = batches.reduce((sum, { count }) => sum + count, 0);
  // Blocks that are free now are written to before the file grows.
  const ring = all === 0 ? 0 : (used * inRing) / all;
  const room = limit - OVERHEAD_BYTES;
  if (ring <= room) return undefined;
  return Math.floor((inRing * room * (1 - SLACK)) / ring);
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
  await connection.run("CHECKPOINT recording");
  return { byCode: gone.byCode, events: gone.events, first: await readFirst(connection) };
}

async function removeRows(connection: DuckDBConnection, holes: readonly Hole[]): Promise<Going> {
  const doomed = either(holes.map(({ firstId, lastId }) => `id BETWEEN ${firstId} AND ${lastId}`));
  const inBatches = either(
    holes.map(({ firstBatch, lastBatch }) => `batch BETWEEN ${firstBatch} AND ${lastBatch}`),
  );
  await connection.run(sparedScript(doomed, newestOf(holes.flatMap((hole) => hole.batches))));
  const going = `${doomed} AND id NOT IN (SELECT id FROM spared)`;
  const found = await readGoing(connection, going, holes);
  const lastId = Math.max(...holes.map((hole) => hole.lastId));
  await connection.run(`DELETE FROM recording.events WHERE ${going};
    ${["pieces", "rare_pieces"].map((table) => piecesScript(table, doomed, inBatches)).join("\n")}
    ${batchesScript(doomed, inBatches)}
    ${countsScript(found.byCode, lastId)} ${forgetBlocksScript(lastId)}`);
  return found;
}

const newestOf = (batches: readonly BatchRow[]): bigint =>
  batches.reduce((newest, { lastTs }) => later(newest, lastTs), batches[0]!.lastTs);

function later(a: bigint, b: bigint): bigint {
  if (a > b) return a;
  return b;
}

const either = (conditions: readonly string[]): string => `(${conditions.join(" OR ")})`;

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

interface Going {
  readonly events: number;
  readonly byCode: Map<number, number>;
  readonly byHole: readonly Removal[];
}

/** What is about to be removed: by kind, and for each hole and node. */
async function readGoing(
  connection: DuckDBConnection,
  going: string,
  holes: readonly Hole[],
): Promise<Going> {
  const hole = `CASE ${holes.map(({ lastId }, i) => `WHEN id <= ${lastId} THEN ${i}`).join(" ")} END`;
  const rows = await rowsOf<[number, number, number, bigint, bigint, bigint]>(
    connection,
    `SELECT ${hole}::INTEGER, node, kind, count(*), min(ts), max(ts) FROM recording.events WHERE ${going} GROUP BY ALL`,
  );
  const byCode = new Map<number, number>();
  const byHole = new Map<string, Removal>();
  let events = 0;
  for (const [index, node, code, count, from, to] of rows) {
    const { firstId, lastId } = holes[index]!;
    const kind = kindOf(code);
    const dropped = kind ? { [kind]: Number(count) } : {};
    const key = `${index}:${node}`;
    byHole.set(key, together(byHole.get(key), { node, firstId, lastId, from, to, dropped }));
    byCode.set(code, (byCode.get(code) ?? 0) + Number(count));
    events += Number(count);
  }
  return { events, byCode, byHole: [...byHole.values()] };
}

/** What was removed before in the same hole, or in one that is now part of it, and what is removed now are one. */
function withHoles(before: readonly Removal[], now: readonly Removal[]): readonly Removal[] {
  let rest = [...before];
  const grown = now.map((removal) => {
    const inside = rest.filter(
      ({ node, firstId, lastId }) =>
        node === removal.node && lastId + 1 >= removal.firstId && firstId <= removal.lastId + 1,
    );
    rest = rest.filter((other) => !inside.includes(other));
    return inside.reduce(together, removal);
  });
  return [...rest, ...grown];
}

function together(a: Removal | undefined, b: Removal): Removal {
  if (!a) return b;
  const dropped: Partial<Record<EventKind, number>> = { ...a.dropped };
  for (const [kind, count] of Object.entries(b.dropped) as [EventKind, number][]) {
    dropped[kind] = (dropped[kind] ?? 0) + count;
  }
  return {
    node: a.node,
    firstId: Math.min(a.firstId, b.firstId),
    lastId: Math.max(a.lastId, b.lastId),
    from: -later(-a.from, -b.from),
    to: later(a.to, b.to),
    dropped,
  };
}
