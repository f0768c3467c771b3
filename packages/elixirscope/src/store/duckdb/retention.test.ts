import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describeRetention } from "../contract-retention.ts";
import { LEAST_BYTES } from "../keep.ts";
import { batchSequence, deltaOf, type EventSpec } from "../testing.ts";
import type { TraceStore } from "../trace-store.ts";
import { openDuckDbStore } from "./open.ts";

const NONE = deltaOf();

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "esrec-"));
  path = join(folder, "ring.esrec");
});
afterEach(() => rmSync(folder, { recursive: true }));

describeRetention("DuckDB", () => ({
  create: (keep) => openDuckDbStore(path, { mode: "create", keep }),
  reopen: () => openDuckDbStore(path, { mode: "append" }),
}));

/** Events with half a kilobyte each. */
function noise(count: number): readonly EventSpec[] {
  const bytes = randomBytes(count * 512);
  return Array.from({ length: count }, (_, i) => ({
    kind: "send",
    payload: bytes.subarray(i * 512, (i + 1) * 512),
  }));
}

describe("a recording within limits", () => {
  let store: TraceStore;
  afterEach(() => store.close());

  it("stays within its size, and what is free in the file is used again", async () => {
    store = await openDuckDbStore(path, { mode: "create", keep: { bytes: LEAST_BYTES } });
    const next = batchSequence();
    const size = (file: string): number => (existsSync(file) ? statSync(file).size : 0);
    let largest = 0;
    for (let round = 0; round < 40; round++) {
      for (let b = 0; b < 20; b++) store.append(next(noise(500)), NONE);
      // A merge of the log each time: more often than a recording would, and the worst for the file.
      await store.flush();
      largest = Math.max(largest, size(path) + size(`${path}.wal`));
    }
    // More than the limit went through it, in bytes that cannot be compressed.
    expect(largest).toBeLessThan(LEAST_BYTES);
    const { events } = await store.totals();
    expect(events).toBeGreaterThan(70_000);
    expect(await store.count({})).toBe(events);
  });

  it.each([{ events: 0 }, { ms: 1.5 }, { bytes: LEAST_BYTES - 1 }])("refuses %j", async (keep) => {
    store = await openDuckDbStore(join(folder, "other.esrec"), { mode: "create" });
    await expect(openDuckDbStore(path, { mode: "create", keep })).rejects.toMatchObject({
      code: "STORE_BAD_KEEP",
    });
    expect(existsSync(path)).toBe(false);
  });

  it("refuses a pin that ends before it begins, or without a name", async () => {
    store = await openDuckDbStore(path, { mode: "create" });
    const bad = expect.objectContaining({ code: "STORE_BAD_PIN" });
    expect(() => store.pin({ name: "x", from: 2n, to: 1n })).toThrow(bad);
    expect(() => store.pin({ name: "", from: 1n, to: 1n })).toThrow(bad);
  });
});
