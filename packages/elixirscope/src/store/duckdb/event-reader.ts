import type { DuckDBConnection, DuckDBDataChunk } from "@duckdb/node-api";
import { ElixirScopeError, kindOf } from "../../model/index.ts";
import type { EventQuery, StoredEvent } from "../trace-store.ts";
import { type PayloadPlace, PayloadReader } from "./payload-reader.ts";
import { bigints, ints, ubytes, uints, ushorts } from "./rows.ts";
import type { Source } from "./source.ts";
import { whereOf } from "./where.ts";

/** A found row, still without its payload. */
interface FoundEvent extends PayloadPlace {
  readonly event: Omit<StoredEvent, "payload">;
}

/** Ids looked through in the first step of a search; each further step takes {@link GROWTH} times as many. */
const FIRST_WINDOW = 65_536;
const GROWTH = 8;

/**
 * Finds a page of events. Ids lie in the order of the file, so the search goes through windows of ids from the end
 * where the page starts, larger each time, and stops when the page is full: the newest hundred of a busy recording
 * come out of the last row group.
 */
export class EventReader {
  readonly #payloads = new PayloadReader();

  async read(
    connection: DuckDBConnection,
    source: Source,
    query: EventQuery,
    lastId: number,
  ): Promise<readonly StoredEvent[]> {
    if (query.withoutPayload) {
      const found = await search(connection, source, query, lastId);
      return found.map(({ event }) => ({ ...event, payload: NO_PAYLOAD }));
    }
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
      const found: FoundEvent[] = [];
      const within = source.events([`id IN (${ids.join(", ")})`]);
      const result = await connection.run(`SELECT ${COLUMNS} FROM ${within} ORDER BY id`);
      for (const chunk of await result.fetchAllChunks()) readChunk(chunk, found);
      return found;
    });
  }

  /** One look at the file: between two, retention might take the payload of what was found. */
  async #withPayloads(
    connection: DuckDBConnection,
    source: Source,
    find: () => Promise<readonly FoundEvent[]>,
  ): Promise<readonly StoredEvent[]> {
    await connection.run("BEGIN TRANSACTION READ ONLY");
    try {
      const found = await find();
      const payloads = await this.#payloads.read(connection, source, found);
      return found.map(({ event }, i) => ({ ...event, payload: payloads[i]! }));
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
): Promise<FoundEvent[]> {
  const { order, limit, afterId = 0, beforeId = Number.MAX_SAFE_INTEGER, ...rest } = query;
  const newestFirst = order === "newest_first";
  const conditions = whereOf(rest);
  const found: FoundEvent[] = [];
  let low = Math.max(afterId + 1, 1);
  let high = Math.min(beforeId - 1, lastId);
  let size = Math.max(FIRST_WINDOW, limit);
  while (found.length < limit && low <= high) {
    const from = newestFirst ? Math.max(low, high - size + 1) : low;
    const to = newestFirst ? high : Math.min(high, low + size - 1);
    const within = source.events([`id BETWEEN ${from} AND ${to}`, ...conditions]);
    const result = await connection.run(
      `SELECT ${COLUMNS}
       FROM ${within} ORDER BY id ${newestFirst ? "DESC" : "ASC"} LIMIT ${limit - found.length}`,
    );
    for (const chunk of await result.fetchAllChunks()) readChunk(chunk, found);
    if (newestFirst) high = from - 1;
    else low = to + 1;
    size *= GROWTH;
  }
  return found;
}

const NO_PAYLOAD = new Uint8Array(0);

function readChunk(chunk: DuckDBDataChunk, found: FoundEvent[]): void {
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
    found.push({
      event: {
        id: Number(id[i]),
        node: node[i]!,
        ts: ts[i]!,
        kind: knownKind(kind[i]!),
        pid: pid[i]!,
        peer: peer[i]!,
        mfa: mfa[i]!,
        tag: tag[i]!,
      },
      piece: piece[i]!,
      offset: offset[i]!,
      length: length[i]!,
    });
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
