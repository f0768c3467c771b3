import type { DuckDBConnection } from "@duckdb/node-api";
import { EVENT_KINDS } from "../../model/index.ts";
import type { EventFilter, EventQuery } from "../trace-store.ts";
import { whereOf } from "../where.ts";
import type { Block } from "./blocks.ts";
import { inBlocks, type KeyFilter, keyCondition, keyFilters, kindCondition, mayPass } from "./ranges.ts";
import type { Source } from "./source.ts";
import { rowsOf } from "./tables.ts";

/** Ids looked through in the first step of a search; each further step takes {@link GROWTH} times as many. */
const FIRST_WINDOW = 65_536;
const GROWTH = 8;
/** Of a table of rare events: a row group of it reaches over more ids. */
const RARE_WINDOW = 1_048_576;
/** Stretches that are read in one step, and how long their conditions may be: each has them all. */
const TOGETHER = 64;
const LENGTH = 50_000;

/** Ids that may hold what is looked for; `count`: so many at most, undefined: nobody knows. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly count: number | undefined;
}

/** Reads rows (what to write after FROM), so many at most, and says how many there are by now. */
type Take = (rows: string, limit: number) => Promise<number>;

/**
 * Finds a page of events. Ids lie in the order of the file, so the search goes through windows of ids from the end
 * where the page starts, larger each time, and stops when the page is full: the newest hundred of a busy recording
 * come out of the last row group. Where the first window does not fill it, blocks say where there is something.
 */
export async function searchPage(
  connection: DuckDBConnection,
  source: Source,
  query: EventQuery,
  lastId: number,
  take: Take,
): Promise<void> {
  const { afterId = 0, beforeId = Number.MAX_SAFE_INTEGER, limit } = query;
  const search = new Search(source, query, take);
  const low = Math.max(afterId + 1, 1);
  const high = Math.min(beforeId - 1, lastId);
  const size = Math.max(search.isApart ? RARE_WINDOW : FIRST_WINDOW, limit);
  const first = search.newestFirst
    ? { from: Math.max(low, high - size + 1), to: high }
    : { from: low, to: Math.min(high, low + size - 1) };
  if (await search.window(first.from, first.to)) return;
  const rest = search.newestFirst ? { from: low, to: first.from - 1 } : { from: first.to + 1, to: high };
  if (rest.from > rest.to) return;
  if (search.isApart) {
    await search.through([{ ...rest, count: undefined }]);
    return;
  }
  const filter = { ...query, afterId: rest.from - 1, beforeId: rest.to + 1 };
  const stretches = await stretchesOf(connection, source, filter, rest);
  if (search.newestFirst) stretches.reverse();
  await search.through(stretches);
}

class Search {
  readonly newestFirst: boolean;
  /** These events are in a table of their own, where they are soon found. */
  readonly isApart: boolean;
  readonly #source: Source;
  readonly #kinds: EventQuery["kinds"];
  readonly #conditions: readonly string[];
  readonly #take: Take;
  readonly #limit: number;
  /** As many stretches at a time. */
  readonly #together: number;
  #found = 0;

  constructor(source: Source, query: EventQuery, take: Take) {
    const { order, limit, afterId: _after, beforeId: _before, ...rest } = query;
    this.newestFirst = order === "newest_first";
    this.isApart = source.filed(query.kinds) === "recording.rare_events";
    this.#source = source;
    this.#kinds = query.kinds;
    this.#conditions = whereOf(rest);
    this.#take = take;
    this.#limit = limit;
    const length = this.#conditions.join(" AND ").length;
    this.#together = Math.max(1, Math.min(TOGETHER, Math.floor(LENGTH / Math.max(length, 1))));
  }

  /** @returns whether the page is full */
  async window(from: number, to: number): Promise<boolean> {
    if (from > to) return this.#left === 0;
    const rows = this.#source.events([`id BETWEEN ${from} AND ${to}`, ...this.#conditions], this.#kinds);
    this.#found = await this.#take(rows, this.#left);
    return this.#left === 0;
  }

  async through(stretches: readonly Stretch[]): Promise<void> {
    for (let i = 0; i < stretches.length && this.#left > 0; ) {
      const few = this.#few(stretches.slice(i, i + this.#together));
      if (few.length > 1) await this.#readAll(few);
      else await this.#windows(stretches[i]!);
      i += Math.max(few.length, 1);
    }
  }

