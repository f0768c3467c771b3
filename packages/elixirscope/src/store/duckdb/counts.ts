import type { DuckDBConnection } from "@duckdb/node-api";
import { type EventKind, kindOf } from "../../model/index.ts";
import type { EventFilter, RateQuery, RateSeries } from "../trace-store.ts";
import { bigints, ints, ubytes } from "./rows.ts";
import type { Source } from "./source.ts";
import { whereOf } from "./where.ts";

const MAX_BIGINT = 2n ** 63n - 1n;

/** Events that pass a filter. */
export async function countEvents(
  connection: DuckDBConnection,
  source: Source,
  filter: EventFilter,
): Promise<number> {
  const result = await connection.run(`SELECT count(*) FROM ${source.events(whereOf(filter))}`);
  const [chunk] = await result.fetchAllChunks();
  return Number(bigints(chunk!, 0)[0]);
}

/** Events that pass a filter, by kind. */
export async function countByKind(
  connection: DuckDBConnection,
  source: Source,
  filter: EventFilter,
): Promise<Partial<Record<EventKind, number>>> {
  const result = await connection.run(
    `SELECT kind, count(*) FROM ${source.events(whereOf(filter))} GROUP BY kind`,
  );
  const counts: Partial<Record<EventKind, number>> = {};
  for (const chunk of await result.fetchAllChunks()) {
    const codes = ubytes(chunk, 0);
    const count = bigints(chunk, 1);
    for (let i = 0; i < chunk.rowCount; i++) {
      const kind = kindOf(codes[i]!);
      if (kind) counts[kind] = Number(count[i]);
    }
  }
  return counts;
}

/** Events of each kind in each bucket of a stretch of time. */
export async function readRates(
  connection: DuckDBConnection,
  source: Source,
  query: RateQuery,
): Promise<RateSeries> {
  const { from, to, buckets, node } = query;
  const width = to - from;
  // 128-bit numbers are several times slower: only where the product would not fit.
  const wide = width * BigInt(buckets) > MAX_BIGINT;
  const offset = wide ? `(ts::HUGEINT - ${from})` : `(ts - ${from})`;
  const within = [`ts >= ${from}`, `ts < ${to}`];
  if (node !== undefined) within.push(`node = ${node}`);
  const result = await connection.run(
    `SELECT kind, (${offset} * ${buckets} // ${width})::INTEGER AS bucket, count(*)::INTEGER
     FROM ${source.events(within)} GROUP BY ALL`,
  );
  const series = new Map<EventKind, number[]>();
  for (const chunk of await result.fetchAllChunks()) {
    const codes = ubytes(chunk, 0);
    const bucket = ints(chunk, 1);
    const count = ints(chunk, 2);
    for (let i = 0; i < chunk.rowCount; i++) {
      const kind = kindOf(codes[i]!);
      if (!kind) continue;
      const counts = series.get(kind) ?? Array.from({ length: buckets }, () => 0);
      series.set(kind, counts);
      counts[bucket[i]!] = count[i]!;
    }
  }
  return series;
}
