import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { batchSequence, deltaOf, processOf } from "../testing.ts";
import { spawnWithStore } from "../testing-child.ts";
import type { TraceStore } from "../trace-store.ts";
import { openDuckDbStore } from "./open.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "esrec-"));
  path = join(folder, "it's a test.esrec");
});
afterEach(() => rmSync(folder, { recursive: true }));

const payload = Uint8Array.of(97, 1);

async function record(): Promise<void> {
  const store = await openDuckDbStore(path, { mode: "create" });
  const next = batchSequence();
  const names = deltaOf({
    processes: [processOf(0, 100), processOf(1, 101)],
    functions: [{ index: 0, module: "Elixir.Counter", function: "inc", arity: 1 }],
    atoms: [{ index: 0, name: "increment" }],
  });
  store.putNode({ index: 0, name: "a@127.0.0.1", creation: 1, otp: "25", elixir: "1.14.0", timeOffset: 0n });
  store.putMeta("started_at", "2026-01-01T00:00:00Z");
  store.append(
    next([
      { kind: "send", ts: 1_700_000_000_123_456_789n, pid: 0, peer: 1, tag: 0, payload },
      { kind: "call", ts: 1_700_000_000_123_456_790n, pid: 1, mfa: 0 },
    ]),
    names,
  );
  await store.close();
}

/** Asks the file with nothing but stock DuckDB. */
async function stock(sql: string): Promise<unknown[][]> {
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  try {
    return await (await connection.run(sql)).getRowsJson();
  } finally {
    connection.disconnectSync();
    instance.closeSync();
  }
}

describe("a recording", () => {
  it("is one file that reads as it was written", async () => {
    await record();
    const store = await openDuckDbStore(path, { mode: "read" });
    expect(await store.totals()).toEqual({
      events: 2,
      byKind: { send: 1, call: 1 },
      lastId: 2,
      nextBatch: 1,
      first: 1_700_000_000_123_456_789n,
      last: 1_700_000_000_123_456_790n,
    });
    const [newest, oldest] = await store.events({ order: "newest_first", limit: 5 });
    expect(newest).toMatchObject({ id: 2, kind: "call", payload: new Uint8Array(0) });
    expect(oldest).toMatchObject({ id: 1, kind: "send", payload });
    expect((await store.meta()).get("schema_version")).toBe("3");
    expect(() => store.append(batchSequence()([{ kind: "send" }]), deltaOf())).toThrow(
      expect.objectContaining({ code: "STORE_READ_ONLY" }),
    );
    await store.close();
  });

  it("goes on where it ended", async () => {
    await record();
    let store = await openDuckDbStore(path, { mode: "append" });
    const { lastId, nextBatch } = await store.totals();
    const next = batchSequence({ firstId: lastId + 1, batch: nextBatch });
    store.append(next([{ kind: "exit", payload: Uint8Array.of(5) }]), deltaOf());
    await store.close();
    store = await openDuckDbStore(path, { mode: "read" });
    const events = await store.events({ order: "oldest_first", limit: 5 });
    expect(events.map(({ id, payload: [first] }) => [id, first])).toEqual([
      [1, 97],
      [2, undefined],
      [3, 5],
    ]);
    await store.close();
  });

  it("knows its totals without counting anew, and counts once what was recorded before it did", async () => {
    await record();
    const totals = async (mode: "read" | "append"): Promise<unknown> => {
      const store = await openDuckDbStore(path, { mode });
      const found = await store.totals();
      await store.close();
      return found;
    };
    const counted = await totals("read");
    expect(await stock("SELECT last_id, kind, count FROM counts ORDER BY kind")).toHaveLength(2);
    await stock("DROP TABLE counts");
    expect(await totals("read")).toEqual(counted);
    expect(await totals("append")).toEqual(counted);
    // Had it counted again, this would tell.
    await stock("UPDATE counts SET count = 7 * count");
    expect(await totals("read")).toMatchObject({ events: 2, byKind: { send: 7, call: 7 } });
  });

  it("is readable with stock DuckDB", async () => {
    await record();
    expect(
      await stock(
        "SELECT id, time::VARCHAR, node, kind, pid, peer, mfa, tag FROM events_readable ORDER BY id",
      ),
    ).toEqual([
      [
        "1",
        "2023-11-14 22:13:20.123456789",
        "a@127.0.0.1",
        "send",
        "<0.100.0>",
        "<0.101.0>",
        null,
        "increment",
      ],
      [
        "2",
        "2023-11-14 22:13:20.12345679",
        "a@127.0.0.1",
        "call",
        "<0.101.0>",
        null,
        "Elixir.Counter:inc/1",
        null,
      ],
    ]);
    expect(await stock("SELECT id, hex(payload) FROM payloads")).toEqual([["1", "6101"]]);
  });

  it("describes each of its columns, in the file and in the documentation", async () => {
    await record();
    const columns = (await stock(
      "SELECT table_name, column_name, comment FROM duckdb_columns() SEMI JOIN duckdb_tables() USING (table_name)",
    )) as [string, string, string | null][];
    const documentation = readFileSync(
      new URL("../../../../../docs/recording-format.md", import.meta.url),
      "utf8",
    );
    expect(columns.length).toBeGreaterThan(40);
    for (const [table, column, comment] of columns) {
      expect(comment, `${table}.${column}`).not.toBeNull();
      const section = documentation.split(`\n### \`${table}\``)[1]?.split("\n### ")[0] ?? "";
      expect(section, `${table}.${column}`).toContain(`\n| \`${column}\` |`);
    }
  });
});

