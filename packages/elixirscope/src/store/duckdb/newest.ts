import type { DuckDBConnection } from "@duckdb/node-api";
import { EVENT_KINDS, type EventKind } from "../../model/index.ts";
import type { KindRole, Role } from "../past.ts";
import type { EventFilter } from "../trace-store.ts";
import { whereOf } from "../where.ts";
import { KEY } from "./blocks.ts";
import { inBlocks, isWithin, keyCondition, kindCondition, outside } from "./ranges.ts";
import { bigints, chunksOf, ints, ubytes } from "./rows.ts";
import type { Source } from "./source.ts";

// The newest event of each process.

export async function newestIds(
  connection: DuckDBConnection,
  source: Source,
  filter: EventFilter,
  role: Role,
): Promise<ReadonlyMap<number, number>> {
  const blocks = isSummarized(filter, role) ? source.blocks.filter((block) => isWithin(block, filter)) : [];
  const within = source.events([...whereOf(filter), `${role} >= 0`, ...outside(blocks)], filter.kinds);
  const parts = [`SELECT ${role} AS process, max(id) AS id FROM ${within} GROUP BY ${role}`];
  if (blocks.length > 0) {
    const wanted = filter[ROLES[role]];
    const conditions = [
      inBlocks(blocks),
      keyCondition({ what: [KEY[role]], ...(wanted ? { keys: wanted } : {}) }),
      "key >= 0",
      ...kindCondition(filter),
    ];
    parts.push(
      `SELECT key, max(last_id) FROM recording.block_keys WHERE ${conditions.join(" AND ")} GROUP BY key`,
    );
  }
  const result = await connection.run(
    `SELECT process, max(id) FROM (${parts.join(" UNION ALL ")}) GROUP BY process`,
  );
  const newest = new Map<number, number>();
  for (const chunk of chunksOf(result)) {
    const processes = ints(chunk, 0);
    const ids = bigints(chunk, 1);
    for (let i = 0; i < chunk.rowCount; i++) newest.set(processes[i]!, Number(ids[i]));
  }
  return newest;
}

/** Of several kinds, each in its role: in one pass over the events. */
export async function newestOfKinds<Kind extends EventKind>(
  connection: DuckDBConnection,
  source: Source,
  filter: EventFilter,
  kinds: readonly KindRole<Kind>[],
): Promise<ReadonlyMap<Kind, ReadonlyMap<number, number>>> {
  const rows = source.events(whereOf({ ...filter, kinds: kinds.map(({ kind }) => kind) }));
  const ofPeers = kinds.filter(({ role }) => role === "peer").map(({ kind }) => EVENT_KINDS[kind]);
  const process =
    ofPeers.length === 0 ? "pid" : `CASE WHEN kind IN (${ofPeers.join(", ")}) THEN peer ELSE pid END`;
  const result = await connection.run(
    `SELECT kind, process, max(id) FROM (SELECT kind, ${process} AS process, id FROM ${rows})
     WHERE process >= 0 GROUP BY kind, process`,
  );
  const byCode = new Map<number, Map<number, number>>();
  for (const chunk of chunksOf(result)) {
    const [codes, processes, ids] = [ubytes(chunk, 0), ints(chunk, 1), bigints(chunk, 2)];
    for (let i = 0; i < chunk.rowCount; i++) {
      const newest = byCode.get(codes[i]!) ?? new Map<number, number>();
      byCode.set(codes[i]!, newest);
      newest.set(processes[i]!, Number(ids[i]));
    }
  }
  return new Map(
    kinds.flatMap(({ kind }) => {
      const newest = byCode.get(EVENT_KINDS[kind]);
      return newest ? [[kind, newest] as const] : [];
    }),
  );
}

const ROLES = { pid: "pids", peer: "peers" } as const;

/** No conditions but on kinds, times, ids, and the processes in that role: that much is known of blocks. */
const isSummarized = (filter: EventFilter, role: Role): boolean =>
  (["processes", "pids", "peers", "functions", "tags", "node", "nodes"] as const).every(
    (condition) => condition === ROLES[role] || filter[condition] === undefined,
  );
