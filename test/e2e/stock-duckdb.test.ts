import { readFileSync } from "node:fs";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, expect, it } from "vitest";
import { CliWorld } from "./support/cli-process.ts";
import { unpacked } from "./support/recordings.ts";

// A recording as anybody opens it: DuckDB's own client, and nothing of ours.

const DOCUMENT = readFileSync(new URL("../../docs/recording-format.md", import.meta.url), "utf8");
const RECORDINGS = ["phoenix-1.7", "phoenix-1.8", "cowboy"] as const;

let world: CliWorld;
beforeAll(async () => {
  world = await CliWorld.create({ epmdPort: 1 });
});
afterAll(() => world.remove());

async function opened<T>(name: string, ask: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  const instance = await DuckDBInstance.create(unpacked(world, name), { access_mode: "READ_ONLY" });
  const connection = await instance.connect();
  try {
    return await ask(connection);
  } finally {
    connection.disconnectSync();
    instance.closeSync();
  }
}

/** What the document shows as typed: behind `D `, and in blocks of `sql`. */
const QUERIES: readonly string[] = [
  ...Array.from(DOCUMENT.matchAll(/^D (.+;)$/gm), ([, query]) => query!),
  ...Array.from(DOCUMENT.matchAll(/^```sql\n([\s\S]+?)^```/gm), ([, block]) => block!.split(/;\n/))
    .flat()
    .filter((query) => query.trim() !== ""),
];

/** `table.column type` of the document's tables. */
const COLUMNS: readonly string[] = Array.from(
  DOCUMENT.matchAll(/^### `(\w+)`\n([\s\S]+?)(?=^##|\s*$(?![\s\S]))/gm),
  ([, table, text]) =>
    Array.from(
      text!.matchAll(/^\| `(\w+)` \| ([A-Z]+) \|/gm),
      ([, column, type]) => `${table}.${column} ${type}`,
    ),
).flat();

it.each(RECORDINGS)("stock DuckDB answers the queries of the document about %s [export.stock]", (name) =>
  opened(name, async (connection) => {
    expect(QUERIES.length).toBeGreaterThan(6);
    for (const query of QUERIES) {
      const answer = await connection.runAndReadAll(query);
      expect({ query, rows: answer.currentRowCount > 0 }).toEqual({ query, rows: true });
    }
  }),
);

it("the tables are those of the document [export.stock]", async () => {
  const file = world.path("new.esrec");
  const { openDuckDbStore } = await import("elixirscope/store");
  await (await openDuckDbStore(file, { mode: "create" })).close();
  const instance = await DuckDBInstance.create(file, { access_mode: "READ_ONLY" });
  const connection = await instance.connect();
  const answer = await connection.runAndReadAll(
    `SELECT c.table_name || '.' || c.column_name || ' ' || c.data_type FROM duckdb_columns() c
     JOIN duckdb_tables() t USING (table_oid) WHERE NOT c.internal ORDER BY ALL`,
  );
  expect(answer.getRowsJS().map(([text]) => text)).toEqual([...COLUMNS].sort());
  connection.disconnectSync();
  instance.closeSync();
});
