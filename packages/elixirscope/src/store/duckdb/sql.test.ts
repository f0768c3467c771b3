import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { batchSequence, deltaOf, processOf } from "../testing.ts";
import type { SqlAnswer, TraceStore } from "../trace-store.ts";
import { openDuckDbStore } from "./open.ts";

let folder: string;
let path: string;
let store: TraceStore;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "esrec-"));
  path = join(folder, "r.esrec");
  store = await openDuckDbStore(path, { mode: "create" });
  const send = { kind: "send", pid: 0, peer: 0, ts: 1_700_000_000_000_000_001n } as const;
  store.append(batchSequence()([send, send, { kind: "exit" }]), deltaOf({ processes: [processOf(0, 100)] }));
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const ask = (sql: string, limit = 100): Promise<SqlAnswer> => store.sql({ sql, limit });
const code = (sql: string): Promise<unknown> =>
  ask(sql).then(
    () => "answered",
    (error: { code: string }) => error.code,
  );

describe.each(["while it records", "when it is only read"])("SQL, %s", (when) => {
  beforeEach(async () => {
    if (when === "while it records") return;
    await store.close();
    store = await openDuckDbStore(path, { mode: "read" });
  });

  it("answers with columns and rows that are safe as JSON", async () => {
    const answer = await ask(
      "SELECT k.name AS kind, count(*) AS n, max(ts) AS last, NULL AS nothing FROM events JOIN kinds k USING (kind) GROUP BY ALL ORDER BY 1",
    );
    expect(answer.columns).toEqual([
      { name: "kind", type: "VARCHAR" },
      { name: "n", type: "BIGINT" },
      { name: "last", type: "BIGINT" },
      { name: "nothing", type: "INTEGER" },
    ]);
    expect(answer.rows).toEqual([
      ["exit", "1", "3000", null],
      ["send", "2", "1700000000000000001", null],
    ]);
    expect(JSON.parse(JSON.stringify(answer))).toEqual(answer);
  });

  it("gives no more rows than it may, and says that there are more", async () => {
    expect(await ask("SELECT id FROM events", 2)).toMatchObject({ rows: [["1"], ["2"]], more: true });
    expect(await ask("SELECT id FROM events", 3)).toMatchObject({ more: false });
    expect((await ask("SELECT range FROM range(1000000000)", 5_000)).rows).toHaveLength(5_000);
  });

  it("explains", async () => {
    expect((await ask("EXPLAIN SELECT * FROM events")).rows).toHaveLength(1);
  });

  it.each([
    "DELETE FROM events",
    "UPDATE meta SET value = 'x'",
    "INSERT INTO meta VALUES ('a', 'b')",
    "DROP TABLE events",
    "CREATE TABLE t AS SELECT 1",
    "CREATE TABLE memory.t AS SELECT 1",
    "ALTER TABLE events RENAME TO e",
    "SELECT 1; DELETE FROM events",
    "COMMIT",
    "CHECKPOINT recording",
    "COPY events TO '/tmp/never.csv'",
    "EXPORT DATABASE '/tmp/never'",
    "ATTACH ':memory:' AS other",
    "DETACH recording",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET enable_external_access = true",
    "SET memory_limit = '100GB'",
    "PRAGMA enable_profiling",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM glob('/*')",
    "SELECT * FROM read_parquet('http://127.0.0.1:1/x')",
    "EXPLAIN ANALYZE DELETE FROM events",
    "",
  ])("refuses: %s", async (sql) => {
    expect(await code(sql)).toMatch(/^STORE_(SQL_NOT_READ_ONLY|BAD_SQL)$/);
    expect(await store.count({})).toBe(3);
    expect(existsSync("/tmp/never.csv")).toBe(false);
  });

  it("says what there is, with examples that it answers", async () => {
    const { columns, examples } = await store.sqlSchema();
    expect(columns).toContainEqual({
      table: "events",
      name: "ts",
      type: "BIGINT",
      comment: expect.stringContaining("nanoseconds"),
    });
    expect(columns.some(({ table, name }) => table === "events_readable" && name === "time")).toBe(true);
    for (const { sql } of examples) await ask(sql);
  });

  it("says what is wrong, and where", async () => {
    await expect(ask("SELECT nonsense FROM events")).rejects.toMatchObject({ code: "STORE_BAD_SQL" });
    await expect(ask("SELECT nonsense FROM events")).rejects.toThrow(/nonsense(.|\n)*LINE 1/);
    await expect(ask("SELEC 1")).rejects.toThrow(/syntax error/);
  });

  it("ends what takes too long", async () => {
    const sql = "SELECT count(*) FROM range(100000000000) a, range(1000) b WHERE a.range % 7 = b.range";
    await expect(store.sql({ sql, limit: 1, longestMs: 300 })).rejects.toMatchObject({
      code: "STORE_SQL_TOO_LONG",
    });
    expect((await ask("SELECT 1")).rows).toEqual([[1]]);
  });

  it("is stopped when nobody waits for the answer any more, and answers the next one", async () => {
    const asker = new AbortController();
    const answer = store.sql({
      sql: "SELECT count(*) FROM range(100000000000) a, range(1000) b WHERE a.range % 7 = b.range",
      limit: 1,
      signal: asker.signal,
    });
    const ended = answer.then(
      () => "answered",
      (error: { code: string }) => error.code,
    );
    await ask("SELECT 1");
    asker.abort();
    expect(await ended).toBe("STORE_SQL_STOPPED");
    const late = store.sql({ sql: "SELECT 1", limit: 1, signal: asker.signal });
    await expect(late).rejects.toMatchObject({ code: "STORE_SQL_STOPPED" });
    expect((await ask("SELECT count(*) FROM events")).rows).toEqual([["3"]]);
  });
});

it("goes on recording beside it, also past a merge of the log", async () => {
  writeFileSync(join(folder, "other.csv"), "a\n1\n");
  expect(await code(`SELECT * FROM '${join(folder, "other.csv")}'`)).toBe("STORE_SQL_NOT_READ_ONLY");
  const next = batchSequence({ firstId: 4, batch: 1 });
  for (let i = 0; i < 5; i++) {
    store.append(next([{ kind: "send" }]), deltaOf());
    expect((await ask("SELECT count(*)::INTEGER FROM events")).rows).toEqual([[4 + i]]);
    await store.flush();
  }
});
