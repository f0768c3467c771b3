import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Engine } from "elixirscope/engine";
import type { EventRow } from "elixirscope/protocol";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { elixir, startElixirNode } from "../testkit/elixir-node.ts";
import type { ErlangNode } from "../testkit/erlang-node.ts";
import { SHOP_MODULES } from "../testkit/shop.ts";

// What processes are called: names, labels, ancestors.

let node: ErlangNode;
let engine: Engine;
let folder: string;

beforeAll(async () => {
  node = await startElixirNode({ name: "observer_names_test" });
  process.env.ERL_EPMD_PORT = String(node.epmdPort);
  await elixir(node, SHOP_MODULES);
  // What is logged is not printed: the console is the test's.
  await node.eval("[logger:set_handler_config(Id, level, none) || Id <- logger:get_handler_ids()]");
});
afterAll(() => node.stop());

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "observer-names-test-"));
  engine = await Engine.start({ version: "0.0.0", recording: join(folder, "r.esrec") });
});
afterEach(async () => {
  await engine.stop();
  rmSync(folder, { recursive: true });
});

const attach = (level: "observe" | "messages" | "state" = "observe"): Promise<unknown> =>
  engine.call("attach", { node: node.name, cookie: node.cookie, level });

const events = async (kind: EventRow["kind"], process?: string): Promise<readonly EventRow[]> => {
  const input = { kinds: [kind], order: "oldest_first", limit: 10_000 } as const;
  return (await engine.call("events", process === undefined ? input : { ...input, process })).rows;
};

describe("names", () => {
  it("of :global, registries and :via modules are known from the attach on, and as they change [observer.name.global] [observer.name.registry] [observer.name.via]", async () => {
    await elixir(
      node,
      `Shop.Owner.hold(fn ->
         Shop.Via.start()
         {:ok, _} = Registry.start_link(keys: :unique, name: Shop.Reg)
         {:ok, _} = Registry.start_link(keys: :unique, name: Shop.Wide, partitions: 4)
         {:ok, _} = Registry.start_link(keys: :duplicate, name: Shop.Topics)
         {:ok, _} = GenServer.start(Shop.Cart, 0, name: {:via, Registry, {Shop.Reg, "zoe"}})
         {:ok, _} = GenServer.start(Shop.Cart, 0, name: {:via, Registry, {Shop.Wide, {:room, 7}}})
         {:ok, _} = GenServer.start(Shop.Cart, 0, name: {:global, :leader})
         Registry.register(Shop.Topics, "news", nil)
       end)`,
    );
    await attach("observe");
    const pidOf = (name: string): Promise<string> => elixir(node, `GenServer.whereis(${name})`);
    const found = async (name: string): Promise<string> =>
      (await engine.call("process", { process: name })).pid;
    for (const [full, short] of [
      ['{:via, Registry, {Shop.Reg, "zoe"}}', "Shop.Reg/zoe"],
      ["{:via, Registry, {Shop.Wide, {:room, 7}}}", "Shop.Wide/{:room, 7}"],
      ["{:global, :leader}", "global/leader"],
    ] as const) {
      const pid = await pidOf(full);
      await expect.poll(() => found(full).catch(() => "")).toBe(pid);
      expect(await found(short)).toBe(pid);
      expect(await found(full.replaceAll(" ", ""))).toBe(pid);
      expect(await engine.call("process", { process: short })).toMatchObject({ names: [full], label: short });
    }
    const before = await engine.call("process", { process: "Shop.Reg/zoe" });
    // Changes: a refused key, the death of a holder and its successor, a name given back, a via module of our own.
    await elixir(
      node,
      `zoe = GenServer.whereis({:via, Registry, {Shop.Reg, "zoe"}})
       refused = Shop.Owner.hold(fn -> Registry.register(Shop.Reg, "zoe", nil) end)
       {:error, {:already_registered, ^zoe}} = refused
       ref = Process.monitor(zoe)
       Process.exit(zoe, :kill)
       receive do {:DOWN, ^ref, _, _, _} -> :ok end
       Shop.Owner.hold(fn ->
         {:ok, _} = GenServer.start(Shop.Cart, 0, name: {:via, Registry, {Shop.Reg, "zoe"}})
         {:ok, _} = GenServer.start(Shop.Cart, 0, name: {:via, Shop.Via, {:table, 3}})
         Registry.register(Shop.Reg, "given back", nil)
         Registry.unregister(Shop.Reg, "given back")
         Registry.register(Shop.Topics, "late news", nil)
         {:ok, _} = Registry.start_link(keys: :duplicate, name: Shop.Later)
         Registry.register(Shop.Later, "subscribed", nil)
       end)
       :global.re_register_name(:leader, GenServer.whereis({:via, Shop.Via, {:table, 3}}))`,
    );
    const zoe = await pidOf('{:via, Registry, {Shop.Reg, "zoe"}}');
    const table = await pidOf("{:via, Shop.Via, {:table, 3}}");
    await engine.call("detach", {});
    expect(await found("Shop.Reg/zoe")).toBe(zoe);
    expect(zoe).not.toBe(before.pid);
    expect(await found("Shop.Via/{:table, 3}")).toBe(table);
    expect(await found("global/leader")).toBe(table);
    const { rows } = await engine.call("processes", { search: '{Shop.Reg, "zoe"}' });
    expect(rows.map(({ pid, alive }) => [pid, alive])).toEqual(
      expect.arrayContaining([
        [before.pid, false],
        [zoe, true],
      ]),
    );
    expect(rows).toHaveLength(2);
    // Events of a name are those of everybody who had it.
    expect(await events("exit", "Shop.Reg/zoe")).toHaveLength(1);
    expect((await engine.call("processes", { search: "given back" })).rows).toEqual([]);
    expect((await engine.call("processes", { search: "news" })).rows).toEqual([]);
    expect((await engine.call("processes", { search: "subscribed" })).rows).toEqual([]);
    await expect(found("Shop.Reg/nobody")).rejects.toMatchObject({ code: "QUERY_NO_SUCH_PROCESS" });
  });
});

