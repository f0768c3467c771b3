import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { batchSequence, deltaOf, processOf } from "../testing.ts";
import { spawnWithStore } from "../testing-child.ts";
import { storeError } from "./errors.ts";
import { openDuckDbStore } from "./open.ts";

const FILES = 40;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "esrec-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function recording(path: string): Promise<Buffer> {
  const store = await openDuckDbStore(path, { mode: "create" });
  const next = batchSequence();
  for (let b = 0; b < 20; b++) {
    const events = Array.from({ length: 200 }, (_, i) => ({
      kind: "send" as const,
      pid: b,
      tag: i,
      payload: new Uint8Array(60).fill(i),
    }));
    store.append(next(events), deltaOf({ processes: [processOf(b)] }));
  }
  await store.close();
  return readFileSync(path);
}

/** The same damage each time: a failure can be looked at again. */
function damaged(good: Buffer, seed: number): Buffer {
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((seed / 0x1_0000_0000) * below);
  };
  random(1);
  if (seed % 5 === 0) return good.subarray(0, random(good.length));
  const copy = Buffer.from(good);
  // Half of it in the headers, which say where everything is.
  const at = seed % 2 === 0 ? random(12_288) : random(good.length);
  copy[at]! ^= 1 + random(255);
  return copy;
}

it("opens a damaged recording or says that it is damaged, and stays alive", async () => {
  const good = await recording(join(folder, "good.esrec"));
  for (let i = 0; i < FILES; i++) writeFileSync(join(folder, `${i}.esrec`), damaged(good, i * 7919 + 1));
  // In a process of its own: native code that meets damage may take the process with it.
  const child = spawnWithStore(`
    for (let i = 0; i < ${FILES}; i++) {
      const path = ${JSON.stringify(folder)} + "/" + i + ".esrec";
      let said = "opened";
      try {
        const recording = await store.openDuckDbStore(path, { mode: i % 2 ? "read" : "append" });
        await recording.events({ order: "newest_first", limit: 5000 });
        await recording.dictionary();
        await recording.close();
      } catch (error) {
        said = error.code;
      }
      console.log(i + " " + said);
    }
  `);
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stdout! })) said.push(line.split(" ")[1]!);
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  expect({ files: said.length, signal: child.signalCode, code: child.exitCode }).toEqual({
    files: FILES,
    signal: null,
    code: 0,
  });
  expect(new Set(said)).toContain("STORE_DAMAGED");
  for (const word of said) expect(["opened", "STORE_DAMAGED", "STORE_NOT_A_RECORDING"]).toContain(word);
});

describe("errors of DuckDB", () => {
  // As DuckDB 1.5 words them.
  it.each([
    [
      "TransactionContext Error: Failed to commit: Could not write file: No space left on device",
      "STORE_NO_SPACE",
    ],
    ['IO Error: Could not set lock on file "x": Conflicting lock is held in node (PID 1)', "STORE_LOCKED"],
    [
      "IO Error: Corrupt database file: computed checksum 1 does not match stored checksum 2",
      "STORE_DAMAGED",
    ],
    [
      "IO Error: Failure while replaying WAL file: Corrupt WAL file: entry at byte position 1",
      "STORE_DAMAGED",
    ],
    [
      "Out of Memory Error: could not allocate block of size 4.0 GiB (6.5 MiB/1.8 GiB used)",
      "STORE_NO_MEMORY",
    ],
    [
      'IO Error: Cannot open file "a.esrec.tmp/duckdb_temp_block-7.block": No such file or directory',
      "STORE_NO_MEMORY",
    ],
    ["Something that nobody has seen yet", "STORE_IO"],
  ])("%s", (message, code) => {
    const cause = new Error(message);
    const error = storeError(cause, "a.esrec");
    expect(error).toMatchObject({ code, cause });
    expect(error.message).toContain("a.esrec");
  });
});
