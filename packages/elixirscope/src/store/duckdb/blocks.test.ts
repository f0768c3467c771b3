import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, it } from "vitest";
import { batchSequence, deltaOf, type EventSpec } from "../testing.ts";
import type { EventFilter, TraceStore } from "../trace-store.ts";
import { openDuckDbStore } from "./open.ts";

// That summaries say the same as the events is shown by `property.test.ts`; here: when they come and go.

let folder: string;
let path: string;
let store: TraceStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "esrec-"));
  path = join(folder, "blocks.esrec");
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const NONE = deltaOf();
const KINDS = ["send", "receive", "exit", "state"] as const;

/** Batches of eight events of five processes. */
function fill(next: ReturnType<typeof batchSequence>, batches: number): void {
  for (let b = 0; b < batches; b++) {
    const events = Array.from(
      { length: 8 },
      (_, i): EventSpec => ({
        kind: KINDS[(b + i) % 4]!,
        pid: (b * i) % 5,
        peer: i % 5,
        payload: Uint8Array.of(b, i),
      }),
    );
    store.append(next(events), NONE);
  }
}

const blocks = async (): Promise<unknown> =>
  (await store.sql({ sql: "SELECT count(DISTINCT block)::INTEGER FROM blocks", limit: 1 })).rows[0]?.[0];

const FILTERS: readonly EventFilter[] = [
  {},
  { kinds: ["exit", "state"] },
  { processes: [2] },
  { processes: [1, 2] },
  { pids: [0], kinds: ["send"] },
  { peers: [3], afterId: 100 },
  { pids: [4], from: 200_000n, to: 900_000n },
];

/** The rows of rare kinds are there twice, and no others. */
async function rareAreRight(): Promise<void> {
  const kinds =
    "(SELECT kind FROM kinds WHERE name IN ('send', 'receive', 'call', 'return', 'state', 'dispatch', 'line'))";
  const rare = `SELECT * FROM events WHERE kind NOT IN ${kinds}`;
  const differ = (a: string, b: string): string => `(SELECT count(*) FROM (${a} EXCEPT ALL ${b}))::INTEGER`;
  const twice = "SELECT * FROM rare_events";
  const { rows } = await store.sql({
    sql: `SELECT ${differ(rare, twice)}, ${differ(twice, rare)}, (SELECT count(*) FROM rare_events)::INTEGER`,
    limit: 1,
  });
  expect(rows[0]?.slice(0, 2)).toEqual([0, 0]);
  expect(rows[0]?.[2]).toBeGreaterThan(0);
}

async function countsAreRight(): Promise<void> {
  await rareAreRight();
  for (const filter of FILTERS) {
    const found = await store.events({ ...filter, order: "newest_first", limit: 100_000 });
    expect(await store.count(filter)).toBe(found.length);
  }
}

it("comes with the events, and goes with those that retention takes away", async () => {
  store = await openDuckDbStore(path, { mode: "create", blockIds: 64, keep: { events: 400 } });
  const next = batchSequence();
  fill(next, 40);
  await store.flush();
  await countsAreRight();
  const before = await blocks();
  expect(before).toBeGreaterThan(0);
  for (let round = 0; round < 12; round++) {
    fill(next, 8);
    await store.flush();
    await countsAreRight();
  }
  const left = await store.sql({ sql: "SELECT min(from_id)::INTEGER FROM blocks", limit: 1 });
  expect(left.rows[0]?.[0]).toBeGreaterThan(0);
  await store.close();
  store = await openDuckDbStore(path, { mode: "read" });
  await countsAreRight();
});

it("goes on with a recording of the first version, which has neither", async () => {
  const packed = new URL("../../../../../test/recordings/phoenix-1.8.esrec.gz", import.meta.url);
  writeFileSync(path, gunzipSync(readFileSync(packed)));
  store = await openDuckDbStore(path, { mode: "append", blockIds: 1_000 });
  const { lastId, nextBatch } = await store.totals();
  const all = { order: "newest_first", limit: 100_000 } as const;
  const told = async (): Promise<string> =>
    (await store.events({ ...all, beforeId: lastId + 1 }))
      .map(({ id, payload }) => `${id} ${Buffer.from(payload).toString("hex")}`)
      .join("\n");
  const before = await told();
  const next = batchSequence({ firstId: lastId + 1, batch: nextBatch });
  for (let round = 0; round < 3; round++) {
    fill(next, 2);
    await store.flush();
  }
  expect((await told()) === before).toBe(true);
  await rareAreRight();
  expect(await blocks()).toBeGreaterThan(1);
  expect(await store.count({ kinds: ["exit"], pids: [2] })).toBe(
    (await store.events({ ...all, kinds: ["exit"], pids: [2] })).length,
  );
  const { rows } = await store.sql({
    sql: "SELECT (SELECT count(*) FROM payloads)::INTEGER, (SELECT count(*) FROM events WHERE payload_length > 0)::INTEGER",
    limit: 1,
  });
  expect(rows[0]?.[0]).toBe(rows[0]?.[1]);
});
