import { EVENT_KINDS } from "../../model/index.ts";
import type { Activity, ActivityQuery } from "../trace-store.ts";
import { nodesCondition } from "../where.ts";
import { bucketOf } from "./numbers.ts";
import { rowsOf } from "./rows.ts";
import type { Server } from "./server.ts";

const { dispatch, sample, state } = EVENT_KINDS;

/** What processes did over time. A callback begins with a `dispatch`, maybe long before the stretch that is asked for. */
export async function readActivity(
  server: Server,
  query: ActivityQuery,
  lastId: number,
): Promise<readonly Activity[]> {
  const { from, to, nodes, processes, limit, buckets } = query;
  if (limit === 0 || processes?.length === 0) return [];
  const of = [
    `id <= ${lastId}`,
    `pid >= 0 AND kind != ${sample}`,
    ...(processes ? [`pid IN (${processes.join(", ")})`] : []),
  ].join(" AND ");
  const within = `ts >= ${from} AND ts < ${to}`;
  const rows = rowsOf<[number, number, bigint, bigint, bigint]>(
    await server.blocks(
      `SELECT pid, ${bucketOf(query)} AS bucket, count(), toInt64(sum(busy)), toInt64(greatest(max(busy), 0)) FROM (
         SELECT pid, ts, node, toInt64(0) AS busy FROM events
         WHERE ${of} AND kind NOT IN (${dispatch}, ${state}) AND ${within}
         UNION ALL
         SELECT pid, ts, node, toInt64(if(kind = ${state} AND kind_before = ${dispatch}, ts - ts_before, 0)) AS busy
         FROM (
           SELECT pid, ts, node, kind, lagInFrame(kind) OVER one AS kind_before, lagInFrame(ts) OVER one AS ts_before
           FROM events WHERE ${of} AND kind IN (${dispatch}, ${state})
           WINDOW one AS (PARTITION BY pid ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW))
         WHERE ${within})
       ${nodesCondition(nodes)
         .map((condition) => `WHERE ${condition}`)
         .join("")} GROUP BY pid, bucket`,
    ),
  );
  const found = new Map<number, Activity & { total: number }>();
  const zeros = (): number[] => Array.from({ length: buckets }, () => 0);
  for (const [process, bucket, n, busy, longest] of rows) {
    const before = found.get(process);
    const one = before ?? { process, total: 0, events: zeros(), busyNs: zeros(), longestNs: zeros() };
    if (!before) found.set(process, one);
    one.total += Number(n);
    (one.events as number[])[bucket] = Number(n);
    (one.busyNs as number[])[bucket] = Number(busy);
    (one.longestNs as number[])[bucket] = Number(longest);
  }
  return [...found.values()]
    .sort((a, b) => b.total - a.total || a.process - b.process)
    .slice(0, limit)
    .map(({ process, events, busyNs, longestNs }) => ({ process, events, busyNs, longestNs }));
}
