import { once } from "node:events";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openStore } from "../open-store.ts";
import { spawnWithStore } from "../testing-child.ts";
import { TestServer } from "./testing-server.ts";

let engine: TestServer;
beforeEach(async () => {
  engine = await TestServer.start();
});
afterEach(() => engine.stop());

/**
 * Appends 100 events every millisecond or so, and says at each batch: id, milliseconds that it ran by then. A round that
 * takes more than 50 was held up by the machine, and its writer with it.
 */
const RECORD_FOR_EVER = (env: NodeJS.ProcessEnv): string => `
  const recording = await store.openStore("clickhouse:killed", { mode: "create", env: ${JSON.stringify(env)} });
  const next = testing.batchSequence();
  let [ran, last] = [0, performance.now()];
  for (let i = 0; ; i++) {
    const payload = new TextEncoder().encode("payload of batch " + i);
    const events = Array.from({ length: 100 }, (_, k) => ({ kind: "send", pid: i, tag: k, payload }));
    const batch = next(events);
    recording.append(batch, { processes: [testing.processOf(i)], functions: [], atoms: [] });
    ran += Math.min(performance.now() - last, 50);
    last = performance.now();
    process.stdout.write(JSON.stringify([batch.firstId + 99, ran]) + "\\n");
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
`;

/** The server has the same two processors as the writer: an insert may take as long as it waits for its turn. */
const LOST_MS = 2_000;

it("loses no more than about the last second when the writer is killed", async () => {
  const child = spawnWithStore(RECORD_FOR_EVER(engine.env));
  const appended: [id: number, ms: number][] = [];
  for await (const line of createInterface({ input: child.stdout! })) {
    appended.push(JSON.parse(line) as [number, number]);
    if (appended.at(-1)![1] >= 3_000) break;
  }
  child.kill("SIGKILL");
  await once(child, "exit");

  const store = await openStore("clickhouse:killed", { mode: "append", env: engine.env });
  const { lastId, events, nextBatch } = await store.totals();
  const [, endedAt] = appended.at(-1)!;
  for (const [id, ms] of appended) if (id > lastId) expect(endedAt - ms).toBeLessThan(LOST_MS);
  expect(events).toBe(lastId);
  expect(await store.count({ kinds: ["send"] })).toBe(lastId);
  const [newest] = await store.events({ order: "newest_first", limit: 1 });
  expect(newest!.id).toBe(lastId);
  expect(new TextDecoder().decode(newest!.payload)).toBe(`payload of batch ${newest!.pid}`);
  expect((await store.dictionary()).processes.length).toBeGreaterThanOrEqual(nextBatch);
  await store.close();
});
