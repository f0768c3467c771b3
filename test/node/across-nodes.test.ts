// Three nodes and an application that lives on all of them: a click on one is counted on the second and shown on each.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Engine } from "elixirscope/engine";
import type { EventRow, FlowSpan } from "elixirscope/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loading } from "../testkit/erlang-module.ts";
import { type ErlangNode, startErlangNode } from "../testkit/erlang-node.ts";

const COOKIE = "across_cookie";
const NAMES = ["door", "count", "wall"] as const;

/** Counts clicks and tells all boards, of whichever node. */
const COUNTER = `
  -module(clicks). -behaviour(gen_server). -export([start/0, click/1, init/1, handle_call/3, handle_cast/2]).
  start() -> gen_server:start({local, counter}, clicks, 0, []).
  click(Node) -> gen_server:call({counter, Node}, click).
  init(N) -> {ok, N}.
  handle_call(click, _, N) -> [Board ! {count, N + 1} || Board <- pg:get_members(clicks, boards)], {reply, N + 1, N + 1}.
  handle_cast(_, N) -> {noreply, N}.`;
const BOARD = `
  -module(board). -behaviour(gen_server). -export([start/0, shown/0, init/1, handle_call/3, handle_cast/2, handle_info/2]).
  start() -> gen_server:start({local, board}, board, 0, []).
  shown() -> gen_server:call(board, shown).
  init(N) -> ok = pg:join(clicks, boards, self()), {ok, N}.
  handle_call(shown, _, N) -> {reply, N, N}.
  handle_cast(_, N) -> {noreply, N}.
  handle_info({count, N}, _) -> {noreply, N}.`;

let nodes: readonly [ErlangNode, ErlangNode, ErlangNode];
let engine: Engine;
let folder: string;

beforeAll(async () => {
  // Nodes do not connect by themselves: who is cut off stays so.
  const args = ["-connect_all", "false", "-kernel", "prevent_overlapping_partitions", "false"];
  const start = (name: string): Promise<ErlangNode> => startErlangNode({ name, cookie: COOKIE, args });
  const door = await start(NAMES[0]);
  process.env.ERL_EPMD_PORT = String(door.epmdPort);
  nodes = [door, await start(NAMES[1]), await start(NAMES[2])];
  for (const node of nodes) await node.eval(`${loading(COUNTER, BOARD)}, pg:start(clicks), board:start()`);
  await nodes[1].eval("clicks:start()");
  await meet();
  folder = mkdtempSync(join(tmpdir(), "across-nodes-"));
  engine = await Engine.start({ version: "0.0.0", recording: join(folder, "r.esrec") });
  const flows = ["clicks.click/1"];
  for (const { name } of nodes)
    await engine.call("attach", { node: name, cookie: COOKIE, level: "messages", flows });
});
afterAll(async () => {
  await engine?.stop();
  await Promise.all(nodes?.map((node) => node.stop()) ?? []);
  if (folder) rmSync(folder, { recursive: true });
});

/** All are connected with each other, and know of each other's boards. */
async function meet(): Promise<void> {
  for (const [i, node] of nodes.entries())
    for (const other of nodes.slice(i + 1))
      expect(await node.eval(`net_kernel:connect_node('${other.name}')`)).toBe("true");
  for (const node of nodes)
    await until(
      () => node.eval("length(pg:get_members(clicks, boards))"),
      (n) => n === "3",
    );
}

