import type { DuckDBConnection } from "@duckdb/node-api";
import { Pace } from "../pace.ts";
import type { EventQuery, StoredEvent } from "../trace-store.ts";
import { whereOf } from "../where.ts";
import type { Block } from "./blocks.ts";
import { inBlocks, mayPass } from "./ranges.ts";
import { bigints, blobs, chunksOf, ints, ushorts } from "./rows.ts";
import type { Source } from "./source.ts";

// States of a process, of which there may be few in each million events: out of a table in which they lie together.

const NO_PAYLOAD = new Uint8Array(0);
/** Blocks that are read in the first step, and how many times more in each further one. */
const FIRST = 1;
const GROWTH = 4;

/** Are these states of some processes, and nothing else? */
export const areStates = ({ kinds, pids }: EventQuery): boolean =>
  pids !== undefined && kinds?.length === 1 && kinds[0] === "state";

/** Where a page of such states is looked for, in the order of the question: in the events, or in blocks that have their states. */
export type StatesPart =
  | { readonly afterId: number; readonly beforeId: number; readonly blocks?: undefined }
  | { readonly blocks: readonly Block[] };

export function statesParts(source: Source, query: EventQuery): readonly StatesPart[] {
  const { afterId = 0, beforeId = Number.MAX_SAFE_INTEGER } = query;
  const blocks = source.blocks.filter(
    ({ hasStates, toId, fromId }) => hasStates && toId > afterId && fromId < beforeId,
  );
  const parts: ({ readonly afterId: number; readonly beforeId: number } | Block)[] = [];
  let at = afterId;
  for (const block of blocks) {
    if (block.fromId - 1 > at) parts.push({ afterId: at, beforeId: block.fromId });
    if (mayPass(block, query)) parts.push(block);
    at = block.toId;
  }
  if (at < beforeId - 1) parts.push({ afterId: at, beforeId });
  if (query.order === "newest_first") parts.reverse();
  return together(parts);
}

/** Neighbouring blocks at once, more of them each time. */
function together(
  parts: readonly ({ readonly afterId: number; readonly beforeId: number } | Block)[],
): readonly StatesPart[] {
  const found: (StatesPart | { readonly blocks: Block[] })[] = [];
  let most = FIRST;
  for (const part of parts) {
    const last = found.at(-1);
    if (!("block" in part)) found.push(part);
    else if (last?.blocks && last.blocks.length < most) (last.blocks as Block[]).push(part);
    else {
      if (last?.blocks) most *= GROWTH;
      found.push({ blocks: [part] });
    }
  }
  return found;
}

/** So many states out of blocks, in the order of the question. */
export async function readBlockStates(
  connection: DuckDBConnection,
  blocks: readonly Block[],
  query: EventQuery,
  limit: number,
): Promise<readonly StoredEvent[]> {
  const { kinds: _kinds, order, limit: _limit, withoutPayload = false, ...filter } = query;
  const columns =
    "id, ts, node, process AS pid, peer, mfa, tag, octet_length(bytes) AS payload_length, bytes";
  const rows = `(SELECT ${columns} FROM recording.block_states WHERE ${inBlocks(blocks)})`;
  const result = await connection.run(
    `SELECT id, ts, node, pid, peer, mfa, tag${withoutPayload ? "" : ", bytes"} FROM ${rows}
     WHERE ${whereOf(filter).join(" AND ")} ORDER BY id ${order === "newest_first" ? "DESC" : "ASC"} LIMIT ${limit}`,
  );
  const found = await new Pace(1).map(chunksOf(result), (chunk) => {
    const [id, ts, node] = [bigints(chunk, 0), bigints(chunk, 1), ushorts(chunk, 2)];
    const [pid, peer, mfa, tag] = [ints(chunk, 3), ints(chunk, 4), ints(chunk, 5), ints(chunk, 6)];
    const payload = withoutPayload ? [] : blobs(chunk, 7);
    return Array.from(
      { length: chunk.rowCount },
      (_, i): StoredEvent => ({
        id: Number(id[i]),
        node: node[i]!,
        ts: ts[i]!,
        kind: "state",
        pid: pid[i]!,
        peer: peer[i]!,
        mfa: mfa[i]!,
        tag: tag[i]!,
        payload: payload[i] ?? NO_PAYLOAD,
      }),
    );
  });
  return found.flat();
}
