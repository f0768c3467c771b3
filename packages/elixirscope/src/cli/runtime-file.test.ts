import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  parseEntry,
  type RuntimeEntry,
  readRuntimeFiles,
  runtimeDir,
  writeRuntimeFile,
} from "./runtime-file.ts";

let base: string;
let env: NodeJS.ProcessEnv;

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), "elixirscope-test-"));
  env = { XDG_RUNTIME_DIR: base };
});
afterEach(() => rm(base, { recursive: true, force: true }));

const entry = (some: Partial<RuntimeEntry> = {}): RuntimeEntry => ({
  pid: process.pid,
  port: 4040,
  token: "secret",
  node: "hello@127.0.0.1",
  recording: null,
  startedAt: "2030-01-31T12:00:00.000Z",
  ...some,
});

/** The pid of a process that has ended. */
const deadPid = (): number => spawnSync(process.execPath, ["-e", ""]).pid;

describe("runtime files", () => {
  it("are for their owner only, and go when they are told to", async () => {
    const remove = await writeRuntimeFile(env, entry());
    const dir = runtimeDir(env);
    expect((await stat(dir)).mode & 0o777).toBe(0o700);
    expect((await stat(join(dir, `${process.pid}.json`))).mode & 0o777).toBe(0o600);
    expect(await readRuntimeFiles(env)).toEqual([entry()]);
    await remove();
    expect(await readRuntimeFiles(env)).toEqual([]);
  });

  it("take over the file of an earlier process with the same pid, whatever its mode was", async () => {
    await writeRuntimeFile(env, entry());
    const file = join(runtimeDir(env), `${process.pid}.json`);
    await rm(file);
    await writeFile(file, "old", { mode: 0o666 });
    await writeRuntimeFile(env, entry({ port: 5050 }));
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readRuntimeFiles(env)).toMatchObject([{ port: 5050 }]);
  });

  it("of dead processes are removed, of living ones come newest first", async () => {
    await writeRuntimeFile(env, entry({ pid: deadPid() }));
    await writeRuntimeFile(env, entry({ startedAt: "2030-01-01T00:00:00.000Z" }));
    await writeRuntimeFile(env, entry({ pid: process.ppid, startedAt: "2030-02-01T00:00:00.000Z" }));
    const found = await readRuntimeFiles(env);
    expect(found.map(({ pid }) => pid)).toEqual([process.ppid, process.pid]);
    expect(await readdir(runtimeDir(env))).toHaveLength(2);
  });

  it("that cannot be read are passed over", async () => {
    await writeRuntimeFile(env, entry());
    await writeFile(join(runtimeDir(env), "1.json"), '{"pid":');
    await writeFile(join(runtimeDir(env), "note.txt"), "hello");
    expect(await readRuntimeFiles(env)).toEqual([entry()]);
    expect(await readRuntimeFiles({ XDG_RUNTIME_DIR: join(base, "nowhere") })).toEqual([]);
  });

  it.each(["", "null", "[]", "{}", '{"pid":1,"port":"x"}', '{"pid":1,"port":2,"token":3}'])(
    "do not hold %j",
    (text) => {
      expect(parseEntry(text)).toBeUndefined();
    },
  );

  it("live in the user's state folder where there is no runtime folder", () => {
    expect(runtimeDir({ HOME: "/home/ann" })).toBe("/home/ann/.local/state/elixirscope");
  });
});
