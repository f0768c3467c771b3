// What users get: the packed file, installed by npm in an empty folder with an empty cache.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Epmd, startEpmd } from "../testkit/erlang-node.ts";
import { slimRelease, startSlim } from "../testkit/slim-release.ts";

const PACK = fileURLToPath(new URL("../../scripts/pack.mjs", import.meta.url));
const LIMIT_MS = 240_000;

interface Summary {
  readonly events: number;
  readonly dropped: number;
  readonly processes: number;
  readonly seconds: number;
}

let epmd: Epmd;
let folder: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  epmd = await startEpmd();
  folder = await mkdtemp(join(tmpdir(), "elixirscope-packed-"));
  env = {
    ...process.env,
    XDG_RUNTIME_DIR: join(folder, "run"),
    npm_config_cache: join(folder, "cache"),
    ERL_EPMD_PORT: String(epmd.port),
    NO_COLOR: "1",
  };
  const { stdout } = await ran(process.execPath, [PACK, "--out", folder]);
  const file = stdout.trim().split("\n").at(-1) ?? "";
  await mkdir(join(folder, "app"));
  await ran("npm", ["install", file, "--no-audit", "--no-fund"]);
}, LIMIT_MS);

afterAll(async () => {
  await epmd.stop();
  await rm(folder, { recursive: true, force: true });
});

const ran = (
  program: string,
  args: readonly string[],
  more: NodeJS.ProcessEnv = {},
): Promise<{ stdout: string; stderr: string }> =>
  promisify(execFile)(program, args, {
    cwd: args[0] === PACK ? folder : join(folder, "app"),
    env: { ...env, ...more },
    timeout: LIMIT_MS,
  });

const summaryIn = (stdout: string): Summary => JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Summary;

describe("the packed program", { timeout: LIMIT_MS }, () => {
  it("observes its example, with nothing else of ours on the machine", async () => {
    const { stdout } = await ran("npx", ["elixirscope", "demo", "--for", "3s", "--json"]);
    const { events, dropped, processes } = summaryIn(stdout);
    expect(events).toBeGreaterThan(500);
    expect(dropped).toBe(0);
    expect(processes).toBeGreaterThan(50);
  });

  it("shows a recording of real Phoenix where there is no Elixir", async () => {
    const nodeOnly = join(folder, "bin");
    await mkdir(nodeOnly);
    await symlink(process.execPath, join(nodeOnly, "node"));
    const main = join(folder, "app/node_modules/elixirscope/dist/cli/main.js");
    const { stdout, stderr } = await ran("node", [main, "demo", "--for", "100ms", "--json"], {
      PATH: nodeOnly,
    });
    expect(stderr).toContain("There is no Elixir on this machine");
    expect(summaryIn(stdout)).toMatchObject({ dropped: 0, processes: 496 });
  });

  it("attaches to a release without compiler where there is no Erlang", async () => {
    const release = await slimRelease();
    const node = await startSlim(release, epmd.port);
    try {
      const nodeOnly = join(folder, "node-only");
      await mkdir(nodeOnly);
      await symlink(process.execPath, join(nodeOnly, "node"));
      const main = join(folder, "app/node_modules/elixirscope/dist/cli/main.js");
      const world = {
        PATH: nodeOnly,
        XDG_CACHE_HOME: join(folder, "empty"),
        ELIXIRSCOPE_COOKIE: node.cookie,
      };
      const { stdout } = await ran(
        "node",
        [main, "attach", node.name, "--no-open", "--for", "1s", "--json"],
        world,
      );
      expect(summaryIn(stdout).processes).toBeGreaterThan(20);
      const { stdout: built } = await ran("ls", ["node_modules/elixirscope/agent/built"]);
      expect(built).toMatch(new RegExp(`^otp-${node.otp}-[0-9a-f]{32}\\.beam\n$`));
    } finally {
      await node.stop();
      await release.remove();
    }
  });

  it("has its UI, and neither tests nor sources of other people in it", async () => {
    const { stdout } = await ran("npx", ["elixirscope", "demo", "--recording", "--for", "100ms", "--json"]);
    expect(stdout).toMatch(/"url":"http:\/\/127\.0\.0\.1:\d+\/#token=/);
    const { stdout: files } = await ran("find", ["node_modules/elixirscope", "-type", "f"]);
    expect(files).toMatch(/web\/index\.html/);
    expect(files).not.toMatch(/\.test\.|tsbuildinfo|_build/);
  });
});
