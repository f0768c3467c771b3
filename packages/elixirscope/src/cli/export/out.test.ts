import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { processContext } from "../terminal.ts";
import { exportOut, partOf } from "./out.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "export-out-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("a file that is exported to", () => {
  it("has its name when it is finished", async () => {
    const path = join(folder, "x.json");
    const out = await exportOut(processContext(), path);
    for (let i = 0; i < 5_000; i++) await out.write(`${String(i).padStart(99)}\n`);
    expect(readdirSync(folder)).not.toContain("x.json");
    await out.finish();
    expect(readdirSync(folder)).toEqual(["x.json"]);
    expect(readFileSync(path, "utf8")).toHaveLength(500_000);
  });

  it("is gone when it is discarded", async () => {
    const out = await exportOut(processContext(), join(folder, "x.json"));
    await out.write("half of it");
    await out.discard();
    expect(readdirSync(folder)).toEqual([]);
  });

  it("says why it cannot be written", async () => {
    const path = join(folder, "x.json");
    writeFileSync(partOf(path), "somebody else's");
    const out = await exportOut(processContext(), path);
    await out.write("text");
    await expect(out.finish()).rejects.toMatchObject({ code: "CLI_CANNOT_WRITE" });
  });
});