/** The code of the error, or that it opened. */
const code = (mode: "create" | "append" | "read"): Promise<unknown> =>
  openDuckDbStore(path, { mode }).then(
    async (store: TraceStore) => {
      await store.close();
      return "opened";
    },
    (error: { code: string; message: string }) => {
      expect(error.message).toContain(path);
      return error.code;
    },
  );

describe("opening", () => {
  it("never overwrites a file", async () => {
    writeFileSync(path, "precious");
    expect(await code("create")).toBe("STORE_EXISTS");
    expect(readFileSync(path, "utf8")).toBe("precious");
  });

  it("says so when there is no file, or no folder for it", async () => {
    expect(await code("read")).toBe("STORE_NOT_FOUND");
    expect(await code("append")).toBe("STORE_NOT_FOUND");
    path = join(folder, "nowhere", "x.esrec");
    expect(await code("create")).toBe("STORE_IO");
  });

  it.each(["append", "read"] as const)("refuses what is not a recording (%s)", async (mode) => {
    writeFileSync(path, "a text, and no database at all".repeat(1000));
    expect(await code(mode)).toBe("STORE_NOT_A_RECORDING");
    writeFileSync(path, "");
    expect(await code(mode)).toBe("STORE_NOT_A_RECORDING");
    expect(readFileSync(path)).toHaveLength(0);
    rmSync(path);
    await stock("CREATE TABLE meta (key VARCHAR, value VARCHAR)");
    expect(await code(mode)).toBe("STORE_NOT_A_RECORDING");
    expect(await stock("SELECT table_name FROM duckdb_tables()")).toEqual([["meta"]]);
    path = folder;
    expect(await code(mode)).toBe("STORE_NOT_A_RECORDING");
  });

  it("refuses a format that is newer than it knows", async () => {
    await record();
    await stock("UPDATE meta SET value = '4' WHERE key = 'schema_version'");
    expect(await code("read")).toBe("STORE_NEWER_FORMAT");
    expect(await code("append")).toBe("STORE_NEWER_FORMAT");
  });

  it("refuses a recording cut short", async () => {
    await record();
    truncateSync(path, 20_000);
    expect(["STORE_DAMAGED", "STORE_NOT_A_RECORDING"]).toContain(await code("read"));
    truncateSync(path, 100);
    expect(["STORE_DAMAGED", "STORE_NOT_A_RECORDING"]).toContain(await code("read"));
  });

  it("says that another process has it", async () => {
    const child = spawnWithStore(`
      const recording = await store.openDuckDbStore(${JSON.stringify(path)}, { mode: "create" });
      console.log("open");
      setInterval(() => recording.backlog, 1000);
      await new Promise(() => {});
    `);
    const lines = createInterface({ input: child.stdout! });
    await once(lines, "line");
    expect(await code("read")).toBe("STORE_LOCKED");
    expect(await code("append")).toBe("STORE_LOCKED");
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(await code("read")).toBe("opened");
  });
});
