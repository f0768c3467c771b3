import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ElixirScopeError } from "../../model/index.ts";
import type { StoreMode } from "../duckdb/open.ts";
import { dropRecording, openStore, recordings } from "../open-store.ts";
import { batchSequence, deltaOf, processOf } from "../testing.ts";
import type { TraceStore } from "../trace-store.ts";
import { Server } from "./server.ts";
import { TestServer } from "./testing-server.ts";

const PASSWORD = "correct horse";
let engine: TestServer;
beforeAll(async () => {
  engine = await TestServer.start({ user: "scope", password: PASSWORD });
});
afterAll(() => engine.stop());

const open = (name: string, mode: StoreMode, env: NodeJS.ProcessEnv = {}): Promise<TraceStore> =>
  openStore(`clickhouse:${name}`, { mode, env: { ...engine.env, ...env } });

/** What a new recording has to say about why it was not opened. */
async function refusal(opening: Promise<TraceStore>): Promise<ElixirScopeError> {
  const error = await opening.then(
    async (store) => {
      await store.close();
      return undefined;
    },
    (thrown: ElixirScopeError) => thrown,
  );
  expect(error).toBeDefined();
  expect(`${error!.message}${JSON.stringify(error!.details)}${error!.stack}`).not.toContain(PASSWORD);
  return error!;
}

async function record(name: string): Promise<void> {
  const store = await open(name, "create");
  const next = batchSequence();
  store.putNode({ index: 0, name: "a@127.0.0.1", creation: 1, otp: "25", elixir: "1.14.0", timeOffset: 0n });
  store.putMeta("started_at", "2026-01-01T00:00:00Z");
  store.append(
    next([
      { kind: "send", ts: 10n, pid: 0, peer: 1, tag: 0, payload: Uint8Array.of(97, 1) },
      { kind: "call", ts: 20n, pid: 1, mfa: 0 },
    ]),
    deltaOf({
      processes: [processOf(0, 100), processOf(1, 101)],
      functions: [{ index: 0, module: "Elixir.Counter", function: "inc", arity: 1 }],
      atoms: [{ index: 0, name: "increment" }],
    }),
  );
  await store.close();
}

