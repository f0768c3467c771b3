import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { Engine } from "elixirscope/engine";
import type { Level } from "elixirscope/model";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ErlangNode, startErlangNode } from "../testkit/erlang-node.ts";
import { type SlimRelease, slimRelease, startSlim } from "../testkit/slim-release.ts";
import { loadLook, tracesOfUs, untilNoTraceOfUs } from "../testkit/traces-of-us.ts";

let node: ErlangNode;
let release: SlimRelease;
/** A release that leaves out the compiler. */
let slim: ErlangNode;
let folder: string;
let engine: Engine;
const before = { ...process.env };

beforeAll(async () => {
  release = await slimRelease();
  node = await startErlangNode({ name: "cache_test" });
  slim = await startSlim(release, node.epmdPort);
  await loadLook(slim, node);
});
afterAll(async () => {
  await slim?.stop();
  await node?.stop();
  await release?.remove();
});

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "agent-cache-"));
  process.env.XDG_CACHE_HOME = join(folder, "cache");
  process.env.ERL_EPMD_PORT = String(node.epmdPort);
  engine = await Engine.start({ version: "0.0.0", recording: join(folder, "r.esrec") });
});
afterEach(async () => {
  await engine.stop();
  for (const name of ["PATH", "XDG_CACHE_HOME", "ERL_EPMD_PORT"]) {
    if (before[name] === undefined) delete process.env[name];
    else process.env[name] = before[name];
  }
  rmSync(folder, { recursive: true });
});

const attach = (to: ErlangNode, level: Level = "observe", patterns: string[] = []): Promise<unknown> =>
  engine.call("attach", { node: to.name, cookie: to.cookie, level, patterns });

/** Off again, with nothing left behind. */
async function detached(from: ErlangNode): Promise<void> {
  await engine.call("detach", {});
  await untilNoTraceOfUs(from, 30_000);
  expect(await tracesOfUs(from)).toBe("[]");
}

async function attached(to: ErlangNode): Promise<void> {
  await attach(to);
  await detached(to);
}

const kept = (): readonly string[] => readdirSync(join(folder, "cache", "elixirscope", "agent"));

function noErlang(): void {
  process.env.PATH = "";
}

/** A program `erl` in front of all others. */
function erlIs(script: string): void {
  mkdirSync(join(folder, "bin"));
  writeFileSync(join(folder, "bin", "erl"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  process.env.PATH = `${join(folder, "bin")}${delimiter}${before.PATH}`;
}

describe("the agent's code", () => {
  it("is compiled once for a runtime, and then loads where there is no compiler", async () => {
    noErlang();
    await attached(node);
    const first = kept();
    expect(first).toHaveLength(1);
    await attached(slim);
    await attached(node);
    expect(kept()).toEqual(first);
  });
});

describe("a release without compiler", () => {
  it("is what it says: embedded mode, three applications", async () => {
    expect(await slim.eval("[code:which(M) || M <- [compile, erl_lint, 'Elixir.Enum']]")).toMatch(
      /^\[non_existing,".*erl_lint\.beam",non_existing\]$/,
    );
    expect(await slim.eval("{code:get_mode(), [A || {A, _, _} <- application:which_applications()]}")).toBe(
      "{embedded,[slim,stdlib,kernel]}",
    );
  });

  it("gets what an Erlang of this machine compiles: calls, states, and no trace of it afterwards [ways.no-compiler]", async () => {
    await attach(slim, "calls", [":slim_till.take/1"]);
    expect(await slim.eval("[slim_till:take(N) || N <- [5, 20]]")).toBe("[5,25]");
    await detached(slim);
    const { rows: states } = await engine.call("states", { process: "slim_till", limit: 10 });
    expect(states.map((row) => row.state.text)).toEqual(["%{cents: 5}", "%{cents: 25}"]);
    const { rows: calls } = await engine.call("executions", { mfa: ":slim_till.take/1" });
    expect(calls).toHaveLength(2);
    expect(kept()).toHaveLength(1);
    expect(await slim.eval("{code:which(compile), code:is_loaded(compile)}")).toBe("{non_existing,false}");
  });

  it("has no lines, and says why", async () => {
    await attach(slim);
    const error = await engine
      .call("tracing", { level: "lines", patterns: [], lines: [":slim_till"] })
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "TRACER_NO_LINES", message: expect.stringMatching(/no compiler/) });
    await detached(slim);
  });

  it.each([
    ["there is no Erlang on this machine", noErlang, /There is no Erlang/],
    [
      "what is called erl is none",
      () => erlIs("echo 'erl: the Estonian Rhythm League'"),
      /There is no Erlang/,
    ],
    [
      "the Erlang of this machine is newer",
      () => erlIs("echo '99 99.0'"),
      /newer than the node’s \(OTP 99\)/,
    ],
    [
      "the Erlang of this machine is too old",
      () => erlIs("echo '20 9.3'"),
      /too old for the node \(OTP 20\)/,
    ],
  ])("is refused where %s, with what to do [ways.no-compiler.refused]", async (_, world, says) => {
    world();
    const error = await attach(slim).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "TRACER_NO_COMPILER", message: expect.stringMatching(says) });
    expect((error as Error).message).toContain("With ElixirScope comes none.");
    expect((error as Error).message).toContain(
      `Have an Erlang of OTP ${slim.otp - 2} to ${slim.otp} in the PATH`,
    );
    expect(await tracesOfUs(slim)).toBe("[]");
  });

  it("is told what the compiler of this machine said where that fails", async () => {
    erlIs(`case "$*" in *-extra*) echo "no room left"; exit 1;; *) echo "${slim.otp} 1.0";; esac`);
    const error = await attach(slim).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: "TRACER_AGENT_REFUSED",
      message: expect.stringMatching(/did not compile the agent: no room left/),
    });
  });
});
