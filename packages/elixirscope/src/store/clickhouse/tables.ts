import type { AtomEntry, FunctionEntry, Gap, GapCause, NodeEntry, ProcessEntry } from "../../model/index.ts";
import type { Pin } from "../keep.ts";
import type { Removal } from "../removals.ts";
import { rowsOf } from "./rows.ts";
import type { Server } from "./server.ts";

export async function readPins(server: Server): Promise<Pin[]> {
  const rows = rowsOf<[string, bigint, bigint]>(
    await server.blocks(
      "SELECT name, from_ts, to_ts FROM pins FINAL WHERE dropped = 0 ORDER BY from_ts, name",
    ),
  );
  return rows.map(([name, from, to]) => ({ name, from, to }));
}

/** What retention took away, and the number of its last pass. */
export interface Removals {
  readonly pass: bigint;
  readonly rows: readonly Removal[];
}

export async function readRemovals(server: Server): Promise<Removals> {
  const rows = rowsOf<[bigint, number, bigint, bigint, bigint, bigint, string]>(
    await server.blocks(
      `SELECT pass, node, first_id, last_id, from_ts, to_ts, dropped FROM removals
       WHERE pass = (SELECT max(pass) FROM removals) ORDER BY first_id, node`,
    ),
  );
  return {
    pass: rows[0]?.[0] ?? 0n,
    rows: rows.map(([, node, firstId, lastId, from, to, dropped]) => ({
      node,
      firstId: Number(firstId),
      lastId: Number(lastId),
      from,
      to,
      dropped: JSON.parse(dropped) as Removal["dropped"],
    })),
  };
}

/** The least `ts` of a recording, without what is left of batches that retention emptied. */
export async function readFirst(server: Server, removals: readonly Removal[]): Promise<bigint | undefined> {
  const emptied = removals.map(
    ({ firstId, lastId }) => `AND NOT (first_id BETWEEN ${firstId} AND ${lastId})`,
  );
  const [row] = rowsOf<[bigint, bigint]>(
    await server.blocks(`SELECT min(first_ts), count() FROM batches FINAL WHERE 1 ${emptied.join(" ")}`),
  );
  return row && row[1] > 0n ? row[0] : undefined;
}

/** Gaps as they came, and behind them what retention took away. */
export async function readGaps(server: Server): Promise<Gap[]> {
  const rows = rowsOf<[number, bigint, bigint, GapCause, string]>(
    await server.blocks("SELECT node, from_ts, to_ts, cause, dropped FROM gaps ORDER BY seq"),
  );
  const recorded = rows.map(([node, from, to, cause, dropped]) => ({
    node,
    from,
    to,
    cause,
    dropped: JSON.parse(dropped) as Gap["dropped"],
  }));
  const removed = (await readRemovals(server)).rows.map(
    ({ node, from, to, dropped }): Gap => ({ node, from, to, cause: "retention", dropped }),
  );
  return [...recorded, ...removed];
}

export async function readNodes(server: Server): Promise<NodeEntry[]> {
  const rows = rowsOf<[number, string, number, string, string, bigint]>(
    await server.blocks(
      "SELECT node, name, creation, otp, elixir, time_offset FROM nodes FINAL ORDER BY node",
    ),
  );
  return rows.map(([index, name, creation, otp, elixir, timeOffset]) => ({
    index,
    name,
    creation,
    otp,
    elixir,
    timeOffset,
  }));
}

export async function readMeta(server: Server): Promise<Map<string, string>> {
  return new Map(
    rowsOf<[string, string]>(await server.blocks("SELECT key, value FROM meta FINAL ORDER BY key")),
  );
}

/** The whole dictionary. */
export async function readDictionary(server: Server): Promise<{
  processes: ProcessEntry[];
  functions: FunctionEntry[];
  atoms: AtomEntry[];
}> {
  const processes = rowsOf<[number, string, number, number, number]>(
    await server.blocks("SELECT process, node, id, serial, creation FROM processes ORDER BY process"),
  );
  const functions = rowsOf<[number, string, string, number]>(
    await server.blocks("SELECT mfa, module, function, arity FROM functions ORDER BY mfa"),
  );
  const atoms = rowsOf<[number, string]>(await server.blocks("SELECT atom, name FROM atoms ORDER BY atom"));
  return {
    processes: processes.map(([index, node, id, serial, creation]) => ({
      index,
      node,
      id,
      serial,
      creation,
    })),
    functions: functions.map(([index, module, name, arity]) => ({ index, module, function: name, arity })),
    atoms: atoms.map(([index, name]) => ({ index, name })),
  };
}