describe("a recording in ClickHouse", () => {
  it("reads as it was written, and cannot be written then", async () => {
    await record("one");
    const store = await open("one", "read");
    expect(await store.totals()).toEqual({
      events: 2,
      byKind: { send: 1, call: 1 },
      lastId: 2,
      nextBatch: 1,
      first: 10n,
      last: 20n,
    });
    expect((await store.meta()).get("schema_version")).toBe("1");
    expect(() => store.putMeta("a", "b")).toThrow(expect.objectContaining({ code: "STORE_READ_ONLY" }));
    await store.close();
  });

  it("goes on where it ended", async () => {
    await record("more");
    let store = await open("more", "append");
    const { lastId, nextBatch } = await store.totals();
    store.append(batchSequence({ firstId: lastId + 1, batch: nextBatch })([{ kind: "exit" }]), deltaOf());
    await store.close();
    store = await open("more", "read");
    expect(await store.totals()).toMatchObject({ events: 3, lastId: 3, byKind: { exit: 1 } });
    await store.close();
  });

  it("is looked at by others while it goes on: what is there when they come", async () => {
    const writer = await open("shared", "create");
    const next = batchSequence();
    writer.append(next([{ kind: "send" }]), deltaOf());
    await writer.flush();
    const viewers = await Promise.all([open("shared", "read"), open("shared", "read")]);
    writer.append(next([{ kind: "call" }, { kind: "exit" }]), deltaOf());
    await writer.flush();
    for (const viewer of viewers) {
      expect(await viewer.totals()).toMatchObject({ events: 1, lastId: 1 });
      expect(await viewer.events({ order: "newest_first", limit: 5 })).toHaveLength(1);
      expect(await viewer.count({})).toBe(1);
      await viewer.close();
    }
    const later = await open("shared", "read");
    expect(await later.totals()).toMatchObject({ events: 3, lastId: 3 });
    await later.close();
    await writer.close();
  });

  it("stands in the list of recordings until it is dropped", async () => {
    await record("listed");
    const entry = async (): Promise<unknown> =>
      (await recordings(engine.env)).find(({ recording }) => recording === "clickhouse:listed");
    expect(await entry()).toMatchObject({
      events: 2,
      startedAt: "2026-01-01T00:00:00Z",
      endedAt: "",
      nodes: ["a@127.0.0.1"],
    });
    await dropRecording("clickhouse:listed", engine.env);
    expect(await entry()).toBeUndefined();
    expect((await refusal(open("listed", "read"))).code).toBe("STORE_NOT_FOUND");
  });

  it("is not written over", async () => {
    await record("twice");
    expect(await refusal(open("twice", "create"))).toMatchObject({
      code: "STORE_EXISTS",
      message: expect.stringContaining("clickhouse:twice"),
    });
  });

  it("is not opened where it is none, or newer", async () => {
    const server = new Server(engine.address);
    await server.command("CREATE DATABASE elixirscope_other");
    expect((await refusal(open("other", "read"))).code).toBe("STORE_NOT_FOUND");
    await record("newer");
    await server.command(
      "INSERT INTO elixirscope_newer.meta VALUES ('schema_version', '99', 9999999999999999)",
    );
    expect(await refusal(open("newer", "read"))).toMatchObject({
      code: "STORE_NEWER_FORMAT",
      message: expect.stringContaining("update ElixirScope"),
    });
    await server.close();
  });

  it("counts no event whose batch did not come, and forgets it when it goes on", async () => {
    await record("killed");
    const server = new Server(engine.address);
    await server.command(
      "INSERT INTO elixirscope_killed.events (id, ts, node, kind, pid, peer, mfa, tag) VALUES (3, 30, 0, 1, -1, -1, -1, -1)",
    );
    await server.close();
    const reader = await open("killed", "read");
    expect(await reader.totals()).toMatchObject({ events: 2, lastId: 2 });
    expect(await reader.events({ order: "newest_first", limit: 1 })).toMatchObject([{ id: 2 }]);
    await reader.close();
    const store = await open("killed", "append");
    store.append(batchSequence({ firstId: 3, batch: 1 })([{ kind: "exit" }]), deltaOf());
    expect(await store.eventsByIds([3])).toMatchObject([{ kind: "exit" }]);
    expect(await store.eventsByIds([3])).toHaveLength(1);
    await store.close();
  });
});

describe("a server that is not as it should be", () => {
  it("lets nobody in with a wrong password", async () => {
    const wrong = { ELIXIRSCOPE_CLICKHOUSE_PASSWORD: "wrong" };
    expect(await refusal(open("x", "create", wrong))).toMatchObject({
      code: "STORE_NO_ACCESS",
      message: expect.stringContaining("does not let scope in"),
    });
  });

  it("is not there", async () => {
    const away = { ELIXIRSCOPE_CLICKHOUSE_URL: "http://127.0.0.1:1" };
    expect(await refusal(open("x", "create", away))).toMatchObject({
      code: "STORE_UNREACHABLE",
      message: expect.stringContaining("http://127.0.0.1:1 cannot be reached"),
    });
  });

  it("is too old", async () => {
    const old = await answering("18.16.1");
    expect(await refusal(open("x", "create", urlOf(old)))).toMatchObject({
      code: "STORE_OLD_SERVER",
      message: expect.stringContaining("needs 24.8 or newer"),
    });
    old.close();
  });

  it("is something else", async () => {
    const other = createServer((_, response) => response.end("<html>"));
    await listening(other);
    expect((await refusal(open("x", "read", urlOf(other)))).code).toBe("STORE_IO");
    other.close();
  });
});

/** A server of another version, as far as it is asked for that. */
async function answering(version: string): Promise<HttpServer> {
  const text = Buffer.concat([
    Buffer.from("\u0001\u0001\u0009version()\u0006String", "latin1"),
    Buffer.of(version.length),
    Buffer.from(version),
  ]);
  const server = createServer((_, response) => response.end(text));
  await listening(server);
  return server;
}

const listening = (server: HttpServer): Promise<void> =>
  new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));

const urlOf = (server: HttpServer): NodeJS.ProcessEnv => ({
  ELIXIRSCOPE_CLICKHOUSE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
});
