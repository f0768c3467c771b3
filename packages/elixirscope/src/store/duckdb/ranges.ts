import { EVENT_KINDS } from "../../model/index.ts";
import type { EventFilter } from "../trace-store.ts";
import { type Block, KEY } from "./blocks.ts";

// What of a question can be answered from summarized blocks, and what has to be read.

/** Of the columns that tell whose events these are, the one that a filter asks for; of both roles one process. */
export interface KeyFilter {
  readonly what: readonly number[];
  readonly keys: readonly number[];
}

/** The conditions on keys, one each; `block_keys` knows nothing of nodes and tags. */
export function keyFilters({ processes, pids, peers, functions }: EventFilter): readonly KeyFilter[] {
  const found: KeyFilter[] = [];
  if (processes) found.push({ what: [KEY.pid, KEY.peer], keys: processes });
  if (pids) found.push({ what: [KEY.pid], keys: pids });
  if (peers) found.push({ what: [KEY.peer], keys: peers });
  if (functions) found.push({ what: [KEY.function], keys: functions });
  return found;
}

/** May some of the block pass what is asked of ids, times and kinds? */
export function mayPass(block: Block, filter: EventFilter): boolean {
  const { from, to, afterId = 0, beforeId = Number.MAX_SAFE_INTEGER, kinds } = filter;
  return (
    block.toId > afterId &&
    block.fromId < beforeId &&
    (from === undefined || block.lastTs >= from) &&
    (to === undefined || block.firstTs <= to) &&
    (kinds === undefined || kinds.some((kind) => block.kinds.has(EVENT_KINDS[kind])))
  );
}

/** Do all of the block pass what is asked of ids and times? */
export const isWithin = (
  { fromId, toId, firstTs, lastTs }: Block,
  { from, to, afterId = -1, beforeId = Number.MAX_SAFE_INTEGER }: EventFilter,
): boolean =>
  fromId > afterId &&
  toId < beforeId &&
  (from === undefined || firstTs >= from) &&
  (to === undefined || lastTs <= to);

/** Conditions for the events that are in none of these blocks (oldest first). */
export function outside(blocks: readonly Block[]): readonly string[] {
  if (blocks.length === 0) return [];
  const free: string[] = [];
  let at = Number.MIN_SAFE_INTEGER;
  for (const { fromId, toId } of blocks) {
    if (fromId > at) free.push(`id BETWEEN ${at} AND ${fromId - 1}`);
    at = toId + 1;
  }
  free.push(`id >= ${at}`);
  // Ids begin at 1: before the first block there is nothing to read.
  const used = free.filter((condition) => !condition.endsWith("AND -1"));
  return [used.length === 1 ? used[0]! : `(${used.join(" OR ")})`];
}

/** As a condition on a table that goes with blocks. */
export const inBlocks = (blocks: readonly Block[]): string =>
  `block IN (${blocks.map(({ block }) => block).join(", ")})`;

export const kindCondition = ({ kinds }: EventFilter): readonly string[] =>
  kinds === undefined
    ? []
    : [kinds.length === 0 ? "false" : `kind IN (${kinds.map((kind) => EVENT_KINDS[kind]).join(", ")})`];

/** Without keys: of all of them. */
export function keyCondition({ what, keys }: Pick<KeyFilter, "what"> & Partial<KeyFilter>): string {
  const of = `what IN (${what.join(", ")})`;
  if (!keys) return of;
  return keys.length === 0 ? "false" : `${of} AND key IN (${keys.join(", ")})`;
}
