import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openStore } from "../open-store.ts";
import { batchSequence, deltaOf, processOf } from "../testing.ts";
import type { TraceStore } from "../trace-store.ts";
import { encodeBlock } from "./native.ts";
import { rowsOf } from "./rows.ts";
import { columnsOf } from "./schema.ts";
import { Server } from "./server.ts";
import { TestServer } from "./testing-server.ts";

const NAME = "clickhouse:away";
let engine: TestServer;
let store: TraceStore;
let next: ReturnType<typeof batchSequence>;
beforeEach(async () => {
  next = batchSequence();
  engine = await TestServer.start();
  store = await openStore(NAME, { mode: "create", env: engine.env });
});
afterEach(async () => {
  await store.close().catch(() => undefined);
  await engine.stop();
});

function appendMany(batches: number): void {
  for (let b = 0; b < batches; b++) {
    const batch = next(Array.from({ length: 100 }, (_, i) => ({ kind: "send", payload: Uint8Array.of(i) })));
    store.append(batch, deltaOf({ processes: [processOf(batch.batch)] }));
  }
}

/** Resolves when the store says of itself that it is so. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await delay(20);
}

/** All events that were appended, once each, and so their names and batches. */
async function expectAll(): Promise<void> {
  const { lastId, nextBatch } = await store.totals();
  const server = new Server(engine.address, "elixirscope_away");
  const counts = await server.blocks("SELECT count(), uniqExact(id) FROM events");
  const names = await server.blocks("SELECT count(), uniqExact(process) FROM processes");
  const batches = await server.blocks("SELECT count(), uniqExact(batch) FROM batches");
  await server.close();
  expect([...rowsOf(counts), ...rowsOf(names), ...rowsOf(batches)].map((row) => row.map(Number))).toEqual([
    [lastId, lastId],
    [nextBatch, nextBatch],
    [nextBatch, nextBatch],
  ]);
}

describe("a server that goes away while a recording is made", () => {
  it("is waited for: nothing is lost, nothing is there twice", async () => {
    appendMany(20);
    await store.flush();
    await engine.kill();
    appendMany(20);
    await until(() => store.trouble !== undefined);
    expect(store.trouble).toMatchObject({ code: "STORE_UNREACHABLE" });
    // Whoever appends is told to slow down by what waits.
    const before = store.backlog;
    expect(before).toBeGreaterThan(0);
    appendMany(20);
    expect(store.backlog).toBeGreaterThan(before);
    await expect(store.count({ pids: [1] })).rejects.toMatchObject({ code: "STORE_UNREACHABLE" });
    await engine.restart();
    await until(() => store.trouble === undefined && store.backlog === 0);
    appendMany(20);
    await store.flush();
    expect(await store.count({ kinds: ["send"] })).toBe((await store.totals()).lastId);
    await expectAll();
  });

  it("takes what it had taken once only, though nobody heard that it had", async () => {
    // What a connection that broke off leaves behind: the same insert comes again, with its token.
    const server = new Server(engine.address, "elixirscope_away");
    const columns = columnsOf("atoms");
    columns[0]!.push(1);
    columns[1]!.push("twice");
    for (let i = 0; i < 3; i++) await server.insert("atoms", encodeBlock(columns, 1), "same");
    expect((await store.dictionary()).atoms).toEqual([{ index: 1, name: "twice" }]);
    await server.close();
  });

  it("has a full disk: it is said, and goes on when there is room", async () => {
    appendMany(5);
    await store.flush();
    const server = new Server(engine.address, "elixirscope_away");
    const keepFree = (bytes: number): Promise<void> =>
      server.command(`ALTER TABLE events MODIFY SETTING min_free_disk_bytes_to_perform_insert = ${bytes}`);
    await keepFree(10 ** 17);
    appendMany(5);
    await until(() => store.trouble !== undefined);
    expect(store.trouble).toMatchObject({
      code: "STORE_NO_SPACE",
      message: expect.stringContaining("disk is full"),
    });
    await keepFree(0);
    await until(() => store.trouble === undefined);
    await store.flush();
    await expectAll();
    await server.close();
  });

  it("has dropped the recording: that is for good, and said at once", async () => {
    appendMany(5);
    await store.flush();
    const server = new Server(engine.address);
    await server.command("DROP DATABASE elixirscope_away SYNC");
    await server.close();
    appendMany(5);
    await until(() => store.trouble !== undefined);
    expect(() => appendMany(1)).toThrow(expect.objectContaining({ code: "STORE_NOT_FOUND" }));
    await expect(store.close()).rejects.toMatchObject({ code: "STORE_NOT_FOUND" });
  });

  it("does not come back: the end of the recording says so", async () => {
    appendMany(5);
    await engine.kill();
    await expect(store.close()).rejects.toMatchObject({ code: "STORE_UNREACHABLE" });
  });
});
