import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { describeTraceStore } from "../contract.ts";
import { openDuckDbStore } from "./open.ts";

let folder: string;
let files = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "esrec-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const newFile = (): string => join(folder, `${++files}.esrec`);

describeTraceStore("DuckDB", () => openDuckDbStore(newFile(), { mode: "create" }));
