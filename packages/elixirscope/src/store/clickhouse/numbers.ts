import { type EventKind, kindOf } from "../../model/index.ts";
import type { Checkpoint, KindRole, Role } from "../past.ts";
import type { EventFilter, RateQuery, RateSeries } from "../trace-store.ts";
import { nodesCondition, whereOf } from "../where.ts";
import { bytesOf, rowsOf } from "./rows.ts";
import type { Server } from "./server.ts";

const MAX_BIGINT = 2n ** 63n - 1n;

/** Events up to this id that pass a filter. */
export async function countEvents(server: Server, filter: EventFilter, lastId: number): Promise<number> {
  const [row] = rowsOf<[bigint]>(
    await server.blocks(`SELECT count() FROM events ${passing(filter, lastId)}`),
  );
  return Number(row?.[0] ?? 0n);
}

export async function countByKind(
  server: Server,
  filter: EventFilter,
  lastId: number,
): Promise<Partial<Record<EventKind, number>>> {
  const counts: Partial<Record<EventKind, number>> = {};
  for (const [code, count] of await countByCode(server, filter, lastId)) {
    const kind = kindOf(code);
    if (kind) counts[kind] = count;
  }
  return counts;
}

/** By number of the kind. */
export async function countByCode(
  server: Server,
  filter: EventFilter,
  lastId: number,
): Promise<ReadonlyMap<number, number>> {
  const rows = rowsOf<[number, bigint]>(
    await server.blocks(`SELECT kind, count() FROM events ${passing(filter, lastId)} GROUP BY kind`),
  );
  return new Map(rows.map(([code, count]) => [code, Number(count)]));
}

/** In which bucket of a stretch of time an event is, from 0. */
export function bucketOf({ from, to, buckets }: RateQuery): string {
  const width = to - from;
  // Wide numbers are several times slower: only where the product would not fit.
  const wide = width * BigInt(buckets) > MAX_BIGINT ? "toInt256" : "toInt64";
  return `toInt32(intDiv((${wide}(ts) - ${wide}('${from}')) * ${buckets}, ${wide}('${width}')))`;
}

/** Events of each kind in each bucket of a stretch of time. */
export async function readRates(server: Server, query: RateQuery, lastId: number): Promise<RateSeries> {
  const { from, to, buckets, nodes } = query;
  const within = [`ts >= ${from}`, `ts < ${to}`, `id <= ${lastId}`];
  within.push(...nodesCondition(nodes));
  const rows = rowsOf<[number, number, bigint]>(
    await server.blocks(
      `SELECT kind, ${bucketOf(query)} AS bucket, count()
       FROM events WHERE ${within.join(" AND ")} GROUP BY kind, bucket`,
    ),
  );
  const series = new Map<EventKind, number[]>();
  for (const [code, bucket, count] of rows) {
    const kind = kindOf(code);
    if (!kind) continue;
    const counts = series.get(kind) ?? Array.from({ length: buckets }, () => 0);
    series.set(kind, counts);
    counts[bucket] = Number(count);
  }
  return series;
}

/** The newest checkpoint at or before an instant; one that came before its events did is passed over. */
export async function readCheckpoint(
  server: Server,
  ts: bigint,
  lastId: number,
): Promise<Checkpoint | undefined> {
  const [block] = await server.blocks(
    `SELECT last_id, ts, bytes FROM checkpoints
     WHERE ts <= ${ts} AND last_id <= ${lastId} ORDER BY last_id DESC LIMIT 1`,
  );
  const [id, time] = block
    ? rowsOf<[bigint, bigint]>([{ ...block, columns: block.columns.slice(0, 2) }])[0]!
    : [];
  if (!block || id === undefined || time === undefined) return undefined;
  return { lastId: Number(id), ts: time, bytes: Uint8Array.from(bytesOf(block.columns[2])[0]!) };
}

/** What had ended by each checkpoint up to one, oldest first. */
export async function readEnded(server: Server, lastId: number): Promise<Uint8Array[]> {
  const blocks = await server.blocks(`SELECT bytes FROM ended WHERE last_id <= ${lastId} ORDER BY last_id`);
  return blocks.flatMap(({ columns }) => bytesOf(columns[0]).map((bytes) => Uint8Array.from(bytes)));
}

export async function idAt(server: Server, ts: bigint, lastId: number): Promise<number> {
  const [row] = rowsOf<[bigint]>(
    await server.blocks(
      `SELECT toInt64(if(count() = 0, 0, max(first_id + count - 1))) FROM batches FINAL WHERE first_ts <= ${ts} AND first_id <= ${lastId}`,
    ),
  );
  return Number(row?.[0] ?? 0n);
}

export async function newestIds(
  server: Server,
  filter: EventFilter,
  role: Role,
  lastId: number,
): Promise<ReadonlyMap<number, number>> {
  const rows = rowsOf<[number, bigint]>(
    await server.blocks(
      `SELECT ${role}, max(id) FROM events ${passing(filter, lastId)} AND ${role} >= 0 GROUP BY ${role}`,
    ),
  );
  return new Map(rows.map(([process, id]) => [process, Number(id)]));
}

const passing = (filter: EventFilter, lastId: number): string =>
  `WHERE ${[`id <= ${lastId}`, ...whereOf(filter)].join(" AND ")}`;

/** As {@link newestIds}, of several kinds, each in its role. */
export async function newestOfKinds<Kind extends EventKind>(
  server: Server,
  filter: EventFilter,
  kinds: readonly KindRole<Kind>[],
  lastId: number,
): Promise<ReadonlyMap<Kind, ReadonlyMap<number, number>>> {
  const found = await Promise.all(
    kinds.map(
      async ({ kind, role }) =>
        [kind, await newestIds(server, { ...filter, kinds: [kind] }, role, lastId)] as const,
    ),
  );
  return new Map(found.filter(([, newest]) => newest.size > 0));
}
