import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openStore } from "../open-store.ts";
import { batchSequence, deltaOf, processOf } from "../testing.ts";
import type { TraceStore } from "../trace-store.ts";
import { TestServer } from "./testing-server.ts";

let engine: TestServer;
let store: TraceStore;
beforeAll(async () => {
  engine = await TestServer.start();
  store = await openStore("clickhouse:sql", { mode: "create", env: engine.env });
  store.putNode({ index: 0, name: "a@127.0.0.1", creation: 1, otp: "25", elixir: "", timeOffset: 0n });
  store.putMeta("note", "first");
  store.putMeta("note", "last");
  store.append(
    batchSequence()([
      {
        kind: "send",
        ts: 1_700_000_000_123_456_789n,
        pid: 0,
        peer: 1,
        tag: 0,
        payload: Uint8Array.of(97, 255),
      },
      { kind: "call", ts: 1_700_000_000_123_456_790n, pid: 1, mfa: 0 },
    ]),
    deltaOf({
      processes: [processOf(0, 100), processOf(1, 101)],
      functions: [{ index: 0, module: "Elixir.Counter", function: "inc", arity: 1 }],
      atoms: [{ index: 0, name: "increment" }],
    }),
  );
});
afterAll(async () => {
  await store.close();
  await engine.stop();
});

const rows = async (sql: string, limit = 100): Promise<unknown> => (await store.sql({ sql, limit })).rows;

describe("SQL of a person, in ClickHouse", () => {
  it("is answered with names and types, big numbers as texts", async () => {
    expect(await store.sql({ sql: "SELECT id, ts FROM events ORDER BY id;", limit: 1 })).toEqual({
      columns: [
        { name: "id", type: "Int64" },
        { name: "ts", type: "Int64" },
      ],
      rows: [["1", "1700000000123456789"]],
      more: true,
    });
  });

  it("knows the views of a recording in a file", async () => {
    expect(
      await rows(
        "SELECT id, time, node, kind, pid, peer, mfa, tag, payload_length FROM events_readable ORDER BY id",
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
        2,
      ],
      [
        "2",
        "2023-11-14 22:13:20.123456790",
        "a@127.0.0.1",
        "call",
        "<0.101.0>",
        null,
        "Elixir.Counter:inc/1",
        null,
        0,
      ],
    ]);
    expect(await rows("SELECT id, hex(payload) FROM payloads")).toEqual([["1", "61FF"]]);
    expect(await rows("SELECT name, count FROM counts JOIN kinds USING kind ORDER BY name")).toEqual([
      ["call", "1"],
      ["send", "1"],
    ]);
  });

  it("sees the last word of what was written twice", async () => {
    expect(await rows("SELECT value FROM meta WHERE key = 'note'")).toEqual([["last"]]);
  });

  it.each([
    "DROP TABLE events",
    "INSERT INTO atoms VALUES (1, 'x')",
    "ALTER TABLE events DELETE WHERE 1",
    "SELECT * FROM file('/etc/passwd', 'LineAsString')",
    "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
    "SELECT 1 SETTINGS readonly = 0",
  ])("only looks, and only here: %s", async (sql) => {
    await expect(rows(sql)).rejects.toMatchObject({ code: "STORE_SQL_NOT_READ_ONLY" });
    expect(await store.count({})).toBe(2);
  });

  it("says what is wrong with it", async () => {
    await expect(rows("SELECT nothing FROM events")).rejects.toMatchObject({
      code: "STORE_BAD_SQL",
      message: expect.stringContaining("nothing"),
    });
  });

  it("is ended when it takes too long", async () => {
    const sql = "SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1";
    await expect(store.sql({ sql, limit: 1, longestMs: 300 })).rejects.toMatchObject({
      code: "STORE_SQL_TOO_LONG",
    });
  });
});
