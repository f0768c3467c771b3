import type { DuckDBConnection } from "@duckdb/node-api";
import { callbackRows, DID, openCallbacks } from "./callback-sql.ts";
import { blockStates } from "./states-sql.ts";
import { hasTable, readRemovals, rowsOf } from "./tables.ts";

/** Ids of a block: a look at all of them takes some milliseconds. */
const BLOCK_IDS = 1_048_576;
/** Slots of its time, at most. */
const SLOTS = 1_024n;

/** Slots of `block_times` are so many times wider, as a power of two. */
const WIDER = 5;

export const timeBits = (bits: number): number => Math.min(bits + WIDER, 62);

/** What of a block has one kind. */
export interface KindSpan {
  readonly count: number;
  readonly firstId: number;
  readonly lastId: number;
}

/** A stretch of ids that is summarized, see the table `blocks` and those that go with it. */
export interface Block {
  readonly block: number;
  readonly fromId: number;
  readonly toId: number;
  readonly firstTs: bigint;
  readonly lastTs: bigint;
  readonly bits: number;
  /** By number of the kind. */
  readonly kinds: ReadonlyMap<number, KindSpan>;
  /** Are its states in `block_states`? Blocks that were made by an earlier version lack them. */
  readonly hasStates: boolean;
}

/** What `block_keys.what` says. */
export const KEY = { pid: 0, peer: 1, both: 2, function: 3 } as const;

type BlockRow = [number, bigint, bigint, bigint, bigint, number, number, bigint, bigint, bigint];

/**
 * The summarized blocks of a recording, oldest first. A question reads from those that there were when it was asked;
 * where retention is to take some away, it waits for such questions.
 */
export class Blocks {
  readonly #size: number;
  #list: readonly Block[];
  /** Number of the block that is to be summarized next. */
  #next: number;
  readonly #readers = new Set<Promise<void>>();

  private constructor(list: readonly Block[], removed: number, size: number) {
    this.#list = list;
    this.#size = size;
    this.#next = this.#after(Math.max(list.at(-1)?.toId ?? -1, removed));
  }

  static async open(connection: DuckDBConnection, size: number = BLOCK_IDS): Promise<Blocks> {
    // Recordings of earlier versions have none.
    const list = (await hasTable(connection, "blocks")) ? await readBlocks(connection) : [];
    const removals = await readRemovals(connection);
    return new Blocks(list, Math.max(-1, ...removals.map(({ lastId }) => lastId)), size);
  }

  /** To be read from until it is released. */
  read(): { readonly list: readonly Block[]; release(): void } {
    let release = (): void => undefined;
    const reading = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.#readers.add(reading);
    return {
      list: this.#list,
      release: () => {
        this.#readers.delete(reading);
        release();
      },
    };
  }

