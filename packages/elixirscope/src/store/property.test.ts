import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { describeProperty } from "./contract-property.ts";
import { openDuckDbStore } from "./duckdb/open.ts";
import { createMemoryStore } from "./memory/memory-store.ts";

let folder: string;
let files = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "esrec-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

describeProperty("memory store", async () => createMemoryStore());
describeProperty("DuckDB store", () =>
  // Blocks so small that most of the events are in one, and in every second recording none: rare kinds are read from their own table there.
  openDuckDbStore(join(folder, `${++files}.esrec`), {
    mode: "create",
    ...(files % 2 === 0 ? {} : { blockIds: 1 + (files % 7) }),
  }),
);
