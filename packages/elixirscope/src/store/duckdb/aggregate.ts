import type { DuckDBConnection } from "@duckdb/node-api";
import type { AggregateQuery, AggregateRow } from "../aggregate.ts";
import { Pace } from "../pace.ts";
import { whereOf } from "../where.ts";
import { bigints, chunksOf, ints, uints } from "./rows.ts";
import type { Source } from "./source.ts";

/** Sums over events, by columns and stretches of time. */
export async function aggregate(
  connection: DuckDBConnection,
  source: Source,
  query: AggregateQuery,
): Promise<readonly AggregateRow[]> {
  const { by, every, percentiles = false, limit } = query;
  const keys = by.map((column) => `${column}::INTEGER`);
  const columns = [
    ...keys,
    every ? stretchOf(query) : "0::BIGINT",
    ...SUMS,
    ...(percentiles ? PERCENTILES : []),
  ];
  const groups = [...by.map((_, i) => i + 1), by.length + 1];
  const order = [`${by.length + 2} DESC`, ...groups];
  const sql = `SELECT ${columns.join(", ")} FROM ${source.events(whereOf(query), query.kinds)}
    GROUP BY ${groups.join(", ")} ORDER BY ${order.join(", ")} LIMIT ${limit}`;
  const rows: AggregateRow[] = [];
  const pace = new Pace(1);
  for (const chunk of chunksOf(await connection.run(sql))) {
    if (pace.isOver) await pace.rest();
    const key = by.map((_, i) => ints(chunk, i));
    const [buckets, count, bytes] = [0, 1, 2].map((i) => bigints(chunk, by.length + i));
    const [least, most, p50, p95, p99] = [3, 4, ...(percentiles ? [5, 6, 7] : [])].map((i) =>
      uints(chunk, by.length + i),
    );
    for (let i = 0; i < chunk.rowCount; i++) {
      rows.push({
        key: key.map((column) => column[i]!),
        bucket: Number(buckets![i]),
        count: Number(count![i]),
        bytes: Number(bytes![i]),
        least: least![i]!,
        most: most![i]!,
        ...(p50 ? { percentiles: [p50[i]!, p95![i]!, p99![i]!] } : {}),
      });
    }
  }
  return rows;
}

const HALF = 2n ** 62n;

/** Division rounds towards zero, which before the origin is one stretch too many. */
function stretchOf({ every, from, to }: AggregateQuery): string {
  const { origin, ns } = every!;
  const near = (ts: bigint | undefined): boolean => ts !== undefined && -HALF < ts && ts < HALF;
  // 128-bit numbers are several times slower: only where a difference might not fit.
  const wide = !(near(from) && near(to) && near(origin));
  const since = wide ? `(ts::HUGEINT - (${origin}))` : `(ts - (${origin}))`;
  const before =
    from === undefined || from < origin ? ` - CASE WHEN ts < ${origin} THEN ${ns - 1n} ELSE 0 END` : "";
  return `((${since}${before}) // ${ns})::BIGINT`;
}

const SUMS = [
  "count(*)::BIGINT",
  "sum(payload_length)::BIGINT",
  "min(payload_length)::UINTEGER",
  "max(payload_length)::UINTEGER",
];

const PERCENTILES = [0.5, 0.95, 0.99].map((share) => `quantile_disc(payload_length, ${share})::UINTEGER`);
