import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterEach, beforeEach, expect, it } from "vitest";
import { tryCheckpoint } from "./checkpoint.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "esrec-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

it("leaves the log for later while a question reads rows that changed, and fails of anything else", async () => {
  const instance = await DuckDBInstance.create(":memory:");
  const [own, other] = [await instance.connect(), await instance.connect()];
  await own.run(`ATTACH '${join(folder, "a.esrec")}' AS recording;
    CREATE TABLE recording.t AS SELECT range AS id FROM range(10)`);
  await other.run("BEGIN; SELECT count(*) FROM recording.t");
  await own.run("UPDATE recording.t SET id = 11 WHERE id = 1");
  expect(await tryCheckpoint(own)).toBe(false);
  await other.run("COMMIT");
  expect(await tryCheckpoint(own)).toBe(true);
  await own.run("DETACH recording");
  await expect(tryCheckpoint(own)).rejects.toThrow(/recording/);
  instance.closeSync();
});
