import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Engine } from "elixirscope/engine";
import type { FlowAnswer, FlowList } from "elixirscope/protocol";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { loading } from "../testkit/erlang-module.ts";
import { type ErlangNode, startErlangNode } from "../testkit/erlang-node.ts";
import {
  erlangOf,
  foundIn,
  PLAY,
  randomNumbers,
  randomScript,
  type Script,
  sizeOf,
  truthOf,
} from "../testkit/random-flows.ts";
import { tracesOfUs } from "../testkit/traces-of-us.ts";

let node: ErlangNode;
let engine: Engine;
let folder: string;

beforeAll(async () => {
  node = await startErlangNode({ name: "flows_test" });
  process.env.ERL_EPMD_PORT = String(node.epmdPort);
  await node.eval(loading(PLAY));
  await node.eval("play:start()");
});
afterAll(() => node.stop());

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "flows-test-"));
  engine = await Engine.start({ version: "0.0.0", recording: join(folder, "r.esrec") });
});
afterEach(async () => {
  await engine.stop();
  rmSync(folder, { recursive: true });
});

type Level = "observe" | "flows" | "messages" | "state" | "calls";
const attach = (level: Level, flows: readonly string[], patterns: readonly string[] = []): Promise<unknown> =>
  engine.call("attach", { node: node.name, cookie: node.cookie, level, flows, patterns });

const list = (): Promise<FlowList> => engine.call("flows", { limit: 2_000 });

async function all(): Promise<readonly FlowAnswer[]> {
  const { rows } = await list();
  return Promise.all(rows.map(({ id }) => engine.call("flow", { flow: id })));
}

/** Plays scripts, each driver some of them one right after the other, and waits until all is done. */
async function play(drivers: readonly (readonly Script[])[]): Promise<void> {
  const size = drivers.flat().reduce((sum, script) => sum + sizeOf(script), 0);
  const lists = drivers.map((scripts) => `[${scripts.map(erlangOf).join(", ")}]`).join(", ");
  await node.eval(`
    Done = persistent_term:get(done),
    atomics:put(Done, 1, 0),
    Drivers = [begin P = spawn(play, driver, []), P ! {scripts, Scripts}, P end || Scripts <- [${lists}]],
    Wait = fun Wait() -> case atomics:get(Done, 1) of ${size} -> ok; _ -> receive after 5 -> Wait() end end end,
    Wait(),
    [exit(P, kill) || P <- Drivers], ok`);
}

describe("flows", () => {
  it.for([1, 2, 3, 4])("follows random conversations as they were (seed %i)", async (seed) => {
    const random = randomNumbers(seed);
    const keys = { next: 1 };
    const drivers = Array.from({ length: 5 }, () =>
      Array.from({ length: 8 }, () => randomScript(random, keys)),
    );
    const level = (["flows", "messages", "state", "calls"] as const)[seed % 4]!;
    await attach(
      level,
      ["play:go/1"].map((text) => text.replace(":", ".")),
      level === "calls" ? ["play.run/1"] : [],
    );
    await play(drivers);
    await engine.call("detach", {});
    const flows = await all();
    expect(flows.filter(({ complete }) => !complete)).toEqual([]);
    expect(flows.map(({ root }) => foundIn(root)).sort()).toEqual(drivers.flat().map(truthOf).sort());
    expect(await tracesOfUs(node)).toBe("[]");
  });
});
