import type { DuckDBConnection } from "@duckdb/node-api";
import type { Activity, ActivityQuery } from "../trace-store.ts";
import { nodesCondition } from "../where.ts";
import { type Block, timeBits } from "./blocks.ts";
import { callbackRows, DID } from "./callback-sql.ts";
import { trailingZeros } from "./counts.ts";
import { inBlocks } from "./ranges.ts";
import { bigints, chunksOf, ints } from "./rows.ts";
import type { Source } from "./source.ts";

const MAX_BIGINT = 2n ** 63n - 1n;

/** Ids that are read event by event; `after`: the summarized block before them. */
interface RawRange {
  readonly from: number;
  readonly to: number;
  readonly after: Block | undefined;
}

/** What processes did over time: from blocks whose slots lie in one bucket each, and from the events of the rest. */
export async function readActivity(
  connection: DuckDBConnection,
  source: Source,
  query: ActivityQuery,
): Promise<readonly Activity[]> {
  const { from, to, buckets, limit } = query;
  const width = to - from;
  const bits = width % BigInt(buckets) === 0n ? trailingZeros(from | (width / BigInt(buckets))) : -1;
  const within = source.blocks.filter((block) => block.lastTs >= from && block.firstTs < to);
  const covered = within.filter((block) => timeBits(block.bits) <= bits);
  const ranges = rawRanges(source.blocks, covered, query);
  const chosen = isChosen(query)
    ? query
    : { ...query, processes: await busiest(connection, source, query, { ranges, covered }) };
  const parts = [...ranges.map((range) => rawPart(source, range, chosen)), ...blockParts(covered, chosen)];
  if (parts.length === 0) return [];
  // 128-bit numbers are several times slower: only where the product would not fit.
  const offset = width * BigInt(buckets) > MAX_BIGINT ? `(ts::HUGEINT - ${from})` : `(ts - ${from})`;
  const result = await connection.run(
    `WITH cells AS (
       SELECT pid, (${offset} * ${buckets} // ${width})::INTEGER AS bucket, sum(n)::BIGINT AS n,
         sum(busy)::BIGINT AS busy, greatest(max(longest), 0)::BIGINT AS longest
       FROM (${parts.join(" UNION ALL ")}) WHERE ts >= ${from} AND ts < ${to} GROUP BY ALL),
     top AS (SELECT pid, sum(n) AS total FROM cells GROUP BY pid ORDER BY total DESC, pid LIMIT ${limit})
     SELECT pid, bucket, n, busy, longest FROM cells JOIN top USING (pid) ORDER BY total DESC, pid, bucket`,
  );
  const found = new Map<number, { events: number[]; busyNs: number[]; longestNs: number[] }>();
  const zeros = (): number[] => Array.from({ length: buckets }, () => 0);
  for (const chunk of chunksOf(result)) {
    const [pid, bucket] = [ints(chunk, 0), ints(chunk, 1)];
    const [n, busy, longest] = [bigints(chunk, 2), bigints(chunk, 3), bigints(chunk, 4)];
    for (let i = 0; i < chunk.rowCount; i++) {
      const one = found.get(pid[i]!) ?? { events: zeros(), busyNs: zeros(), longestNs: zeros() };
      found.set(pid[i]!, one);
      one.events[bucket[i]!] = Number(n[i]);
      one.busyNs[bucket[i]!] = Number(busy[i]);
      one.longestNs[bucket[i]!] = Number(longest[i]);
    }
  }
  return [...found].map(([process, series]) => ({ process, ...series }));
}

/** Are these processes all that may be in the answer? */
const isChosen = ({ processes, limit }: ActivityQuery): boolean =>
  processes !== undefined && processes.length <= limit;

/** Those with the most events, which is soon counted: what they did over time is then made of what is theirs alone. */
async function busiest(
  connection: DuckDBConnection,
  source: Source,
  query: ActivityQuery,
  { ranges, covered }: { readonly ranges: readonly RawRange[]; readonly covered: readonly Block[] },
): Promise<readonly number[]> {
  const { from, to, limit } = query;
  const time = `ts >= ${from} AND ts < ${to}`;
  const raw = ranges.map(({ from: first, to: last }) => {
    const conditions = [`id BETWEEN ${first} AND ${last}`, DID, time];
    const events = source.events([
      ...conditions,
      ...nodesCondition(query.nodes),
      ...processCondition(query, "pid"),
    ]);
    return `SELECT pid, count(*) AS n FROM ${events} GROUP BY pid`;
  });
  const slots = blockParts(covered, query).map(
    (rows) => `SELECT pid, sum(n) AS n FROM (${rows}) WHERE ${time} GROUP BY pid`,
  );
  const parts = [...raw, ...slots];
  if (parts.length === 0) return [];
  const result = await connection.run(
    `SELECT pid FROM (${parts.join(" UNION ALL ")}) GROUP BY pid ORDER BY sum(n) DESC, pid LIMIT ${limit}`,
  );
  return chunksOf(result).flatMap((chunk) => [...ints(chunk, 0)]);
}

const processCondition = ({ processes }: ActivityQuery, column: string): readonly string[] => {
  if (!processes) return [];
  return [processes.length === 0 ? "false" : `${column} IN (${processes.join(", ")})`];
};

/**
 * What lies in the stretch of time and in no block that covers it. A range goes back to the block before it, which knows
 * the callbacks that processes were in at its end.
 */
function rawRanges(
  all: readonly Block[],
  covered: readonly Block[],
  { from, to }: ActivityQuery,
): readonly RawRange[] {
  const isCovered = new Set(covered);
  const ranges: RawRange[] = [];
  let at = 0;
  let after: Block | undefined;
  const read = (until: number): void => {
    const last = ranges.at(-1);
    if (last && last.to === at - 1) ranges.splice(-1, 1, { ...last, to: until });
    else ranges.push({ from: at, to: until, after });
  };
  for (const block of all) {
    if (block.fromId > at) read(block.fromId - 1);
    at = block.fromId;
    if (!isCovered.has(block) && block.lastTs >= from && block.firstTs < to) read(block.toId);
    at = block.toId + 1;
    after = block;
  }
  read(Number.MAX_SAFE_INTEGER);
  return ranges;
}

function rawPart(source: Source, { from, to, after }: RawRange, query: ActivityQuery): string {
  const ids = `id BETWEEN ${from} AND ${to}`;
  const events = source.events([ids, DID, ...processCondition(query, "pid")]);
  const rows = callbackRows(events, from, after?.block);
  // Asked of the node only when it is known which events a callback is made of.
  const conditions = ["true", ...nodesCondition(query.nodes)].join(" AND ");
  return `SELECT pid, ts, 1 AS n, busy, busy AS longest FROM (${rows}) WHERE ${conditions}`;
}

/** A slot as something at its beginning. */
function blockParts(blocks: readonly Block[], query: ActivityQuery): readonly string[] {
  const byBits = new Map<number, Block[]>();
  for (const block of blocks) byBits.set(block.bits, [...(byBits.get(block.bits) ?? []), block]);
  return [...byBits].map(([bits, some]) => {
    const conditions = [
      inBlocks(some),
      ...nodesCondition(query.nodes),
      ...processCondition(query, "process"),
    ];
    return `SELECT process AS pid, slot * ${1n << BigInt(timeBits(bits))} AS ts, count AS n, busy_ns AS busy,
      longest_ns AS longest FROM recording.block_times WHERE ${conditions.join(" AND ")}`;
  });
}
