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

/** Nodes that stay as they are connected here: `global` would cut off one that does not know all the others. */
const ARGS = ["-kernel", "prevent_overlapping_partitions", "false"];
const startNode = (name: string): Promise<ErlangNode> =>
  startErlangNode({ name, cookie: COOKIE, args: ARGS });

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
  for (const node of nodes)
    await expect.poll(() => node.eval("nodes(hidden)"), { timeout: 60_000 }).toBe("[]");
  rmSync(folder, { recursive: true });
});

/** An agent that was without a beat for too long, on a machine that stood still, is attached again. */
const until = (what: () => Promise<unknown>) => expect.poll(what, { timeout: 60_000, interval: 50 });

const states = async (): Promise<Readonly<Record<string, NodeStatus["state"]>>> => {
  const { nodes: known } = await engine.call("status", {});
  return Object.fromEntries(known.map(({ name, state }) => [name.split("@")[0], state]));
};
const levels = async (): Promise<Readonly<Record<string, string>>> => {
  const { nodes: known } = await engine.call("status", {});
  return Object.fromEntries(known.map(({ name, level }) => [name.split("@")[0], level]));
};

describe("several nodes in one recording", () => {
  it("are attached to one by one, told apart, set together or alone, and let go of alone [cluster.several]", async () => {
    const attach = ({ name }: ErlangNode) =>
      engine.call("attach", { node: name, cookie: COOKIE, level: "observe" });
    // The first compiles the agent. The others at once: each gets a number of its own.
    await attach(nodes[0]!);
    await Promise.all(nodes.slice(1).map(attach));
    const status = await engine.call("status", {});
    expect(new Set(status.nodes.map(({ index }) => index))).toEqual(new Set([0, 1, 2]));
    await engine.call("tracing", { level: "messages" });
    expect(await levels()).toEqual({ one: "messages", two: "messages", three: "messages" });
    await engine.call("tracing", { level: "observe", node: "two" });
    expect(await levels()).toEqual({ one: "messages", two: "observe", three: "messages" });
    await engine.call("detach", { node: nodes[2]!.name });
    await until(states).toEqual({ one: "connected", two: "connected", three: "ended" });
    // Taken up again, it is the same node of the record.
    await engine.call("attach", { node: nodes[2]!.name, level: "observe" });
    const again = await engine.call("status", {});
    expect(again.nodes.map(({ index }) => index)).toEqual(status.nodes.map(({ index }) => index));
    await engine.call("detach", {});
    await until(states).toEqual({ one: "ended", two: "ended", three: "ended" });
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

  it("are let go of while they are being attached to, too", async () => {
    const attaching = engine
      .call("attach", { node: nodes[0]!.name, cookie: COOKIE, level: "observe" })
      .catch(() => undefined);
    await until(async () => (await engine.call("status", {})).attaching?.node).toBe(nodes[0]!.name);
    await engine.call("detach", {});
    await attaching;
    await expect.poll(() => nodes[0]!.eval("nodes(hidden)"), { timeout: 60_000 }).toBe("[]");
    expect((await engine.call("status", {})).nodes.filter(({ state }) => state !== "ended")).toEqual([]);
  });

  it("take what they can: one that has no such function goes on as before and says so [cluster.refused]", async () => {
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

/** Sends messages of its own on a node, and counts them. */
const LOAD = `
  register(counted, spawn(fun L() -> receive {get, From} -> From ! ok, L(); _ -> L() end end)), ok`;
const send = (node: ErlangNode, count: number): Promise<string> =>
  node.eval(
    `[counted ! {number, N} || N <- lists:seq(1, ${count})], counted ! {get, self()}, receive ok -> ok end`,
  );

/** Messages of {@link send} that are in the record, by node. */
async function recorded(): Promise<Readonly<Record<string, number>>> {
  const { nodes: known } = await engine.call("status", {});
  const { rows } = await engine.call("query", {
    sql: `SELECT n.name, count(*)::INT FROM events e JOIN nodes n USING (node) JOIN kinds k USING (kind)
      JOIN atoms a ON a.atom = e.tag WHERE k.name = 'send' AND a.name = 'number' GROUP BY 1`,
  });
  const counts = new Map(rows.map(([name, count]) => [String(name), Number(count)]));
  return Object.fromEntries(known.map(({ name }) => [name.split("@")[0]!, counts.get(name) ?? 0]));
}

const connect = (node: ErlangNode, other: ErlangNode): Promise<string> =>
  node.eval(`net_kernel:connect_node('${other.name}')`);
const seenBy = (node: ErlangNode): Promise<string> => node.eval("lists:sort(nodes())");

describe("a cluster", () => {
  const [one, two, three] = [() => nodes[0]!, () => nodes[1]!, () => nodes[2]!];
  const attach = () =>
    engine.call("attach", { node: one().name, cookie: COOKIE, level: "messages", cluster: true });
  const disconnectAll = async (): Promise<void> => {
    for (const node of nodes) await node.eval("[erlang:disconnect_node(N) || N <- nodes()], ok");
    for (const node of nodes) await until(() => seenBy(node)).toBe("[]");
  };

  beforeEach(async () => {
    await disconnectAll();
    await connect(one(), two());
    await until(() => seenBy(two())).toBe(`[${one().name}]`.replace("one@127.0.0.1", "'one@127.0.0.1'"));
    for (const node of nodes)
      await node.eval(`case whereis(counted) of undefined -> ${LOAD.trim()}; _ -> ok end`);
  });

  it("is attached to from one node, and followed: a node that joins has the settings in force [cluster.follow]", async () => {
    await attach();
    await until(states).toEqual({ one: "connected", two: "connected" });
    await engine.call("tracing", { level: "state" });
    // Let go of by a person, it stays so, though the others see it and more are found.
    await engine.call("detach", { node: "two" });
    await connect(three(), one());
    await until(states).toEqual({ one: "connected", two: "ended", three: "connected" });
    expect(await levels()).toMatchObject({ one: "state", three: "state" });
    // Nobody of them sees us.
    for (const node of nodes) expect(await seenBy(node)).not.toContain("elixirscope");
  });

  it("has each node's messages, each once, also of one that is killed and started again [cluster.exact]", async () => {
    await connect(three(), one());
    await attach();
    await until(states).toEqual({ one: "connected", two: "connected", three: "connected" });
    await Promise.all(nodes.map((node, i) => send(node, 1_000 * (i + 1))));
    await until(recorded).toEqual({ one: 1_000, two: 2_000, three: 3_000 });
    process.kill(three().pid, "SIGKILL");
    await three().exited;
    await until(states).toMatchObject({ one: "connected", two: "connected", three: "disconnected" });
    await Promise.all([one(), two()].map((node) => send(node, 500)));
    nodes[2] = await startNode(NAMES[2]);
    await three().eval(LOAD);
    await until(states).toMatchObject({ three: "connected" });
    await send(three(), 700);
    await until(recorded).toEqual({ one: 1_500, two: 2_500, three: 3_700 });
    await engine.call("detach", {});
    const status = await engine.call("status", {});
    expect(status.dropped).toBe(0);
    // The death of a node is none: only one side could say so.
    expect(status.splits).toEqual([]);
    // Twice there, it is two nodes of the record.
    const { rows } = await engine.call("query", { sql: "SELECT name FROM nodes ORDER BY name" });
    expect(rows.map(([name]) => String(name).split("@")[0])).toEqual(["one", "three", "three", "two"]);
  });

  it("that falls apart is told as such: from when to when two nodes did not see each other [cluster.split]", async () => {
    await attach();
    await until(
      async () => (await engine.call("events", { kinds: ["session"], tag: "nodes" })).rows,
    ).toHaveLength(2);
    await two().eval(`erlang:disconnect_node('${one().name}')`);
    const splits = async () => (await engine.call("status", {})).splits;
    await until(splits).toMatchObject([{ nodes: [one().name, two().name], to: null }]);
    // We reach both, and both go on.
    await Promise.all([one(), two()].map((node) => send(node, 100)));
    await connect(one(), two());
    await until(splits).toMatchObject([{ nodes: [one().name, two().name], to: expect.any(Number) }]);
    await until(recorded).toEqual({ one: 100, two: 100 });
    // The second to notice does so within 200 ms.
    await until(
      async () => (await engine.call("events", { kinds: ["session"], tag: "nodeup" })).rows,
    ).toHaveLength(2);
    await engine.call("detach", {});
    const { rows } = await engine.call("diagnose", {});
    const found = rows.find(({ detector }) => detector === "netsplit")!;
    expect(found).toMatchObject({ verdict: "warn" });
    expect(found.summary).toContain(`${one().name} and ${two().name} did not see each other for`);
    const said = await Promise.all(found.evidence.map((id) => engine.call("event", { id })));
    expect(said.map(({ tag }) => tag)).toEqual([":nodedown", ":nodedown", ":nodeup", ":nodeup"]);
    const [split] = await splits();
    expect(found).toMatchObject({ t: split!.from, until: split!.to });
  });

  it("of which a node refuses has the others, and says why, and what to do [cluster.refused]", async () => {
    await one().eval("erlang:set_cookie('other@127.0.0.1', other_cookie)");
    const other = await startErlangNode({ name: "other", cookie: "other_cookie", args: ARGS });
    try {
      await connect(one(), other);
      await attach();
      const refused = async (): Promise<NodeStatus | undefined> =>
        (await engine.call("status", {})).nodes.find(({ name }) => name === other.name);
      await until(refused).toMatchObject({
        state: "disconnected",
        index: -1,
        reason: expect.stringMatching(/cookie/),
      });
      await until(states).toMatchObject({ one: "connected", two: "connected" });
    } finally {
      await other.stop();
    }
  });
});
