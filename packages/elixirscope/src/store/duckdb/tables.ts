import type { DuckDBConnection, DuckDBValue } from "@duckdb/node-api";
import type { AtomEntry, FunctionEntry, Gap, GapCause, NodeEntry, ProcessEntry } from "../../model/index.ts";
import type { Pin } from "../keep.ts";
import type { Removal } from "../removals.ts";

/** SQL and the values of its parameters. */
export type Prepared = [sql: string, values: DuckDBValue[]];

export const putMeta = (key: string, value: string): Prepared => [
  "INSERT OR REPLACE INTO recording.meta VALUES ($1, $2)",
  [key, value],
];

export const putNode = (node: NodeEntry): Prepared => [
  "INSERT OR REPLACE INTO recording.nodes VALUES ($1, $2, $3, $4, $5, $6)",
  [node.index, node.name, node.creation, node.otp, node.elixir, node.timeOffset],
];

export const addGap = (gap: Gap): Prepared => [
  "INSERT INTO recording.gaps VALUES ($1, $2, $3, $4, $5)",
  [gap.node, gap.from, gap.to, gap.cause, JSON.stringify(gap.dropped)],
];

export const putPin = ({ name, from, to }: Pin): Prepared => [
  "INSERT OR REPLACE INTO recording.pins VALUES ($1, $2, $3)",
  [name, from, to],
];

export const dropPin = (name: string): Prepared => ["DELETE FROM recording.pins WHERE name = $1", [name]];

export async function readPins(connection: DuckDBConnection): Promise<Pin[]> {
  if (!(await hasTable(connection, "pins"))) return [];
  const rows = await rowsOf<[string, bigint, bigint]>(
    connection,
    "SELECT name, from_ts, to_ts FROM recording.pins ORDER BY from_ts, name",
  );
  return rows.map(([name, from, to]) => ({ name, from, to }));
}

export async function readRemovals(connection: DuckDBConnection): Promise<Removal[]> {
  if (!(await hasTable(connection, "removals"))) return [];
  const rows = await rowsOf<[number, bigint, bigint, bigint, bigint, string]>(
    connection,
    "SELECT node, first_id, last_id, from_ts, to_ts, dropped FROM recording.removals ORDER BY first_id, node",
  );
  return rows.map(([node, firstId, lastId, from, to, dropped]) => ({
    node,
    firstId: Number(firstId),
    lastId: Number(lastId),
    from,
    to,
    dropped: JSON.parse(dropped) as Removal["dropped"],
  }));
}

/** These in place of those before. */
export async function writeRemovals(
  connection: DuckDBConnection,
  removals: readonly Removal[],
): Promise<void> {
  await connection.run("DELETE FROM recording.removals");
  for (const { node, firstId, lastId, from, to, dropped } of removals) {
    await connection.run("INSERT INTO recording.removals VALUES ($1, $2, $3, $4, $5, $6)", [
      node,
      BigInt(firstId),
      BigInt(lastId),
      from,
      to,
      JSON.stringify(dropped),
    ]);
  }
}

/** The least `ts` of a recording, without what is left of batches that retention emptied. */
export async function readFirst(connection: DuckDBConnection): Promise<bigint | undefined> {
  const emptied = (await hasTable(connection, "removals"))
    ? "WHERE NOT EXISTS (SELECT 1 FROM recording.removals r WHERE r.node = b.node AND b.first_id BETWEEN r.first_id AND r.last_id)"
    : "";
  const [row] = await rowsOf<[bigint | null]>(
    connection,
    `SELECT min(first_ts) FROM recording.batches b ${emptied}`,
  );
  return row?.[0] ?? undefined;
}

/** Recordings made by earlier versions of ElixirScope lack some. */
export async function hasTable(
  connection: DuckDBConnection,
  table: string,
  database: string = "recording",
): Promise<boolean> {
  const found = await rowsOf<[string]>(
    connection,
    `SELECT table_name FROM duckdb_tables() WHERE database_name = '${database}' AND table_name = '${table}'`,
  );
  return found.length > 0;
}

/** Names of all tables of the recording. */
export async function tableNames(connection: DuckDBConnection): Promise<ReadonlySet<string>> {
  const found = await rowsOf<[string]>(
    connection,
    "SELECT table_name FROM duckdb_tables() WHERE database_name = 'recording'",
  );
  return new Set(found.map(([name]) => name));
}

/** Gaps as they came, and behind them what retention took away. */
export async function readGaps(connection: DuckDBConnection): Promise<Gap[]> {
  const removed = (await readRemovals(connection)).map(
    ({ node, from, to, dropped }): Gap => ({ node, from, to, cause: "retention", dropped }),
  );
  return [...(await readRecordedGaps(connection)), ...removed];
}

async function readRecordedGaps(connection: DuckDBConnection): Promise<Gap[]> {
  const rows = await rowsOf<[number, bigint, bigint, GapCause, string]>(
    connection,
    "SELECT node, from_ts, to_ts, cause, dropped FROM recording.gaps ORDER BY rowid",
  );
  return rows.map(([node, from, to, cause, dropped]) => ({
    node,
    from,
    to,
    cause,
    dropped: JSON.parse(dropped) as Gap["dropped"],
  }));
}

export async function readNodes(connection: DuckDBConnection): Promise<NodeEntry[]> {
  const rows = await rowsOf<[number, string, number, string, string, bigint]>(
    connection,
    "SELECT node, name, creation, otp, elixir, time_offset FROM recording.nodes ORDER BY node",
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

export async function readMeta(connection: DuckDBConnection): Promise<Map<string, string>> {
  return new Map(
    await rowsOf<[string, string]>(connection, "SELECT key, value FROM recording.meta ORDER BY key"),
  );
}

/** The whole dictionary. */
export async function readDictionary(connection: DuckDBConnection): Promise<{
  processes: ProcessEntry[];
  functions: FunctionEntry[];
  atoms: AtomEntry[];
}> {
  const processes = await rowsOf<[number, string, number, number, number]>(
    connection,
    "SELECT process, node, id, serial, creation FROM recording.processes ORDER BY process",
  );
  const functions = await rowsOf<[number, string, string, number]>(
    connection,
    "SELECT mfa, module, function, arity FROM recording.functions ORDER BY mfa",
  );
  const atoms = await rowsOf<[number, string]>(
    connection,
    "SELECT atom, name FROM recording.atoms ORDER BY atom",
  );
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

export async function rowsOf<Row extends readonly unknown[]>(
  connection: DuckDBConnection,
  sql: string,
): Promise<Row[]> {
  const result = await connection.run(sql);
  return (await result.getRowsJS()) as unknown as Row[];
}
