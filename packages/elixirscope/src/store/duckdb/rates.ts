import type { DuckDBConnection } from "@duckdb/node-api";
import { type EventKind, kindOf } from "../../model/index.ts";
import type { RateQuery, RateSeries } from "../trace-store.ts";
import { ints, ubytes } from "./rows.ts";

const MAX_BIGINT = 2n ** 63n - 1n;

/** Events of each kind in each bucket of a stretch of time. */
export async function readRates(connection: DuckDBConnection, query: RateQuery): Promise<RateSeries> {
  const { from, to, buckets, node } = query;
  const width = to - from;
  // 128-bit numbers are several times slower: only where the product would not fit.
  const wide = width * BigInt(buckets) > MAX_BIGINT;
  const offset = wide ? `(ts::HUGEINT - ${from})` : `(ts - ${from})`;
  const where = node === undefined ? "" : `AND node = ${node}`;
  const result = await connection.run(
    `SELECT kind, (${offset} * ${buckets} // ${width})::INTEGER AS bucket, count(*)::INTEGER
     FROM events WHERE ts >= ${from} AND ts < ${to} ${where} GROUP BY ALL`,
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
