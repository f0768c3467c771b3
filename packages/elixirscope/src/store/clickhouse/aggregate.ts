import type { AggregateQuery, AggregateRow } from "../aggregate.ts";
import { whereOf } from "../where.ts";
import { rowsOf } from "./rows.ts";
import type { Server } from "./server.ts";

/** Sums over events, by columns and stretches of time. */
export async function aggregate(
  server: Server,
  query: AggregateQuery,
  lastId: number,
): Promise<readonly AggregateRow[]> {
  const { by, every, percentiles = false, limit } = query;
  if (limit === 0) return [];
  const columns = [
    ...by.map((column) => `toInt32(${column})`),
    every ? stretchOf(query) : "toInt64(0)",
    ...SUMS,
    ...(percentiles ? PERCENTILES : []),
  ].map((expression, i) => `${expression} AS c${i}`);
  const groups = [...by.map((_, i) => `c${i}`), `c${by.length}`];
  const conditions = [`id <= ${lastId}`, ...whereOf(query)];
  const rows = rowsOf<(number | bigint)[]>(
    await server.blocks(
      `SELECT ${columns.join(", ")} FROM events WHERE ${conditions.join(" AND ")}
       GROUP BY ${groups.join(", ")} ORDER BY c${by.length + 1} DESC, ${groups.join(", ")} LIMIT ${limit}`,
    ),
  );
  return rows.map((row) => {
    const [bucket, count, bytes, least, most, p50, p95, p99] = row.slice(by.length).map(Number);
    return {
      key: row.slice(0, by.length).map(Number),
      bucket: bucket!,
      count: count!,
      bytes: bytes!,
      least: least!,
      most: most!,
      ...(percentiles ? { percentiles: [p50!, p95!, p99!] } : {}),
    };
  });
}

const HALF = 2n ** 62n;

/** Whether a difference of two of its instants might not fit into 64 bits. */
function isFar({ every, from, to }: AggregateQuery): boolean {
  const near = (ts: bigint | undefined): boolean => ts !== undefined && -HALF < ts && ts < HALF;
  return !(near(from) && near(to) && near(every?.origin));
}

/** Division rounds towards zero, which before the origin is one stretch too many. */
function stretchOf(query: AggregateQuery): string {
  const { origin, ns } = query.every!;
  // Wide numbers are several times slower.
  const wide = isFar(query) ? "toInt128" : "toInt64";
  const before = `if(ts < ${origin}, ${wide}('${ns - 1n}'), ${wide}(0))`;
  return `toInt64(intDiv(${wide}(ts) - ${wide}('${origin}') - ${before}, ${wide}('${ns}')))`;
}

const SUMS = ["count()", "sum(payload_length)", "min(payload_length)", "max(payload_length)"];

/** By the nearest rank, as this one of ClickHouse's many quantiles has it. */
const PERCENTILES = [0.5, 0.95, 0.99].map((share) => `quantileExactWeighted(${share})(payload_length, 1)`);
