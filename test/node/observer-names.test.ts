import { describe, expect, it } from "vitest";
import { elixir } from "../testkit/elixir-node.ts";
import { observedShop } from "../testkit/observed-shop.ts";

// What processes are called: names, labels, ancestors.

const shop = observedShop("observer_names_test");
const { attach, events } = shop;

describe("names", () => {
  it("of :global, registries and :via modules are known from the attach on, and as they change [observer.name.global] [observer.name.registry] [observer.name.via]", async () => {
    await elixir(
      shop.node,
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
    const pidOf = (name: string): Promise<string> => elixir(shop.node, `GenServer.whereis(${name})`);
    const found = async (name: string): Promise<string> =>
      (await shop.engine.call("process", { process: name })).pid;
    for (const [full, short] of [
      ['{:via, Registry, {Shop.Reg, "zoe"}}', "Shop.Reg/zoe"],
      ["{:via, Registry, {Shop.Wide, {:room, 7}}}", "Shop.Wide/{:room, 7}"],
      ["{:global, :leader}", "global/leader"],
    ] as const) {
      const pid = await pidOf(full);
      await expect.poll(() => found(full).catch(() => "")).toBe(pid);
      expect(await found(short)).toBe(pid);
      expect(await found(full.replaceAll(" ", ""))).toBe(pid);
      expect(await shop.engine.call("process", { process: short })).toMatchObject({
        names: [full],
        label: short,
      });
    }
    const before = await shop.engine.call("process", { process: "Shop.Reg/zoe" });
    // Changes: a refused key, the death of a holder and its successor, a name given back, a via module of our own.
    await elixir(
      shop.node,
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
    await shop.engine.call("detach", {});
    expect(await found("Shop.Reg/zoe")).toBe(zoe);
    expect(zoe).not.toBe(before.pid);
    expect(await found("Shop.Via/{:table, 3}")).toBe(table);
    expect(await found("global/leader")).toBe(table);
    const { rows } = await shop.engine.call("processes", { search: '{Shop.Reg, "zoe"}' });
    expect(rows.map(({ pid, alive }) => [pid, alive])).toEqual(
      expect.arrayContaining([
        [before.pid, false],
        [zoe, true],
      ]),
    );
    expect(rows).toHaveLength(2);
    // Events of a name are those of everybody who had it.
    expect(await events("exit", "Shop.Reg/zoe")).toHaveLength(1);
    expect((await shop.engine.call("processes", { search: "given back" })).rows).toEqual([]);
    expect((await shop.engine.call("processes", { search: "news" })).rows).toEqual([]);
    expect((await shop.engine.call("processes", { search: "subscribed" })).rows).toEqual([]);
    await expect(found("Shop.Reg/nobody")).rejects.toMatchObject({ code: "QUERY_NO_SUCH_PROCESS" });
  });
});

describe("labels and ancestors", () => {
  it("are known of processes that start later, and when they change [observer.label.initial-call] [observer.label.process-label] [observer.ancestors] [observer.label.proc-lib]", async () => {
    await elixir(
      shop.node,
      `Shop.Owner.hold(fn -> {:ok, _} = GenServer.start(Shop.Cart, 0, name: Early.Cart) end)`,
    );
    await attach("observe");
    await elixir(
      shop.node,
      `Shop.Owner.hold(fn ->
         {:ok, pid} = GenServer.start_link(Shop.Cart, 0)
         Process.register(pid, Later.Cart)
         send(pid, {:label, {Shop.Live, "lobby"}})
         Process.unregister(Later.Cart)
         :persistent_term.put(:labelled, pid)
       end)`,
    );
    const pid = await elixir(shop.node, ":persistent_term.get(:labelled)");
    await expect
      .poll(async () => (await shop.engine.call("process", { process: pid })).label)
      .toBe('{Shop.Live, "lobby"}');
    const detail = await shop.engine.call("process", { process: pid });
    expect(detail.initialCall).toBe("Shop.Cart.init/1");
    expect(detail.ancestors).toHaveLength(1);
    if (shop.node.otp >= 27) {
      await elixir(
        shop.node,
        `Shop.Owner.hold(fn -> :persistent_term.put(:labelled, self()); :proc_lib.set_label({:step, 1}); :proc_lib.set_label({:step, 2}) end)`,
      );
      const second = await elixir(shop.node, ":persistent_term.get(:labelled)");
      await shop.engine.call("detach", {});
      expect((await shop.engine.call("process", { process: second })).label).toBe("{:step, 2}");
      const labels = (await events("process", second)).filter(({ tag }) => tag === ":label");
      expect(labels.map(({ summary }) => summary)).toEqual(["[label: {:step, 1}]", "[label: {:step, 2}]"]);
    }
  });
});
