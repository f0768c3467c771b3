import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { EVENT_KINDS } from "../../model/index.ts";
import { Blocks } from "./blocks.ts";
import { storeError } from "./errors.ts";
import { mergedMeta } from "./merge-meta.ts";
import { type MergedNodes, mergeNodes, overlapError, type PartNode } from "./merge-nodes.ts";
import * as sql from "./merge-sql.ts";
import { attachToRead, attachToWrite } from "./open.ts";
import { schemaScript } from "./schema.ts";
import { addGap, hasTable, putMeta, putNode, rowsOf } from "./tables.ts";

export interface MergeOptions {
  readonly recordings: readonly string[];
  /** Must not exist. */
  readonly out: string;
  readonly version: string;
  readonly onProgress: (text: string) => void;
  /** As of `DuckDbStoreOptions`. */
  readonly blockIds?: number | undefined;
}

export interface Merged {
  readonly events: number;
  readonly nodes: readonly string[];
  readonly clocks: readonly ClockBound[];
  /** Where a look at the past may start from: see `Checkpoint`. */
  readonly stretches: readonly { readonly lastId: number; readonly ts: bigint }[];
}

/** What messages between two nodes say of their clocks, in nanoseconds. */
export interface ClockBound {
  readonly from: string;
  readonly to: string;
  readonly messages: number;
  /** The clock of `to` is ahead of that of `from` by no more than this. */
  readonly aheadNs: number;
}

/** Merged ids that are brought into order at a time, and pieces that are copied at a time. */
const STRETCH = 250_000;
const PIECES = 65_536;

/**
 * Makes one recording of several: of nodes that were recorded each by itself, or of one that was recorded several times.
 *
 * @throws ElixirScopeError as `openDuckDbStore` does, about the recording that is meant; `STORE_MERGE_OVERLAP`
 */
export async function mergeRecordings(options: MergeOptions): Promise<Merged> {
  const instance = await DuckDBInstance.create(":memory:", {
    temp_directory: `${options.out}.tmp`,
    threads: "1",
  });
  try {
    const connection = await instance.connect();
    return await new Merge(connection, options).run();
  } finally {
    instance.closeSync();
  }
}

class Merge {
  readonly #connection: DuckDBConnection;
  readonly #options: MergeOptions;
  readonly #paths: readonly string[];

  constructor(connection: DuckDBConnection, options: MergeOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#paths = options.recordings;
  }