  /**
   * Summarizes the next block, where all its events are in the file.
   * @returns whether there was one
   */
  async next(connection: DuckDBConnection, lastFiledId: number): Promise<boolean> {
    const block = this.#next;
    const [fromId, toId] = [block * this.#size, (block + 1) * this.#size - 1];
    if (toId > lastFiledId) return false;
    const before = this.#list.at(-1);
    const after = before?.toId === fromId - 1 ? before.block : undefined;
    const made = await summarize(connection, { block, fromId, toId }, after);
    this.#list = [...this.#list, made];
    this.#next++;
    return true;
  }

  /** Blocks that begin at or before an id are summarized no more, and nobody reads from what was said of them. */
  async forget(id: number): Promise<void> {
    this.#list = this.#list.filter(({ fromId }) => fromId > id);
    this.#next = Math.max(this.#next, this.#after(id));
    await Promise.all(this.#readers);
  }

  /** The first block behind an id. */
  #after(id: number): number {
    return Math.floor(id / this.#size) + 1;
  }
}

/** Those that were forgotten, as SQL. */
export const forgetBlocksScript = (id: number): string => {
  const gone = `block IN (SELECT block FROM recording.blocks WHERE from_id <= ${id})`;
  const tables = ["block_keys", "block_rates", "block_times", "block_open", "block_states"];
  return `${tables.map((table) => `DELETE FROM recording.${table} WHERE ${gone};`).join(" ")}
    DELETE FROM recording.blocks WHERE from_id <= ${id};`;
};

async function readBlocks(connection: DuckDBConnection): Promise<readonly Block[]> {
  const rows = await rowsOf<BlockRow>(
    connection,
    `SELECT block, from_id, to_id, first_ts, last_ts, bits, kind, count::BIGINT, first_id, last_id
     FROM recording.blocks ORDER BY from_id`,
  );
  const since = await firstWithStates(connection);
  const found = new Map<number, Block & { kinds: Map<number, KindSpan> }>();
  for (const [block, fromId, toId, firstTs, lastTs, bits, kind, count, firstId, lastId] of rows) {
    const ids = { fromId: Number(fromId), toId: Number(toId) };
    const made = { block, ...ids, firstTs, lastTs, bits, kinds: new Map(), hasStates: block >= since };
    const one = found.get(block) ?? made;
    one.kinds.set(kind, { count: Number(count), firstId: Number(firstId), lastId: Number(lastId) });
    found.set(block, one);
  }
  return [...found.values()];
}

/** Blocks are made one after the other: all behind the first one have them. */
async function firstWithStates(connection: DuckDBConnection): Promise<number> {
  if (!(await hasTable(connection, "block_states"))) return Number.POSITIVE_INFINITY;
  const [row] = await rowsOf<[number | null]>(connection, "SELECT min(block) FROM recording.block_states");
  return row?.[0] ?? Number.POSITIVE_INFINITY;
}

async function summarize(
  connection: DuckDBConnection,
  { block, fromId, toId }: Pick<Block, "block" | "fromId" | "toId">,
  after: number | undefined,
): Promise<Block> {
  const events = `recording.events WHERE id BETWEEN ${fromId} AND ${toId}`;
  const [span] = await rowsOf<[bigint | null, bigint | null]>(
    connection,
    `SELECT min(ts), max(ts) FROM ${events}`,
  );
  const [firstTs, lastTs] = [span![0] ?? 0n, span![1] ?? 0n];
  const bits = slotBits(firstTs, lastTs);
  const head = `${block}, ${fromId}, ${toId}, ${firstTs}, ${lastTs}, ${bits}`;
  await connection.run(`BEGIN;
    INSERT INTO recording.blocks SELECT ${head}, kind, count(*), min(id), max(id) FROM ${events} GROUP BY kind;
    INSERT INTO recording.block_rates SELECT ${block}, node, kind, ts >> ${bits} AS slot, count(*) FROM ${events}
      GROUP BY node, kind, slot ORDER BY slot, node, kind;
    INSERT INTO recording.block_keys SELECT ${block}, * FROM (
      ${keysOf(KEY.pid, "pid", events)} UNION ALL
      ${keysOf(KEY.peer, "peer", events)} UNION ALL
      ${keysOf(KEY.both, "pid", `${events} AND pid = peer`)} UNION ALL
      ${keysOf(KEY.function, "mfa", events)}) ORDER BY what, key, kind;
    INSERT INTO recording.block_times
      SELECT ${block}, node, pid, ts >> ${timeBits(bits)} AS slot, count(*), sum(busy), greatest(max(busy), 0)
      FROM (${callbackRows(`${events} AND ${DID}`, fromId, after)}) GROUP BY node, pid, slot ORDER BY pid, slot;
    INSERT INTO recording.block_open SELECT ${block}, * FROM (${openCallbacks(`${events} AND ${DID}`, fromId, after)});
    ${blockStates(block, events)}
    COMMIT;`);
  const kinds = await rowsOf<[number, bigint, bigint, bigint]>(
    connection,
    `SELECT kind, count::BIGINT, first_id, last_id FROM recording.blocks WHERE block = ${block}`,
  );
  return {
    block,
    fromId,
    toId,
    firstTs,
    lastTs,
    bits,
    hasStates: true,
    kinds: new Map(
      kinds.map(([kind, count, first, last]) => [
        kind,
        { count: Number(count), firstId: Number(first), lastId: Number(last) },
      ]),
    ),
  };
}

const keysOf = (what: number, column: string, events: string): string =>
  `SELECT ${what} AS what, ${column} AS key, kind, count(*), min(id), max(id) FROM ${events} GROUP BY ${column}, kind`;

/** The narrowest slots of which there are not more than {@link SLOTS}. */
function slotBits(firstTs: bigint, lastTs: bigint): number {
  let bits = 0;
  while ((lastTs >> BigInt(bits)) - (firstTs >> BigInt(bits)) >= SLOTS) bits++;
  return bits;
}
