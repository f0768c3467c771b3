import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { openDuckDbStore } from "elixirscope/store";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { attachCliServing } from "../testkit/attached-cli.ts";
import { type ErlangNode, startErlangNode } from "../testkit/erlang-node.ts";
import { Progress } from "../testkit/progress.ts";
import { rounds } from "../testkit/rounds.ts";

/** Each at a moment of its own, some of them while the log is merged into the file. */
const KILLS = rounds(8, 24);
const KILLS_ATTACHED = rounds(3, 6);
/** A move every 450 ms, or every other time where little comes, and what a move itself takes. */
const LAST_SECOND_MS = 1_200;

const STORE = new URL("../../packages/elixirscope/dist/store/index.js", import.meta.url);
const FOLDER = fileURLToPath(new URL("./", import.meta.url));

/** Appends 200 events a millisecond, 40 MB a second: the log is merged every second. Says each time what it has given to the store. */
const ingesting = (path: string): string => `
  const { openDuckDbStore } = await import(${JSON.stringify(STORE.href)});
  const store = await openDuckDbStore(${JSON.stringify(path)}, { mode: "create" });
  const count = 200, length = 200;
  const column = (value) => new Int32Array(count).fill(value);
  const bytes = new Uint8Array(count * length);
  const offset = Uint32Array.from({ length: count }, (_, i) => i * length);
  for (let batch = 0; ; batch++) {
    for (let i = 0; i < bytes.length; i += 97) bytes[i] = Math.random() * 256;
    bytes[0] = batch & 255;
    const firstId = batch * count + 1;
    store.append(
      { node: 0, batch, count, firstId, ts: new BigInt64Array(count).fill(BigInt(batch) + 1n),
        kind: new Uint8Array(count).fill(10), pid: column(batch), peer: column(-1), mfa: column(-1), tag: column(0),
        offset, length: new Uint32Array(count).fill(length), bytes },
      { processes: [{ index: batch, node: "a@h", id: batch, serial: 0, creation: 1 }], functions: [], atoms: [] },
    );
    process.stdout.write(firstId + count - 1 + "\\n");
    await new Promise((resolve) => setTimeout(resolve, store.backlog > 64e6 ? 20 : 1));
  }
`;

let folder: string;
let path: string;
let node: ErlangNode;
const started: ChildProcess[] = [];
beforeAll(async () => {
  node = await startErlangNode({ name: "crash_safety" });
  await node.eval(`register(busy, spawn(fun() ->
    Echo = spawn_link(fun L() -> receive {P, M} -> P ! M, L() end end),
    (fun L(N) -> Echo ! {self(), N}, receive N -> ok end, (N rem 20 =:= 0) andalso timer:sleep(1), L(N + 1) end)(0)
  end))`);
});
afterAll(() => node.stop());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "esrec-"));
  path = join(folder, "killed.esrec");
});
afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

async function killed(child: ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "exit");
}

/** What is in the file, which must be whole up to its end: each event with its payload, each process by name. */
async function kept(): Promise<number> {
  const store = await openDuckDbStore(path, { mode: "append" });
  const { events, lastId, nextBatch } = await store.totals();
  expect(events).toBe(lastId);
  expect(await store.count({})).toBe(events);
  const { processes } = await store.dictionary();
  const [newest] = await store.events({ order: "newest_first", limit: 1 });
  await store.close();
  if (newest) {
    expect(newest.id).toBe(lastId);
    expect(newest.payload.length).toBeGreaterThan(0);
    expect(processes.length).toBeGreaterThan(newest.pid);
    expect(nextBatch).toBeGreaterThan(0);
  }
  return lastId;
}

it(`keeps all but the last second when a process that records is killed, ${KILLS} times [store.crash]`, async () => {
  const lost: number[] = [];
  for (let round = 0; round < KILLS; round++) {
    const child = spawn(process.execPath, ["--input-type=module", "-e", ingesting(path)], {
      cwd: FOLDER,
      stdio: ["ignore", "pipe", "inherit"],
    });
    started.push(child);
    const progress = new Progress();
    // From before the first move until after the third merge.
    const after = 100 + Math.random() * 3_000;
    for await (const line of createInterface({ input: child.stdout })) {
      progress.add(Number(line));
      if (progress.ranMs >= after) break;
    }
    await killed(child);
    lost.push(Math.round(progress.lostMs(await kept())));
    rmSync(path);
  }
  console.log(`lost when killed, ms: ${lost.join(" ")}`);
  expect(lost).toHaveLength(KILLS);
  for (const ms of lost) expect(ms).toBeLessThan(LAST_SECOND_MS);
});

it(`keeps all but the last second when ElixirScope is killed, ${KILLS_ATTACHED} times [store.crash]`, async () => {
  const lost: number[] = [];
  for (let round = 0; round < KILLS_ATTACHED; round++) {
    const { child, url } = await attachCliServing(node, "--level", "messages", "--out", path);
    started.push(child);
    const progress = new Progress();
    const after = 300 + Math.random() * 2_500;
    while (progress.ranMs < after) {
      progress.add(await lastEventId(url));
      await delay(5);
    }
    await killed(child);
    lost.push(Math.round(progress.lostMs(await kept())));
    rmSync(path);
  }
  console.log(`lost when ElixirScope was killed, ms: ${lost.join(" ")}`);
  for (const ms of lost) expect(ms).toBeLessThan(LAST_SECOND_MS);
});

async function lastEventId(url: string): Promise<number> {
  const { origin, hash } = new URL(url);
  const response = await fetch(`${origin}/api/status`, {
    method: "POST",
    headers: { authorization: `Bearer ${hash.slice("#token=".length)}`, "content-type": "application/json" },
    body: "{}",
  });
  return ((await response.json()) as { lastEventId: number }).lastEventId;
}
