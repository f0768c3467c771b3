import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { TABLE_KINDS } from "../analysis/index.ts";
import type { ProcessRow, TreeNode } from "../protocol/index.ts";
import { openDuckDbStore } from "../store/index.ts";
import { SPARED_KINDS } from "../store/spared.ts";
import { Engine } from "./engine.ts";

// A recording of real Phoenix, of which retention takes away all but the newest few hundred events.

let folder: string;
let whole: Engine;
let rest: Engine;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "retention-"));
  const packed = new URL("../../../../test/recordings/phoenix-1.8.esrec.gz", import.meta.url);
  const bytes = gunzipSync(readFileSync(fileURLToPath(packed)));
  const [all, few] = ["all.esrec", "few.esrec"].map((name) => join(folder, name)) as [string, string];
  writeFileSync(all, bytes);
  writeFileSync(few, bytes);
  const store = await openDuckDbStore(few, { mode: "append", keep: { events: 500 } });
  await store.flush();
  await store.close();
  whole = await Engine.start({ version: "0.0.0", open: all });
  rest = await Engine.start({ version: "0.0.0", open: few });
});
afterAll(async () => {
  await whole.stop();
  await rest.stop();
  rmSync(folder, { recursive: true });
});

const living = async (engine: Engine): Promise<readonly ProcessRow[]> => {
  const { rows } = await engine.call("processes", { alive: true, sort: "pid", limit: 10_000 });
  return rows.toSorted((a, b) => a.handle.localeCompare(b.handle));
};

it("spares something of each kind that the process table is made of", () => {
  expect(TABLE_KINDS.filter((kind) => !SPARED_KINDS.includes(kind))).toEqual([]);
});

it("still knows every living process as it did", async () => {
  const { events } = await whole.call("status", {});
  const { rows } = await rest.call("events", {
    kinds: ["receive", "send", "telemetry"],
    order: "oldest_first",
    limit: 1,
  });
  // Most of it is gone.
  expect(rows[0]!.id).toBeGreaterThan(events * 0.7);
  const before = await living(whole);
  expect(before.length).toBeGreaterThan(100);
  expect(await living(rest)).toEqual(before);
  for (const { handle } of before.slice(0, 40)) {
    const [was, is] = await Promise.all(
      [whole, rest].map((engine) => engine.call("process", { process: handle })),
    );
    const { parent, ancestors, links, children } = was!;
    expect(is).toMatchObject({ ancestors, children });
    expect(new Set(is!.links.map((link) => link.handle))).toEqual(new Set(links.map((link) => link.handle)));
    expect(is!.parent?.handle).toBe(parent?.handle);
  }
});

it("still has the supervision tree", async () => {
  const shape = (node: TreeNode): unknown => [node.process?.handle, node.children.map(shape)];
  const [was, is] = await Promise.all([whole.call("tree", {}), rest.call("tree", {})]);
  expect(is.roots.map(shape)).toEqual(was.roots.map(shape));
});

it("says what it does not know any more", async () => {
  const gaps = await rest.call("gaps", {});
  const { events } = await whole.call("status", {});
  const left = await rest.call("status", {});
  const removed = gaps.filter(({ cause }) => cause === "retention");
  expect(removed.reduce((sum, { total }) => sum + total, 0)).toBe(events - left.events);
  expect(left.gaps).toBe((await whole.call("status", {})).gaps);
});
