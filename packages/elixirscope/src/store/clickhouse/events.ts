import { ElixirScopeError, kindOf } from "../../model/index.ts";
import type { Role } from "../past.ts";
import type { EventFilter, EventQuery, StoredEvent } from "../trace-store.ts";
import { whereOf } from "../where.ts";
import type { Block } from "./native.ts";
import { bigintsOf, bytesOf, intsOf } from "./rows.ts";
import type { Server } from "./server.ts";

const COLUMNS = "id, ts, node, kind, pid, peer, mfa, tag";

/** Rows lie by id, so that a page is read from the end where it starts, and no further than it goes. */
export async function readEvents(
  server: Server,
  query: EventQuery,
  lastId: number,
): Promise<readonly StoredEvent[]> {
  if (query.limit === 0) return [];
  const conditions = [`id <= ${lastId}`, ...whereOf(query)];
  const order = query.order === "newest_first" ? "DESC" : "ASC";
  return eventsOf(
    await server.blocks(
      `SELECT ${COLUMNS}${query.withoutPayload ? "" : ", payload"} FROM events
       WHERE ${conditions.join(" AND ")} ORDER BY id ${order} LIMIT ${query.limit}`,
    ),
  );
}

/** Events of these ids, by id. */
export async function readByIds(
  server: Server,
  ids: readonly number[],
  lastId: number,
): Promise<readonly StoredEvent[]> {
  const known = ids.filter((id) => id <= lastId);
  if (known.length === 0) return [];
  return eventsOf(
    await server.blocks(
      `SELECT ${COLUMNS}, payload FROM events WHERE id IN (${known.join(", ")}) ORDER BY id`,
    ),
  );
}

/** Of each process in a role its newest events, by id. */
export async function readNewestEach(
  server: Server,
  filter: EventFilter,
  role: Role,
  each: number,
  lastId: number,
): Promise<readonly StoredEvent[]> {
  if (each === 0) return [];
  const conditions = [`id <= ${lastId}`, `${role} >= 0`, ...whereOf(filter)];
  return eventsOf(
    await server.blocks(
      `SELECT ${COLUMNS}, payload FROM (SELECT ${COLUMNS}, payload FROM events WHERE ${conditions.join(" AND ")}
       ORDER BY id DESC LIMIT ${each} BY ${role}) ORDER BY id`,
    ),
  );
}

const NO_PAYLOAD = new Uint8Array(0);

function eventsOf(blocks: readonly Block[]): StoredEvent[] {
  return blocks.flatMap(({ rows, columns }) => {
    const [id, ts] = [bigintsOf(columns[0]), bigintsOf(columns[1])];
    const [node, kind, pid, peer, mfa, tag] = columns.slice(2).map(intsOf);
    const payload = columns.length > 8 ? bytesOf(columns[8]) : [];
    return Array.from({ length: rows }, (_, i) => ({
      id: Number(id[i]),
      node: node![i]!,
      ts: ts[i]!,
      kind: knownKind(kind![i]!),
      pid: pid![i]!,
      peer: peer![i]!,
      mfa: mfa![i]!,
      tag: tag![i]!,
      // In memory of its own: the answer that it came in may be a thousand times as large.
      payload: payload[i]?.byteLength ? Uint8Array.from(payload[i]) : NO_PAYLOAD,
    }));
  });
}

function knownKind(code: number): StoredEvent["kind"] {
  const kind = kindOf(code);
  if (kind) return kind;
  throw new ElixirScopeError(
    "STORE_DAMAGED",
    `The recording holds an event of unknown kind ${code}; a newer ElixirScope wrote it, or it is damaged.`,
    { kind: code },
  );
}
