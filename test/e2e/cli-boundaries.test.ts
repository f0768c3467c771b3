// Contexts and leaks of an application on a real node, whose modules look as Elixir makes them.
import { writeFile } from "node:fs/promises";
import { Engine } from "elixirscope/engine";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type ErlangNode, startErlangNode } from "../testkit/erlang-node.ts";
import { loadLook, tracesOfUs, tracing, untilNoTraceOfUs } from "../testkit/traces-of-us.ts";
import { CliWorld, jsonLines } from "./support/cli-process.ts";
import { loadLeakingShop } from "./support/leaking-shop.ts";

interface Answer {
  readonly leaks: readonly {
    readonly caller: string;
    readonly callee: string;
    readonly line: number;
    readonly calls: number | null;
  }[];
  readonly contexts: readonly { readonly name: string }[];
  readonly countedMs: number;
}

let node: ErlangNode;
let world: CliWorld;
let unload: () => void;

beforeAll(async () => {
  node = await startErlangNode();
  world = await CliWorld.create({ cookie: node.cookie, epmdPort: node.epmdPort });
  process.env.ERL_EPMD_PORT = String(node.epmdPort);
  unload = await loadLeakingShop(node);
  await node.eval(`
    Rounds = counters:new(1, []),
    register(shopping, spawn(fun() ->
      (fun Loop() ->
        counters:add(Rounds, 1, 1),
        'Elixir.ShopWeb.Page':show(1),
        [{ok, 2} = 'Elixir.Shop.Sales':total(1) || _ <- lists:seq(1, 100)],
        receive {rounds, From} -> From ! {rounds, counters:get(Rounds, 1)} after 5 -> ok end,
        Loop()
      end)()
    end))`);
});
afterAll(async () => {
  await node.stop();
  await world.remove();
  unload();
});

const rounds = async (): Promise<number> =>
  Number(await node.eval("shopping ! {rounds, self()}, receive {rounds, N} -> N end"));

it("names the leak and nothing else, and fails a CI run", async () => {
  const found = await world.run("boundaries", node.name, "--json");
  expect(found.code).toBe(0);
  const [answer] = jsonLines<Answer>(found.stdout);
  expect(answer).toMatchObject({
    contexts: [{ name: "Shop.Sales" }],
    leaks: [{ caller: "ShopWeb.Page.show/1", callee: "Shop.Sales.Till.add/1", line: 3, calls: null }],
  });
  const strict = await world.run("boundaries", node.name, "--fail-on-leak");
  expect(strict.code).toBe(1);
  expect(strict.stdout).toMatch(/ShopWeb\.Page\.show\/1 +Shop\.Sales\.Till\.add\/1/);
  expect(strict.stderr).toContain("1 leak");
});

it("counts the calls from the place that leaks, not everybody's, and leaves nothing", async () => {
  const before = await rounds();
  const { stdout } = await world.run("boundaries", node.name, "--for", "500ms", "--json");
  const [answer] = jsonLines<Answer>(stdout);
  expect(answer!.countedMs).toBe(500);
  expect(answer!.leaks[0]!.calls).toBeGreaterThan(0);
  // One a round; everybody's would be 101 a round.
  expect(answer!.leaks[0]!.calls).toBeLessThanOrEqual((await rounds()) - before);
  await untilNoTraceOfUs(node, 1_000);
});

it("a level that is set while it counts stays as it was set", async () => {
  const engine = await Engine.start({ version: "0.0.0" });
  try {
    await engine.call("attach", { node: node.name, cookie: node.cookie, level: "observe" });
    const counted = async (): Promise<number> =>
      (await engine.call("events", { kinds: ["call"], limit: 1_000 })).rows.length;
    const counting = engine.call("boundaries", { countMs: 1_000 });
    await expect.poll(counted).toBeGreaterThan(0);
    await engine.call("tracing", { level: "messages" });
    expect((await counting).leaks[0]!.calls).toBeGreaterThan(0);
    expect((await engine.call("status", {})).nodes[0]).toMatchObject({ level: "messages" });
    // Its own patterns are gone: what is called from now on is not recorded.
    const before = await counted();
    const since = await rounds();
    await expect.poll(rounds).toBeGreaterThan(since);
    await engine.call("detach", {});
    expect(await counted()).toBe(before);
    expect((await engine.call("events", { kinds: ["send"], limit: 1 })).rows).toHaveLength(1);
  } finally {
    await engine.stop();
  }
});

it("killed while it counts it leaves nothing on the node", async () => {
  await loadLook(node);
  const cli = world.start("boundaries", node.name, "--for", "10s");
  await expect
    .poll(() => tracesOfUs(node), { timeout: 60_000 })
    .toContain(tracing(node, "{'Elixir.Shop.Sales.Till',add,1}"));
  cli.signal("SIGKILL");
  await untilNoTraceOfUs(node, 1_000);
});

it("takes what a project says of itself from a file, and refuses one that says nothing", async () => {
  await writeFile(world.path("meant.json"), JSON.stringify({ allow: ["ShopWeb.Page -> Shop.Sales.Till"] }));
  const meant = await world.run("boundaries", node.name, "--config", "meant.json", "--fail-on-leak");
  expect([meant.code, meant.stdout]).toEqual([0, ""]);
  await writeFile(world.path("list.json"), "[]");
  const wrong = await world.run("boundaries", node.name, "--config", "list.json");
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain("should hold a JSON object");
  expect((await world.run("boundaries", node.name, "--config", "none.json")).code).toBe(2);
});

it("says where there is no application of Phoenix", async () => {
  const plain = await startErlangNode({ cookie: node.cookie, epmdPort: node.epmdPort });
  const { code, stderr } = await world.run("boundaries", plain.name);
  expect(code).toBe(3);
  expect(stderr).toContain("No module on the node is a Phoenix endpoint");
  await plain.stop();
});