  get #left(): number {
    return this.#limit - this.#found;
  }

  /** As many as it takes to fill the page, of those in which there is little. */
  #few(stretches: readonly Stretch[]): readonly Stretch[] {
    const few: Stretch[] = [];
    let sum = 0;
    for (const stretch of stretches) {
      if (stretch.count === undefined || stretch.count > this.#left || sum >= this.#left) break;
      sum += stretch.count;
      few.push(stretch);
    }
    return few;
  }

  /** Each by its own bounds: with all of them in one condition the whole file would be looked through. */
  async #readAll(stretches: readonly Stretch[]): Promise<void> {
    const parts = stretches.map(({ from, to }) => {
      const conditions = [`id BETWEEN ${from} AND ${to}`, ...this.#conditions];
      return `FROM recording.events WHERE ${conditions.join(" AND ")}`;
    });
    this.#found = await this.#take(`(${parts.join(" UNION ALL ")})`, this.#left);
  }

  async #windows({ from, to, count }: Stretch): Promise<void> {
    let [low, high] = [from, to];
    const dense =
      count === undefined ? 0 : Math.ceil(((to - from + 1) * this.#left * 2) / Math.max(count, 1));
    let size = Math.max(this.isApart ? RARE_WINDOW : FIRST_WINDOW, this.#left, dense);
    while (low <= high && this.#left > 0) {
      const begin = this.newestFirst ? Math.max(low, high - size + 1) : low;
      const end = this.newestFirst ? high : Math.min(high, low + size - 1);
      await this.window(begin, end);
      if (this.newestFirst) high = begin - 1;
      else low = end + 1;
      size *= GROWTH;
    }
  }
}

/** Where the events may be, oldest first. */
async function stretchesOf(
  connection: DuckDBConnection,
  source: Source,
  filter: EventFilter,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<Stretch[]> {
  const blocks = source.blocks.filter((block) => block.toId >= from && block.fromId <= to);
  if (blocks.length === 0) return [{ from, to, count: undefined }];
  const spans = await spansOf(
    connection,
    blocks.filter((block) => mayPass(block, filter)),
    filter,
  );
  const found: Stretch[] = [];
  let at = from;
  for (const block of blocks) {
    if (block.fromId > at) found.push({ from: at, to: block.fromId - 1, count: undefined });
    const span = spans.get(block.block);
    if (span) {
      const inside = { from: Math.max(span.from, from), to: Math.min(span.to, to), count: span.count };
      if (inside.from <= inside.to) found.push(inside);
    }
    at = block.toId + 1;
  }
  if (at <= to) found.push({ from: at, to, count: undefined });
  return found;
}

/** By block, where in it there is something of the kinds and keys. */
async function spansOf(
  connection: DuckDBConnection,
  blocks: readonly Block[],
  filter: EventFilter,
): Promise<ReadonlyMap<number, Stretch>> {
  let spans = new Map(blocks.map((block) => [block.block, kindsSpan(block, filter)]));
  for (const key of keyFilters(filter)) {
    if (spans.size === 0) break;
    const known = await keySpans(connection, blocks, filter, key);
    const both = [...spans].flatMap(([block, span]): [number, Stretch][] => {
      const other = known.get(block);
      return other ? [[block, intersection(span, other)]] : [];
    });
    spans = new Map(both);
  }
  return spans;
}

const intersection = (a: Stretch, b: Stretch): Stretch => ({
  from: Math.max(a.from, b.from),
  to: Math.min(a.to, b.to),
  count: Math.min(a.count ?? 0, b.count ?? 0),
});

function kindsSpan({ kinds, fromId, toId }: Block, filter: EventFilter): Stretch {
  if (!filter.kinds) return { from: fromId, to: toId, count: toId - fromId + 1 };
  const spans = filter.kinds.flatMap((kind) => kinds.get(EVENT_KINDS[kind]) ?? []);
  return {
    from: Math.min(...spans.map(({ firstId }) => firstId)),
    to: Math.max(...spans.map(({ lastId }) => lastId)),
    count: spans.reduce((sum, { count }) => sum + count, 0),
  };
}

async function keySpans(
  connection: DuckDBConnection,
  blocks: readonly Block[],
  filter: EventFilter,
  key: KeyFilter,
): Promise<ReadonlyMap<number, Stretch>> {
  const conditions = [inBlocks(blocks), keyCondition(key), ...kindCondition(filter)];
  const rows = await rowsOf<[number, bigint, bigint, bigint]>(
    connection,
    `SELECT block, min(first_id), max(last_id), sum(count)::BIGINT FROM recording.block_keys
     WHERE ${conditions.join(" AND ")} GROUP BY block`,
  );
  return new Map(
    rows.map(([block, first, last, count]) => [
      block,
      { from: Number(first), to: Number(last), count: Number(count) },
    ]),
  );
}
