// A release made by `mix release`, under `run`: started by a shell script, under the names and cookies that it gives itself; and nodes
// with short names.
import { execFile } from "node:child_process";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Epmd, type ErlangNode, startEpmd, startErlangNode } from "../testkit/erlang-node.ts";
import { CliWorld, type Finished, jsonLines } from "./support/cli-process.ts";
import { HELLO } from "./support/hello.ts";

/** Short, and on every machine at an address where nodes and EPMD of tests listen. */
const SHORT_HOST = "localhost";

let epmd: Epmd;
let world: CliWorld;
/** `bin/hello_otp` */
let bin: string;
/** A script, elsewhere, that execs it. */
let script: string;

beforeAll(async () => {
  epmd = await startEpmd();
  world = await CliWorld.create({ epmdPort: epmd.port, cookie: "THEUSERSOWN" });
  world.env.HELLO_LOAD = "0";
  const env = { ...process.env, MIX_BUILD_PATH: world.path("build"), MIX_ENV: "prod" };
  await promisify(execFile)("mix", ["release", "--path", world.path("rel"), "--quiet"], { cwd: HELLO, env });
  bin = world.path("rel/bin/hello_otp");
  await mkdir(world.path("ops"));
  script = world.path("ops/start.sh");
  await writeFile(script, `#!/bin/sh\necho "starting $*"\nexec ${bin} "$@"\n`);
  await chmod(script, 0o755);
});
afterAll(async () => {
  await world?.remove();
  await epmd?.stop();
});

/** Runs it until it has booted, asks it, ends it by a signal. @param env what `run` and the release's own commands have of it */
async function watched(
  options: readonly string[],
  command: readonly string[],
  env: NodeJS.ProcessEnv,
  ask: (name: string) => Promise<void>,
): Promise<Finished> {
  Object.assign(world.env, env);
  try {
    const cli = world.start("run", "--json", ...options, "--", ...command);
    await cli.said(/"node":"[^"]+"/);
    const name = nodeOf(cli);
    // During its boot a node takes no SIGTERM.
    const kind = name.endsWith(`@${SHORT_HOST}`) ? "sname" : "name";
    const booted = (): Promise<string> =>
      release({ RELEASE_DISTRIBUTION: kind, RELEASE_NODE: name }, "rpc", "IO.inspect(:init.get_status())");
    await expect.poll(booted, { timeout: 60_000 }).toBe("{:started, :started}");
    await ask(name);
    cli.signal("SIGTERM");
    return await cli.finished();
  } finally {
    for (const name of Object.keys(env)) delete world.env[name];
  }
}

const nodeOf = ({ stderr }: { readonly stderr: string }): string =>
  /"node":"([^"]+)"/.exec(stderr)?.[1] ?? "";

/** Its own commands, as another terminal would run them. */
async function release(env: NodeJS.ProcessEnv, ...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(bin, args, { env: { ...world.env, ...env } });
  return stdout.trim();
}

