import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AuditLog, auditFile, readAudit } from "./audit-log.ts";

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "audit-test-"));
  file = join(folder, "state", "elixirscope", "audit.jsonl");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const entry = (act: string, more: object = {}) => ({ time: "2026-11-27T03:00:00.000Z", act, ...more });
const acts = async (): Promise<readonly string[]> => (await readAudit(file)).entries.map(({ act }) => act);

describe("the audit log", () => {
  it("has one line an act, in order, for its owner only", async () => {
    const log = new AuditLog(file);
    await Promise.all(["attach", "attached", "detached"].map((act) => log.append(entry(act))));
    expect(await acts()).toEqual(["attach", "attached", "detached"]);
    expect((await readFile(file, "utf8")).split("\n")).toHaveLength(4);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, "state", "elixirscope"))).mode & 0o777).toBe(0o700);
  });

  it("takes rights from others that somebody gave them", async () => {
    const log = new AuditLog(file);
    await log.append(entry("attach"));
    await chmod(file, 0o644);
    await log.append(entry("detached"));
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it("is added to by several at once, no line lost or mixed with another", async () => {
    const logs = [new AuditLog(file), new AuditLog(file), new AuditLog(file)];
    const all = logs.flatMap((log, i) =>
      Array.from({ length: 20 }, (_, j) => log.append(entry(`${i}-${j}`, { text: "x".repeat(2_000) }))),
    );
    await Promise.all(all);
    const { entries, unreadable } = await readAudit(file);
    expect(unreadable).toBe(0);
    expect(new Set(entries.map(({ act }) => act)).size).toBe(60);
  });

  it("has a bound: full files are put aside, the oldest goes", async () => {
    const log = new AuditLog(file, 1_000);
    for (let i = 0; i < 40; i++) await log.append(entry(String(i), { text: "x".repeat(250) }));
    const names = (await readdir(join(folder, "state", "elixirscope"))).sort();
    expect(names).toEqual([
      "audit.1.jsonl",
      "audit.2.jsonl",
      "audit.3.jsonl",
      "audit.4.jsonl",
      "audit.jsonl",
    ]);
    const kept = (await acts()).map(Number);
    // The newest, without a hole, up to the last one.
    expect(kept).toEqual(Array.from({ length: kept.length }, (_, i) => 40 - kept.length + i));
    expect(kept.length).toBeGreaterThan(10);
  });

  it("goes on while somebody else puts files aside, and takes over from one who died at it", async () => {
    const log = new AuditLog(file, 300);
    await log.append(entry("first", { text: "x".repeat(250) }));
    await writeFile(`${file}.lock`, "");
    await log.append(entry("second"));
    expect(await readdir(join(folder, "state", "elixirscope"))).not.toContain("audit.1.jsonl");
    await utimes(`${file}.lock`, 0, 0);
    await log.append(entry("third"));
    expect(await readdir(join(folder, "state", "elixirscope"))).toContain("audit.1.jsonl");
    expect(await acts()).toEqual(["first", "second", "third"]);
  });

  it.each(["link", "folder"])("writes into no %s that stands there", async (what) => {
    await mkdir(join(folder, "state", "elixirscope"), { recursive: true });
    await writeFile(join(folder, "elsewhere"), "untouched");
    if (what === "link") await symlink(join(folder, "elsewhere"), file);
    else await mkdir(file);
    await expect(new AuditLog(file).append(entry("attach"))).rejects.toMatchObject({
      code: "AUDIT_NOT_WRITTEN",
      message: expect.stringContaining("XDG_STATE_HOME"),
    });
    expect(await readFile(join(folder, "elsewhere"), "utf8")).toBe("untouched");
  });

  it("tells lines that are none, and reads the rest", async () => {
    const log = new AuditLog(file);
    await log.append(entry("attach"));
    await writeFile(file, '{"time":"2026-\n\n[]\nnull\n{"time":1,"act":"x"}\n', { flag: "a" });
    await log.append(entry("detached"));
    expect(await readAudit(file)).toMatchObject({
      unreadable: 4,
      entries: [{ act: "attach" }, { act: "detached" }],
    });
  });

  it("is empty before the first act, and says so where it cannot be read", async () => {
    expect(await readAudit(file)).toEqual({ entries: [], unreadable: 0 });
    await mkdir(file, { recursive: true });
    await expect(readAudit(file)).rejects.toMatchObject({ code: "AUDIT_NOT_READABLE" });
  });

  it("stands below XDG_STATE_HOME, else in the home", () => {
    expect(auditFile({ XDG_STATE_HOME: "/s", HOME: "/h" })).toBe("/s/elixirscope/audit.jsonl");
    expect(auditFile({ HOME: "/h" })).toBe("/h/.local/state/elixirscope/audit.jsonl");
  });
});