describe("labels and ancestors", () => {
  it("are known of processes that start later, and when they change [observer.label.initial-call] [observer.label.process-label] [observer.ancestors] [observer.label.proc-lib]", async () => {
    await elixir(
      node,
      `Shop.Owner.hold(fn -> {:ok, _} = GenServer.start(Shop.Cart, 0, name: Early.Cart) end)`,
    );
    await attach("observe");
    await elixir(
      node,
      `Shop.Owner.hold(fn ->
         {:ok, pid} = GenServer.start_link(Shop.Cart, 0)
         Process.register(pid, Later.Cart)
         send(pid, {:label, {Shop.Live, "lobby"}})
         Process.unregister(Later.Cart)
         :persistent_term.put(:labelled, pid)
       end)`,
    );
    const pid = await elixir(node, ":persistent_term.get(:labelled)");
    await expect
      .poll(async () => (await engine.call("process", { process: pid })).label)
      .toBe('{Shop.Live, "lobby"}');
    const detail = await engine.call("process", { process: pid });
    expect(detail.initialCall).toBe("Shop.Cart.init/1");
    expect(detail.ancestors).toHaveLength(1);
    if (node.otp >= 27) {
      await elixir(
        node,
        `Shop.Owner.hold(fn -> :persistent_term.put(:labelled, self()); :proc_lib.set_label({:step, 1}); :proc_lib.set_label({:step, 2}) end)`,
      );
      const second = await elixir(node, ":persistent_term.get(:labelled)");
      await engine.call("detach", {});
      expect((await engine.call("process", { process: second })).label).toBe("{:step, 2}");
      const labels = (await events("process", second)).filter(({ tag }) => tag === ":label");
      expect(labels.map(({ summary }) => summary)).toEqual(["[label: {:step, 1}]", "[label: {:step, 2}]"]);
    }
  });
});