  async run(): Promise<Merged> {
    refuseTwice(this.#paths);
    for (const [part, path] of this.#paths.entries())
      await this.#of(part, () => attachToRead(this.#connection, path, `part_${part}`));
    const nodes = await this.#nodes();
    await this.#own(async () => {
      await attachToWrite(this.#connection, this.#options.out);
      await this.#connection.run(`USE recording; ${schemaScript()}`);
    });
    await this.#writeNodes(nodes);
    for (const script of sql.dictionaryScripts(this.#paths.length)) await this.#all(script);
    await this.#all(sql.batchesScript(this.#paths.length, STRETCH));
    const pieces = await this.#pieces();
    const stretches = await this.#events(pieces);
    await this.#rest(nodes);
    await this.#blocks(stretches.at(-1)?.lastId ?? 0);
    const clocks = await this.#clocks(nodes);
    const events = await this.#meta(clocks);
    await this.#own(() => this.#connection.run("CHECKPOINT recording"));
    return { events, nodes: nodes.merged.map(({ name }) => name), clocks, stretches };
  }

  /** What concerns one part: what fails is its fault. */
  async #of<T>(part: number, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw storeError(error, this.#paths[part]!);
    }
  }

  async #own<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw storeError(error, this.#options.out);
    }
  }

  /** What concerns all parts: the first that cannot be read for it by itself is at fault. */
  async #all(script: string): Promise<void> {
    try {
      await this.#connection.run(script);
    } catch (error) {
      for (const part of sql.range(this.#paths.length)) {
        for (const table of ["atoms", "functions", "processes", "batches"])
          await this.#of(part, () =>
            this.#connection.run(`SELECT max(hash(x)) FROM part_${part}.${table} x`),
          );
      }
      throw storeError(error, this.#options.out);
    }
  }

  async #nodes(): Promise<MergedNodes> {
    const parts: PartNode[] = [];
    for (const part of sql.range(this.#paths.length)) {
      const rows = await this.#of(part, () =>
        rowsOf<[number, string, number, string, string, bigint, bigint | null, bigint | null]>(
          this.#connection,
          `SELECT n.node, name, creation, otp, elixir, time_offset, min(first_ts), max(last_ts)
           FROM part_${part}.nodes n LEFT JOIN part_${part}.batches b ON b.node = n.node GROUP BY ALL ORDER BY n.node`,
        ),
      );
      for (const [index, name, creation, otp, elixir, timeOffset, from, to] of rows)
        parts.push({
          part,
          index,
          name,
          creation,
          otp,
          elixir,
          timeOffset,
          span: from === null || to === null ? undefined : { from, to },
        });
    }
    return mergeNodes(parts, this.#paths);
  }

  async #writeNodes({ merged, map }: MergedNodes): Promise<void> {
    await this.#own(async () => {
      await this.#connection.run("CREATE TABLE memory.map_nodes (part INTEGER, old INTEGER, new INTEGER)");
      for (const node of merged) await this.#connection.run(...putNode(node));
      for (const { part, from, to } of map)
        await this.#connection.run(`INSERT INTO memory.map_nodes VALUES (${part}, ${from}, ${to})`);
    });
  }

  /** @returns by part, what its numbers of pieces are raised by */
  async #pieces(): Promise<readonly sql.Raised[]> {
    const raised: sql.Raised[] = [];
    let next = { pieces: 0, rare_pieces: 0 };
    for (const part of sql.range(this.#paths.length)) {
      raised.push(next);
      await this.#of(part, async () => {
        const pieces = await this.#copyPieces("pieces", part, next.pieces);
        const rare = await this.#copyPieces("rare_pieces", part, next.rare_pieces);
        next = { pieces: next.pieces + pieces, rare_pieces: next.rare_pieces + rare };
      });
    }
    return raised;
  }

  /** @returns how many there were */
  async #copyPieces(table: keyof sql.Raised, part: number, raised: number): Promise<number> {
    // Recordings of earlier versions have all their pieces in one table.
    if (!(await hasTable(this.#connection, table, `part_${part}`))) return 0;
    const [row] = await rowsOf<[number]>(this.#connection, sql.pieceCount(table, part));
    const count = row![0];
    for (let first = 0; first < count; first += PIECES) {
      this.#options.onProgress(`terms of ${this.#paths[part]!}: ${Math.floor((first / count) * 100)}%`);
      await this.#connection.run(sql.piecesScript(table, part, [first, first + PIECES - 1], raised));
    }
    return count;
  }

  async #events(pieces: readonly sql.Raised[]): Promise<Merged["stretches"]> {
    await this.#own(() => this.#connection.run("CREATE TABLE memory.stage AS FROM recording.events LIMIT 0"));
    const rows = await this.#own(() =>
      rowsOf<[bigint, number, bigint, bigint, bigint]>(this.#connection, sql.STRETCHES),
    );
    const stretches: { lastId: number; ts: bigint }[] = [];
    for (const [i, [stretch, part, first, last]] of rows.entries()) {
      this.#options.onProgress(`events: ${Math.floor((i / rows.length) * 100)}%`);
      await this.#of(part, () =>
        this.#connection.run(sql.stageScript(part, stretch, first, last, pieces[part]!)),
      );
      if (rows[i + 1]?.[0] === stretch) continue;
      const end = await this.#own(() =>
        rowsOf<[bigint | null, bigint | null]>(this.#connection, "SELECT max(id), max(ts) FROM memory.stage"),
      );
      const [lastId, ts] = end[0]!;
      if (lastId !== null && ts !== null) stretches.push({ lastId: Number(lastId), ts });
      await this.#own(() => this.#connection.run(sql.FILE_STAGE));
    }
    return stretches;
  }

  async #rest({ gaps }: MergedNodes): Promise<void> {
    for (const part of sql.range(this.#paths.length)) {
      await this.#of(part, async () => {
        await this.#connection.run(sql.gapsScript(part));
        const database = `part_${part}`;
        if (await hasTable(this.#connection, "pins", database))
          await this.#connection.run(sql.pinsScript(part));
        if (await hasTable(this.#connection, "removals", database))
          await this.#connection.run(sql.removalsScript(part));
      });
    }
    for (const gap of gaps) await this.#own(() => this.#connection.run(...addGap(gap)));
  }

  /** The summaries that a recording has which is written event by event. */
  #blocks(lastId: number): Promise<void> {
    return this.#own(async () => {
      const blocks = await Blocks.open(this.#connection, this.#options.blockIds);
      this.#options.onProgress("summaries");
      while (await blocks.next(this.#connection, lastId));
    });
  }

  async #clocks({ merged }: MergedNodes): Promise<readonly ClockBound[]> {
    const result = await this.#own(() =>
      this.#connection.run(sql.CLOCKS, [EVENT_KINDS.send, EVENT_KINDS.receive]),
    );
    const rows = (await result.getRowsJS()) as unknown as [number, number, bigint, bigint][];
    const name = (index: number): string => merged.find((node) => node.index === index)?.name ?? "";
    return rows.map(([a, b, messages, took]) => ({
      from: name(a),
      to: name(b),
      messages: Number(messages),
      aheadNs: Number(took),
    }));
  }

  /** @returns the number of events */
  async #meta(clocks: readonly ClockBound[]): Promise<number> {
    const parts: ReadonlyMap<string, string>[] = [];
    for (const part of sql.range(this.#paths.length)) {
      const rows = await this.#of(part, () =>
        rowsOf<[string, string]>(this.#connection, `SELECT key, value FROM part_${part}.meta`),
      );
      parts.push(new Map(rows));
    }
    return this.#own(async () => {
      for (const [key, value] of mergedMeta(parts, this.#options.version, clocks))
        await this.#connection.run(...putMeta(key, value));
      const [row] = await rowsOf<[bigint]>(this.#connection, "SELECT count(*) FROM recording.events");
      return Number(row![0]);
    });
  }
}

/** @throws ElixirScopeError `STORE_MERGE_OVERLAP` */
function refuseTwice(paths: readonly string[]): void {
  const twice = paths.find((path, i) => paths.indexOf(path) < i);
  if (twice !== undefined) throw overlapError("", twice, twice);
}
