import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { rounds } from "../testkit/rounds.ts";

/** `ELIXIRSCOPE_FUZZ=600` tries more; `ELIXIRSCOPE_FUZZ_FROM=520` others. */
const FILES = Number(process.env.ELIXIRSCOPE_FUZZ ?? rounds(30, 300));
const FIRST_SEED = Number(process.env.ELIXIRSCOPE_FUZZ_FROM ?? 1);
/** Far more than any of it takes on a busy machine. */
const HANGS_MS = 60_000;
const BLOCK = 262_144;
const HEADERS = 12_288;

interface Client {
  call(method: string, input: unknown): Promise<unknown>;
  stop(): Promise<void>;
}

let folder: string;
let start: (options: { open: string; version: string }) => Promise<Client>;
let closed: Buffer;
/** As a crash leaves it: a file, and the log beside it. */
let crashed: { readonly file: Buffer; readonly log: Buffer };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "damaged-"));
  const dist = new URL("../../packages/elixirscope/dist/", import.meta.url);
  const { EngineClient } = (await import(new URL("engine/index.js", dist).href)) as {
    EngineClient: { start: typeof start };
  };
  start = (options) => EngineClient.start(options);
  const packed = new URL("../recordings/phoenix-1.8.esrec.gz", import.meta.url);
  closed = gunzipSync(readFileSync(fileURLToPath(packed)));
  crashed = await afterCrash(new URL("store/index.js", dist));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function afterCrash(module: URL): Promise<typeof crashed> {
  const { openDuckDbStore } = (await import(module.href)) as typeof import("elixirscope/store");
  const [path, copy] = [join(folder, "going.esrec"), join(folder, "copy.esrec")];
  writeFileSync(path, closed);
  const store = await openDuckDbStore(path, { mode: "append" });
  const { lastId, nextBatch } = await store.totals();
  const count = 20_000;
  const column = (value: number): Int32Array => new Int32Array(count).fill(value);
  const batch = {
    node: 0,
    batch: nextBatch,
    count,
    firstId: lastId + 1,
    ts: new BigInt64Array(count).fill(1n),
    kind: new Uint8Array(count).fill(10),
    pid: column(1),
    peer: column(2),
    mfa: column(-1),
    tag: column(3),
    offset: new Uint32Array(count),
    length: new Uint32Array(count).fill(2),
    bytes: Uint8Array.of(97, 1),
  };
  store.append(batch, { processes: [], functions: [], atoms: [] });
  // Moves what is there into the tables, and leaves it in the log.
  await store.dictionary();
  copyFileSync(path, copy);
  copyFileSync(`${path}.wal`, `${copy}.wal`);
  const made = { file: readFileSync(copy), log: readFileSync(`${copy}.wal`) };
  await store.close();
  return made;
}

const SAID: readonly string[] = [
  "STORE_DAMAGED",
  "STORE_NOT_A_RECORDING",
  "STORE_NEWER_FORMAT",
  "STORE_NO_MEMORY",
];

type Random = (below: number) => number;

/** The same series each time, so that a failure can be looked at again. */
function randomFrom(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 0x1_0000_0000) * below);
  };
}

function flipped(bytes: Buffer, random: Random): Buffer {
  const copy = Buffer.from(bytes);
  const within = random(3) === 0 ? Math.min(HEADERS, copy.length) : copy.length;
  for (let n = random(8); n >= 0; n--) copy[random(within)]! ^= 1 + random(255);
  return copy;
}

function wiped(bytes: Buffer, random: Random): Buffer {
  const copy = Buffer.from(bytes);
  const from = random(copy.length);
  return copy.fill(random(2) === 0 ? 0 : random(256), from, Math.min(copy.length, from + 1 + random(BLOCK)));
}

/** A whole block in another one's place: each is right by itself, and its checksum too. */
function swapped(bytes: Buffer, random: Random): Buffer {
  const copy = Buffer.from(bytes);
  const blocks = Math.floor((bytes.length - HEADERS) / BLOCK);
  const place = (): number => HEADERS + BLOCK * random(blocks);
  const from = place();
  bytes.copy(copy, place(), from, from + BLOCK);
  return copy;
}

const cut = (bytes: Buffer, random: Random): Buffer => bytes.subarray(0, random(bytes.length));

/** A mutated recording, some with a log. */
function write(path: string, random: Random): void {
  rmSync(`${path}.wal`, { force: true });
  const mutations = [flipped, wiped, swapped, swapped, cut];
  const mutated = (bytes: Buffer): Buffer => mutations[random(mutations.length)]!(bytes, random);
  const which = random(5);
  if (which < 3) writeFileSync(path, mutated(closed));
  else {
    writeFileSync(path, which === 3 ? crashed.file : mutated(crashed.file));
    // Sometimes the log is missing altogether.
    if (random(6) > 0)
      writeFileSync(`${path}.wal`, which === 3 ? mutatedLog(crashed.log, random) : crashed.log);
  }
}

const mutatedLog = (log: Buffer, random: Random): Buffer => [flipped, wiped, cut][random(3)]!(log, random);

/** Opens it and looks at everything; says how that ended. */
async function look(path: string): Promise<string> {
  let client: Client | undefined;
  try {
    client = await start({ open: path, version: "0.0.0" });
    for (let afterId = 0; ; ) {
      const page = (await client.call("events", { order: "oldest_first", limit: 10_000, afterId })) as {
        rows: readonly { id: number }[];
      };
      if (page.rows.length === 0) break;
      afterId = page.rows.at(-1)!.id;
    }
    for (const method of ["tree", "gaps", "status"]) await client.call(method, {});
    await client.call("rates", {});
    await client.call("processes", {});
    return "opened";
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    expect(message).toContain(path);
    return code !== undefined && SAID.includes(code) ? code : `${code}: ${message}`;
  } finally {
    await client?.stop();
  }
}

it(
  `opens a recording with damage, or says that it is damaged: ${FILES} of them [store.damage]`,
  async () => {
    const said: Record<string, number> = {};
    const path = join(folder, "mutated.esrec");
    for (let seed = FIRST_SEED; seed < FIRST_SEED + FILES; seed++) {
      write(path, randomFrom(seed * 7_919));
      const found = await Promise.race([look(path), delay(HANGS_MS, "hangs", { ref: false })]);
      said[found] = (said[found] ?? 0) + 1;
      expect(["opened", ...SAID], `seed ${seed}: ${found}`).toContain(found);
    }
    console.log(JSON.stringify(said));
    expect(said.STORE_DAMAGED).toBeGreaterThan(0);
    expect(said.opened).toBeGreaterThan(0);
  },
  FILES * HANGS_MS,
);
