import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, it } from "vitest";
import { spawnWithStore } from "../testing-child.ts";
import { openDuckDbStore } from "./open.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "esrec-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/**
 * Appends 100 events every millisecond or so, and says at each batch: id, milliseconds that it ran by then. A round that
 * takes more than 50 was held up by the machine, and its writer with it.
 */
const RECORD_FOR_EVER = (path: string): string => `
  const recording = await store.openDuckDbStore(${JSON.stringify(path)}, { mode: "create" });
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

it.each([1300, 2000])(
  "loses no more than about the last second when it is killed after %d ms",
  async (killAfter) => {
    const path = join(folder, "killed.esrec");
    const child = spawnWithStore(RECORD_FOR_EVER(path));
    const appended: [id: number, ms: number][] = [];
    for await (const line of createInterface({ input: child.stdout! })) {
      appended.push(JSON.parse(line) as [number, number]);
      if (appended.at(-1)![1] >= killAfter) break;
    }
    child.kill("SIGKILL");
    await once(child, "exit");

    const store = await openDuckDbStore(path, { mode: "append" });
    const { lastId, events, nextBatch } = await store.totals();
    const [, endedAt] = appended.at(-1)!;
    const lost = appended.filter(([id]) => id > lastId);
    for (const [, ms] of lost) expect(endedAt - ms).toBeLessThan(1200);
    expect(events).toBe(lastId);
    const [newest] = await store.events({ order: "newest_first", limit: 1 });
    expect(newest!.id).toBe(lastId);
    expect(new TextDecoder().decode(newest!.payload)).toBe(`payload of batch ${newest!.pid}`);
    expect((await store.dictionary()).processes).toHaveLength(nextBatch);
    await store.close();
  },
);