describe("run with a script that execs a release", () => {
  it("watches it from its boot on, by the release's cookie, and hands on its shutdown and exit code [ways.release]", async () => {
    const file = world.path("script.esrec");
    const done = await watched(["--out", file], [script, "start"], {}, async (name) => {
      expect(name).toMatch(/^elixirscope_run_/);
      // Its own commands reach it under our name.
      const env = { RELEASE_DISTRIBUTION: "name", RELEASE_NODE: name };
      expect(await release(env, "rpc", "IO.puts(node())")).toBe(name);
    });
    expect([done.code, done.stdout]).toEqual([0, expect.stringContaining("starting start")]);
    const { stdout } = await world.run(
      "events",
      "--recording",
      file,
      "--kind",
      "spawned",
      "--limit",
      "all",
      "--json",
    );
    const labels = jsonLines<{ process: { label: string } | null }>(stdout).map(
      ({ process }) => process?.label,
    );
    for (const label of ["Logger.Supervisor", "Hello.Supervisor", "Hello.Counter"])
      expect(labels).toContain(label);
  });

  it("passes its exit code", async () => {
    const { code } = await world.run("run", "--", script, "eval", 'IO.puts("in eval"); System.halt(7)');
    expect(code).toBe(7);
  });

  it("leaves it the short name that it is told to have, so that its own commands reach it", async () => {
    const env = {
      RELEASE_DISTRIBUTION: "sname",
      RELEASE_NODE: `till@${SHORT_HOST}`,
      RELEASE_COOKIE: "TILLS",
    };
    const done = await watched([], [script, "start"], env, async () => {
      expect(await release(env, "rpc", "IO.puts(node())")).toBe(`till@${SHORT_HOST}`);
    });
    expect([done.code, nodeOf(done)]).toEqual([0, `till@${SHORT_HOST}`]);
  });

  it("leaves it a long name of its env.sh, where it is started itself", async () => {
    const version = (await release({}, "version")).split(" ")[1];
    const envFile = world.path(`rel/releases/${version}/env.sh`);
    await writeFile(envFile, "export RELEASE_DISTRIBUTION=name\nexport RELEASE_NODE=shop@127.0.0.1\n");
    try {
      const done = await watched([], [bin, "start"], {}, async () => {
        expect(await release({}, "rpc", "IO.puts(node())")).toBe("shop@127.0.0.1");
        expect(await release({}, "eval", "IO.puts(1 + 1)")).toBe("2");
      });
      expect([done.code, nodeOf(done)]).toEqual([0, "shop@127.0.0.1"]);
    } finally {
      await writeFile(envFile, "");
    }
  });
});

describe("short names", () => {
  let short: ErlangNode;
  let long: ErlangNode;
  beforeAll(async () => {
    const common = { epmdPort: epmd.port, cookie: "THEUSERSOWN" };
    short = await startErlangNode({ ...common, name: `brief@${SHORT_HOST}` });
    long = await startErlangNode({ ...common, name: "lengthy@127.0.0.1" });
  });
  afterAll(async () => {
    await short?.stop();
    await long?.stop();
  });

  it("are attached to, with and without their host", async () => {
    for (const name of [`brief@${SHORT_HOST}`, "brief"]) {
      const { code, stdout, stderr } = await world.run("attach", name, "--for", "100ms", "--json");
      expect([code, stderr]).toEqual([0, ""]);
      expect(jsonLines<{ node: string }>(stdout)[0]?.node).toBe(`brief@${SHORT_HOST}`);
    }
  });

  it("are given to a command that wants one", async () => {
    const { stdout, stderr, code } = await world.run(
      "run",
      "--",
      "elixir",
      "--sname",
      `mine@${SHORT_HOST}`,
      "-e",
      "IO.puts(Node.self())",
    );
    expect([code, stdout]).toEqual([0, `mine@${SHORT_HOST}\n`]);
    expect(stderr).toContain(`Attached to mine@${SHORT_HOST}`);
    const inside = await world.run(
      "run",
      "--",
      "sh",
      "-c",
      "exec erl -sname inner@localhost -noshell -eval 'timer:sleep(3000), halt(5).'",
    );
    expect(inside.code).toBe(5);
    expect(inside.stderr).toContain(`Attached to inner@${SHORT_HOST}`);
  });

  it("and long ones are told apart where one stands for the other [ways.short-names]", async () => {
    const errorOf = ({ stdout }: Finished): unknown =>
      jsonLines<{ error: { message: string } }>(stdout)[0]?.error.message;
    const asLong = await world.run("attach", "brief@127.0.0.1", "--json");
    expect([asLong.code, errorOf(asLong)]).toEqual([2, expect.stringContaining(`brief@${SHORT_HOST}`)]);
    const asShort = await world.run("attach", "lengthy@localhost", "--json");
    expect([asShort.code, errorOf(asShort)]).toEqual([2, expect.stringContaining("lengthy@127.0.0.1")]);
  });
});
