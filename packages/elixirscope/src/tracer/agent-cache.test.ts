import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cacheDir, cachedRuntimes, cachePath, readCache, writeCache } from "./agent-cache.ts";
import { hashOf } from "./agent-files.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "agent-cache-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const CODE = new Uint8Array([70, 79, 82, 49, 0, 1, 2]);
const pathFor = (sources: readonly string[], erts = "13.1.5"): string =>
  cachePath(hashOf(sources), erts, { XDG_CACHE_HOME: folder });

describe("the agent's code, kept", () => {
  it("is read as it was written, by its owner only", async () => {
    const path = pathFor(["-module(a)."]);
    expect(await readCache(path)).toBeUndefined();
    await writeCache(path, CODE);
    expect(new Uint8Array((await readCache(path))!)).toEqual(CODE);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
  });

  it("is that of these sources and this runtime", () => {
    const paths = [pathFor(["a", "b"]), pathFor(["a", "c"]), pathFor(["ab"]), pathFor(["a", "b"], "15.2.7")];
    expect(new Set(paths).size).toBe(4);
    expect(dirname(pathFor(["a"], "../../etc"))).toBe(cacheDir({ XDG_CACHE_HOME: folder }));
    expect(cacheDir({ HOME: "/home/zoe" })).toBe("/home/zoe/.cache/elixirscope/agent");
  });

  it("tells for which runtimes there is some", async () => {
    await writeCache(pathFor(["a"], "13.1.5"), CODE);
    await writeCache(pathFor(["a"], "15.2.7"), CODE);
    await writeCache(pathFor(["b"], "16.0"), CODE);
    const known = await cachedRuntimes(hashOf(["a"]), { XDG_CACHE_HOME: folder });
    expect(known.toSorted()).toEqual(["13.1.5", "15.2.7"]);
    expect(await cachedRuntimes(hashOf(["a"]), { XDG_CACHE_HOME: join(folder, "nowhere") })).toEqual([]);
  });

  it("is not trusted where somebody else could have written it, or where it is not whole", async () => {
    const path = pathFor(["-module(a)."]);
    await writeCache(path, CODE);
    chmodSync(path, 0o622);
    expect(await readCache(path)).toBeUndefined();
    chmodSync(path, 0o600);
    const bytes = readFileSync(path);
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(path, bytes);
    expect(await readCache(path)).toBeUndefined();
    writeFileSync(path, bytes.subarray(0, 10));
    expect(await readCache(path)).toBeUndefined();
  });

  it("is done without where it cannot be kept", async () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    const path = cachePath(hashOf(["a"]), "13", { XDG_CACHE_HOME: file });
    await writeCache(path, CODE);
    expect(await readCache(path)).toBeUndefined();
  });
});
