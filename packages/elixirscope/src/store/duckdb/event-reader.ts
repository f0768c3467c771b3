import type { DuckDBConnection, DuckDBDataChunk, DuckDBMaterializedResult } from "@duckdb/node-api";
import { ElixirScopeError, kindOf } from "../../model/index.ts";
import { Pace } from "../pace.ts";
import type { Role } from "../past.ts";
import type { EventFilter, EventQuery, StoredEvent } from "../trace-store.ts";
import { whereOf } from "../where.ts";
import { type PayloadPlace, PayloadReader } from "./payload-reader.ts";
import { bigints, chunksOf, ints, ubytes, uints, ushorts } from "./rows.ts";
import { searchPage } from "./search.ts";
import type { Source } from "./source.ts";
import { areStates, readBlockStates, statesParts } from "./states.ts";

/** Found rows, and where their payloads lie, which they are given afterwards. */
interface Found {
  readonly events: (Omit<StoredEvent, "payload"> & { payload: Uint8Array })[];
  readonly places: PayloadPlace[];
}

const nothingFound = (): Found => ({ events: [], places: [] });

/** Finds pages of events, and events by their ids. */
export class EventReader {
  readonly #payloads = new PayloadReader();
  readonly #shrinks: boolean;

  /** @param shrinks may retention take something away between two looks? */
  constructor(shrinks: boolean) {
    this.#shrinks = shrinks;
  }

  async read(
    connection: DuckDBConnection,
    source: Source,
    query: EventQuery,
    lastId: number,
  ): Promise<readonly StoredEvent[]> {
    if (!areStates(query)) return this.#page(connection, source, query, lastId);
    const found: StoredEvent[] = [];
    for (const part of statesParts(source, query)) {
      const limit = query.limit - found.length;
      if (limit === 0) break;
      const page = part.blocks
        ? await readBlockStates(connection, part.blocks, query, limit)
        : await this.#page(connection, source, { ...query, ...part, limit }, lastId);
      found.push(...page);
    }
    return found;
  }

  async #page(
    connection: DuckDBConnection,
    source: Source,
    query: EventQuery,
    lastId: number,
  ): Promise<readonly StoredEvent[]> {
    if (query.withoutPayload) return (await search(connection, source, query, lastId)).events;
    return this.#withPayloads(connection, source, () => search(connection, source, query, lastId));
  }

  /** Events of these ids, by id. */
  async byIds(
    connection: DuckDBConnection,
    source: Source,
    ids: readonly number[],
  ): Promise<readonly StoredEvent[]> {
    if (ids.length === 0) return [];
    return this.#withPayloads(connection, source, async () => {
      const found = nothingFound();
      // DuckDB looks at the row groups that these may be in and at no others.
      const rows = source.events([`id IN (${[...new Set(ids)].join(", ")})`]);
      const result = await connection.run(`SELECT ${COLUMNS} FROM ${rows} ORDER BY id`);
      await readChunks(result, found);
      return found;
    });
  }

  /** Of each process in a role its newest ones, by id. */
  async newestEach(
    connection: DuckDBConnection,
    source: Source,
    filter: EventFilter,
    role: Role,
    each: number,
  ): Promise<readonly StoredEvent[]> {
    return this.#withPayloads(connection, source, async () => {
      const found = nothingFound();
      const rows = source.events([...whereOf(filter), `${role} >= 0`], filter.kinds);
      const result = await connection.run(
        `SELECT ${COLUMNS} FROM ${rows}
         QUALIFY row_number() OVER (PARTITION BY ${role} ORDER BY id DESC) <= ${each} ORDER BY id`,
      );
      await readChunks(result, found);
      return found;
    });
  }

  /** One look at the file: between two, retention might take the payload of what was found. */
  async #withPayloads(
    connection: DuckDBConnection,
    source: Source,
    find: () => Promise<Found>,
  ): Promise<readonly StoredEvent[]> {
    const look = async (): Promise<readonly StoredEvent[]> => {
      const found = await find();
      const payloads = await this.#payloads.read(connection, source, found.places);
      for (const [i, event] of found.events.entries()) event.payload = payloads[i]!;
      return found.events;
    };
    if (!this.#shrinks) return look();
    await connection.run("BEGIN TRANSACTION READ ONLY");
    try {
      return await look();
    } finally {
      await connection.run("COMMIT").catch(() => connection.run("ROLLBACK").catch(() => undefined));
    }
  }
}

const COLUMNS = "id, ts, node, kind, pid, peer, mfa, tag, piece, payload_offset, payload_length";

async function search(
  connection: DuckDBConnection,
  source: Source,
  query: EventQuery,
  lastId: number,
): Promise<Found> {
  const found = nothingFound();
  await searchPage(connection, source, query, lastId, async (rows, limit) => {
    const order = query.order === "newest_first" ? "DESC" : "ASC";
    const result = await connection.run(`SELECT ${COLUMNS} FROM ${rows} ORDER BY id ${order} LIMIT ${limit}`);
    await readChunks(result, found);
    return found.events.length;
  });
  return found;
}

const NO_PAYLOAD = new Uint8Array(0);

const readChunks = async (result: DuckDBMaterializedResult, found: Found): Promise<unknown> =>
  new Pace(1).map(chunksOf(result), (chunk) => readChunk(chunk, found));

function readChunk(chunk: DuckDBDataChunk, { events, places }: Found): void {
  const id = bigints(chunk, 0);
  const ts = bigints(chunk, 1);
  const node = ushorts(chunk, 2);
  const kind = ubytes(chunk, 3);
  const pid = ints(chunk, 4);
  const peer = ints(chunk, 5);
  const mfa = ints(chunk, 6);
  const tag = ints(chunk, 7);
  const piece = ints(chunk, 8);
  const offset = uints(chunk, 9);
  const length = uints(chunk, 10);
  for (let i = 0; i < chunk.rowCount; i++) {
    events.push({
      id: Number(id[i]),
      node: node[i]!,
      ts: ts[i]!,
      kind: knownKind(kind[i]!),
      pid: pid[i]!,
      peer: peer[i]!,
      mfa: mfa[i]!,
      tag: tag[i]!,
      payload: NO_PAYLOAD,
    });
    places.push({ piece: piece[i]!, offset: offset[i]!, length: length[i]! });
  }
}

function knownKind(code: number): StoredEvent["kind"] {
  const kind = kindOf(code);
  if (kind) return kind;
  throw new ElixirScopeError(
    "STORE_DAMAGED",
    `The recording holds an event of unknown kind ${code}; it is damaged.`,
    {
      kind: code,
    },
  );
}
