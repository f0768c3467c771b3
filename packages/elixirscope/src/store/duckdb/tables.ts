import type { DuckDBConnection, DuckDBValue } from "@duckdb/node-api";
import type { AtomEntry, FunctionEntry, Gap, GapCause, NodeEntry, ProcessEntry } from "../../model/index.ts";

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

export async function readGaps(connection: DuckDBConnection): Promise<Gap[]> {
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

async function rowsOf<Row extends readonly unknown[]>(
  connection: DuckDBConnection,
  sql: string,
): Promise<Row[]> {
  const result = await connection.run(sql);
  return (await result.getRowsJS()) as unknown as Row[];
}
