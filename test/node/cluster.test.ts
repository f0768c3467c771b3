import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Engine } from "elixirscope/engine";
import type { NodeStatus } from "elixirscope/protocol";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ErlangNode, startErlangNode } from "../testkit/erlang-node.ts";

const COOKIE = "cluster_cookie";
const NAMES = ["one", "two", "three"] as const;
let nodes: ErlangNode[];
let engine: Engine;
let folder: string;

const startNode = (name: string, epmdPort?: number): Promise<ErlangNode> =>
  startErlangNode({ name, cookie: COOKIE, ...(epmdPort === undefined ? {} : { epmdPort }) });

beforeAll(async () => {
  const first = await startNode(NAMES[0]);
  process.env.ERL_EPMD_PORT = String(first.epmdPort);
  nodes = [first, ...(await Promise.all(NAMES.slice(1).map((name) => startNode(name))))];
});
afterAll(() => Promise.all(nodes.map((node) => node.stop())));

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "cluster-test-"));
  engine = await Engine.start({ version: "0.0.0", recording: join(folder, "r.esrec") });
});
afterEach(async () => {
  await engine.stop();
  for (const node of nodes) await expect.poll(() => node.eval("nodes(hidden)")).toBe("[]");
  rmSync(folder, { recursive: true });
});

const states = async (): Promise<Readonly<Record<string, NodeStatus["state"]>>> => {
  const { nodes: known } = await engine.call("status", {});
  return Object.fromEntries(known.map(({ name, state }) => [name.split("@")[0], state]));
};
const levels = async (): Promise<Readonly<Record<string, string>>> => {
  const { nodes: known } = await engine.call("status", {});
  return Object.fromEntries(known.map(({ name, level }) => [name.split("@")[0], level]));
};

describe("several nodes in one recording", () => {
  it("are attached to one by one, told apart, set together or alone, and let go of alone", async () => {
    // At once: each gets a number of its own.
    await Promise.all(
      nodes.map((node) => engine.call("attach", { node: node.name, cookie: COOKIE, level: "observe" })),
    );
    const status = await engine.call("status", {});
    expect(new Set(status.nodes.map(({ index }) => index))).toEqual(new Set([0, 1, 2]));
    await engine.call("tracing", { level: "messages" });
    expect(await levels()).toEqual({ one: "messages", two: "messages", three: "messages" });
    await engine.call("tracing", { level: "observe", node: "two" });
    expect(await levels()).toEqual({ one: "messages", two: "observe", three: "messages" });
    await engine.call("detach", { node: nodes[2]!.name });
    expect(await states()).toEqual({ one: "connected", two: "connected", three: "ended" });
    // Taken up again, it is the same node of the record.
    await engine.call("attach", { node: nodes[2]!.name, level: "observe" });
    const again = await engine.call("status", {});
    expect(again.nodes.map(({ index }) => index)).toEqual(status.nodes.map(({ index }) => index));
    await engine.call("detach", {});
    expect(await states()).toEqual({ one: "ended", two: "ended", three: "ended" });
  });

  it("answer what each can answer, and who is meant has to be said where only one can", async () => {
    const [one, two] = nodes as [ErlangNode, ErlangNode];
    for (const node of [one, two])
      await engine.call("attach", { node: node.name, cookie: COOKIE, level: "observe" });
    await expect(engine.call("boundaries", {})).rejects.toMatchObject({
      code: "ENGINE_SEVERAL_NODES",
      message: expect.stringContaining(`${one.name}, ${two.name}`),
    });
    await expect(engine.call("boundaries", { node: "two" })).resolves.toMatchObject({ kept: false });
    await expect(engine.call("detach", { node: "four" })).rejects.toMatchObject({
      code: "ENGINE_NO_SUCH_NODE",
    });
    const completed = await engine.call("completions", { text: "gen_serv", what: "modules" });
    expect(completed.rows).toContain(":gen_server");
  });

  it("take what they can: one that has no such function goes on as before and says so", async () => {
    const [one, two] = nodes as [ErlangNode, ErlangNode];
    await two.eval(`
      {ok, M, B} = compile:forms([{attribute,1,module,only_here},{attribute,1,export,[{go,0}]},
        {function,1,go,0,[{clause,1,[],[],[{atom,1,ok}]}]}]), code:load_binary(M, "only_here", B)`);
    for (const node of [one, two])
      await engine.call("attach", { node: node.name, cookie: COOKIE, level: "observe" });
    const { nodes: told } = await engine.call("tracing", { level: "calls", patterns: ["only_here.go/0"] });
    expect(told.map(({ level, refused }) => [level, refused === ""])).toEqual([
      ["observe", false],
      ["calls", true],
    ]);
    expect(told[0]!.refused).toContain("only_here");
    await expect(
      engine.call("tracing", { level: "calls", patterns: ["not_anywhere.go/0"] }),
    ).rejects.toMatchObject({ code: "TRACER_NO_SUCH_FUNCTION" });
  });
});
