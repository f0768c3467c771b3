import type { DuckDBConnection } from "@duckdb/node-api";
import { EVENT_KINDS, type EventKind, kindOf } from "../../model/index.ts";
import type { EventFilter, RateQuery, RateSeries } from "../trace-store.ts";
import { nodesCondition, whereOf } from "../where.ts";
import { type Block, KEY } from "./blocks.ts";
import {
  inBlocks,
  isWithin,
  type KeyFilter,
  keyCondition,
  keyFilters,
  kindCondition,
  outside,
} from "./ranges.ts";
import { bigints, chunksOf, ints, ubytes } from "./rows.ts";
import type { Source } from "./source.ts";

const MAX_BIGINT = 2n ** 63n - 1n;

/** Events that pass a filter. */
export async function countEvents(
  connection: DuckDBConnection,
  source: Source,
  filter: EventFilter,
): Promise<number> {
  const counts = await countCodes(connection, source, filter);
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

/** Events that pass a filter, by kind. */
export async function countByKind(
  connection: DuckDBConnection,
  source: Source,
  filter: EventFilter,
): Promise<Partial<Record<EventKind, number>>> {
  const counts: Partial<Record<EventKind, number>> = {};
  for (const [code, count] of await countCodes(connection, source, filter)) {
    const kind = kindOf(code);
    if (kind) counts[kind] = count;
  }
  return counts;
}

/** By number of the kind: of whole blocks from what is known of them, of the rest from the events. */
async function countCodes(
  connection: DuckDBConnection,
  source: Source,
  filter: EventFilter,
): Promise<ReadonlyMap<number, number>> {
  const keys = keyFilters(filter);
  const blocks = isSummarized(filter, keys) ? source.blocks.filter((block) => isWithin(block, filter)) : [];
  const parts = [
    `SELECT kind, count(*) AS n FROM ${source.events([...whereOf(filter), ...outside(blocks)], filter.kinds)} GROUP BY kind`,
  ];
  const [key] = keys;
  if (key && blocks.length > 0) parts.push(keyCounts(blocks, filter, key));
  const result = await connection.run(
    `SELECT kind, sum(n)::BIGINT FROM (${parts.join(" UNION ALL ")}) GROUP BY kind HAVING sum(n) > 0`,
  );
  const counts = new Map<number, number>();
  for (const chunk of chunksOf(result)) {
    const codes = ubytes(chunk, 0);
    const count = bigints(chunk, 1);
    for (let i = 0; i < chunk.rowCount; i++) counts.set(codes[i]!, Number(count[i]));
  }
  if (!key) addKinds(counts, blocks, filter);
  return counts;
}

/** One condition on keys at most, and none that blocks know nothing of. */
function isSummarized(filter: EventFilter, keys: readonly KeyFilter[]): boolean {
  const { processes, node, nodes, tags } = filter;
  // An event between two of the processes would count twice.
  return node === undefined && !nodes && !tags && keys.length <= 1 && (processes?.length ?? 0) <= 1;
}

function keyCounts(blocks: readonly Block[], filter: EventFilter, key: KeyFilter): string {
  const both = { what: [KEY.both], keys: key.what.length > 1 ? key.keys : [] };
  const rows = (sign: string, of: KeyFilter): string =>
    `SELECT kind, ${sign}count::BIGINT AS n FROM recording.block_keys
     WHERE ${[inBlocks(blocks), keyCondition(of), ...kindCondition(filter)].join(" AND ")}`;
  return `${rows("", key)} UNION ALL ${rows("-", both)}`;
}

function addKinds(counts: Map<number, number>, blocks: readonly Block[], { kinds }: EventFilter): void {
  const wanted = kinds && new Set(kinds.map((kind): number => EVENT_KINDS[kind]));
  for (const block of blocks) {
    for (const [code, { count }] of block.kinds) {
      if (!wanted || wanted.has(code)) counts.set(code, (counts.get(code) ?? 0) + count);
    }
  }
}

/**
 * Events of each kind in each bucket of a stretch of time. Blocks whose slots lie in one bucket each are read from what
 * is known of them.
 */
export async function readRates(
  connection: DuckDBConnection,
  source: Source,
  query: RateQuery,
): Promise<RateSeries> {
  const { from, to, buckets, nodes } = query;
  const width = to - from;
  const bits = width % BigInt(buckets) === 0n ? trailingZeros(from | (width / BigInt(buckets))) : -1;
  const blocks = source.blocks.filter(
    (block) => block.bits <= bits && block.lastTs >= from && block.firstTs < to,
  );
  const bounds = [`ts >= ${from}`, `ts < ${to}`, ...nodesCondition(nodes)];
  const parts = [`SELECT ts, kind, 1 AS n FROM ${source.events([...bounds, ...outside(blocks)])}`];
  if (blocks.length > 0) parts.push(blockRates(blocks, bounds));
  // 128-bit numbers are several times slower: only where the product would not fit.
  const wide = width * BigInt(buckets) > MAX_BIGINT;
  const offset = wide ? `(ts::HUGEINT - ${from})` : `(ts - ${from})`;
  const result = await connection.run(
    `SELECT kind, (${offset} * ${buckets} // ${width})::INTEGER AS bucket, sum(n)::INTEGER
     FROM (${parts.join(" UNION ALL ")}) GROUP BY ALL`,
  );
  const series = new Map<EventKind, number[]>();
  for (const chunk of chunksOf(result)) {
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

/** A slot as an event at its beginning. */
function blockRates(blocks: readonly Block[], bounds: readonly string[]): string {
  const bits = new Map<number, Block[]>();
  for (const block of blocks) bits.set(block.bits, [...(bits.get(block.bits) ?? []), block]);
  return [...bits]
    .map(
      ([of, some]) =>
        `SELECT ts, kind, n FROM (SELECT slot * ${1n << BigInt(of)} AS ts, kind, node, count AS n
         FROM recording.block_rates WHERE ${inBlocks(some)}) WHERE ${bounds.join(" AND ")}`,
    )
    .join(" UNION ALL ");
}

/** How often 2 divides a number. */
export function trailingZeros(value: bigint): number {
  if (value === 0n) return 62;
  let count = 0;
  for (let rest = value; rest % 2n === 0n; rest /= 2n) count++;
  return count;
}