/** Asks until the answer is as it should be; the time that a test may take is the limit. */
async function until<T>(ask: () => Promise<T>, isIt: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (isIt(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** By a hand that no flow has reached: what the test asks goes through the terminal, which answers within the flow before. */
const click = (): Promise<string> =>
  nodes[0].eval(`seq_trace:set_token([]), clicks:click('${nodes[1].name}')`);

/** What boards took in, on a node; all of it is recorded when the record has caught up with what the node has told. */
async function counted(node: ErlangNode, last: number): Promise<readonly string[]> {
  const asked = { node: node.name, kinds: ["receive"], tag: "count", order: "oldest_first" } as const;
  const { rows } = await until(
    () => engine.call("events", asked),
    (list) => list.rows.at(-1)?.summary === `{:count, ${last}}`,
  );
  return rows.map(({ summary }) => summary);
}

const upTo = (from: number, to: number): readonly string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => `{:count, ${from + i}}`);

describe("an application on three nodes", () => {
  it("is recorded whole: each node has taken in as many updates as there were clicks [across.counts]", async () => {
    for (let i = 1; i <= 20; i++) expect(await click()).toBe(String(i));
    for (const node of nodes) {
      expect(
        await until(
          () => node.eval("board:shown()"),
          (shown) => shown === "20",
        ),
      ).toBe("20");
      expect(await counted(node, 20)).toEqual(upTo(1, 20));
    }
    const sent = await engine.call("events", { kinds: ["send"], tag: "count", limit: 1_000 });
    expect(sent.rows).toHaveLength(60);
    expect(await engine.call("status", {})).toMatchObject({ dropped: 0, gaps: 0 });
  });

  it("shows a click as one flow over all of them [across.flow]", async () => {
    const { rows } = await engine.call("flows", { entry: "click" });
    expect(rows).toHaveLength(20);
    for (const row of rows) expect(row).toMatchObject({ complete: true, nodes: [0, 1, 2], failed: false });
    const flow = await engine.call("flow", { flow: rows[0]!.id });
    const [asked] = flow.root.hops;
    expect(flow.root.process).toMatchObject({ node: "door" });
    expect(asked).toMatchObject({ to: { label: ":counter", node: "count" }, why: "" });
    const told = asked!.span!.hops.filter(({ reply }) => !reply);
    expect(told.map(({ to }) => `${to?.label} ${to?.node}`).sort()).toEqual([
      ":board count",
      ":board door",
      ":board wall",
    ]);
    // A cause is never shown behind what it led to, whatever the clocks say.
    const walk = (span: FlowSpan): void => {
      for (const { mailboxNs, span: below } of span.hops) {
        expect(mailboxNs).toBeGreaterThanOrEqual(0);
        if (below) walk(below);
      }
    };
    walk(flow.root);
    const path = await engine.call("criticalPath", { flow: flow.id });
    const total = path.rows.reduce((sum, { durationNs }) => sum + durationNs, 0);
    expect(total).toBe(flow.durationNs);
  });

  it("has both halves of what goes from node to node, by a pid as by a name [across.messages]", async () => {
    const only = async (process: string, summary: string): Promise<EventRow> => {
      const { rows } = await engine.call("events", { kinds: ["send"], subject: process, tag: "count" });
      return rows.find((row) => row.summary === summary && row.peer?.node === "wall")!;
    };
    const toWall = await only("counter", "{:count, 7}");
    expect(await engine.call("message", { id: toWall.id })).toMatchObject({
      certain: true,
      why: "",
      receive: { summary: "{:count, 7}", process: { label: ":board", node: "wall" } },
    });
    const { rows } = await engine.call("calls", { to: "counter", limit: 100 });
    expect(rows).toHaveLength(20);
    for (const row of rows) {
      expect(row).toMatchObject({
        outcome: "answered",
        from: { node: "door" },
        to: { label: ":counter", node: "count" },
        received: { process: { node: "count" } },
      });
    }
    const { request, received } = rows[0]!;
    for (const id of [request!.id, received!.id]) {
      expect(await engine.call("message", { id })).toMatchObject({
        certain: true,
        send: { id: request!.id },
        receive: { id: received!.id },
      });
    }
  });

  it("is asked by node [across.by-node]", async () => {
    const on = async (node: string): Promise<readonly string[]> =>
      (await engine.call("processes", { node, search: "board" })).rows.map(({ node: where }) => where ?? "");
    for (const name of NAMES) expect(await on(name)).toEqual([name]);
    expect((await engine.call("calls", { node: "wall", to: "counter" })).rows).toEqual([]);
    expect((await engine.call("flows", { node: "wall", entry: "click" })).rows).toHaveLength(20);
    const { groups } = await engine.call("aggregate", { by: ["node"], kinds: ["receive"], tag: "count" });
    expect(new Map(groups.map(({ key, count }) => [key[0], count]))).toEqual(
      new Map(nodes.map(({ name }) => [name, 20])),
    );
    const { roots } = await engine.call("tree", {});
    expect(roots.map(({ type, label }) => [type, label])).toEqual(nodes.map(({ name }) => ["node", name]));
    await expect(engine.call("events", { node: "roof" })).rejects.toMatchObject({
      code: "QUERY_NO_SUCH_NODE",
      message: `No node "roof" in this recording. It has ${nodes.map(({ name }) => name).join(", ")}.`,
    });
  });

  it("tells what a node that was cut off did not get, and has it whole again once it is back [across.cut-off]", async () => {
    const [door, count, wall] = nodes;
    for (const [node, cookie] of [
      [door, "cut"],
      [count, "cut"],
    ] as const) {
      await node.eval(`erlang:set_cookie('${wall.name}', ${cookie}), erlang:disconnect_node('${wall.name}')`);
      await wall.eval(`erlang:set_cookie('${node.name}', other)`);
    }
    await until(
      () => count.eval("length(pg:get_members(clicks, boards))"),
      (n) => n === "2",
    );
    for (let i = 21; i <= 25; i++) expect(await click()).toBe(String(i));
    for (const node of [door, count]) expect(await counted(node, 25)).toEqual(upTo(1, 25));
    for (const node of [door, count]) {
      await node.eval(`erlang:set_cookie('${wall.name}', ${COOKIE})`);
      await wall.eval(`erlang:set_cookie('${node.name}', ${COOKIE})`);
    }
    await meet();
    for (let i = 26; i <= 30; i++) expect(await click()).toBe(String(i));
    for (const node of [door, count]) expect(await counted(node, 30)).toEqual(upTo(1, 30));
    expect(await counted(wall, 30)).toEqual([...upTo(1, 20), ...upTo(26, 30)]);
    const flows = await engine.call("flows", { entry: "click" });
    expect(flows.rows.map(({ nodes: passed }) => passed.length)).toEqual([
      ...Array.from({ length: 5 }, () => 3),
      ...Array.from({ length: 5 }, () => 2),
      ...Array.from({ length: 20 }, () => 3),
    ]);
    // We never lost sight of it: nothing of what it did is missing.
    expect(await engine.call("status", {})).toMatchObject({ dropped: 0, gaps: 0 });
  });
});
