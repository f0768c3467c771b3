import type { TreeNode } from "elixirscope/protocol";
import { describe, expect, it } from "vitest";
import { elixir } from "../testkit/elixir-node.ts";
import { startErlangNode } from "../testkit/erlang-node.ts";
import { observedShop } from "../testkit/observed-shop.ts";
import { tracesOfUs, untilNoTraceOfUs } from "../testkit/traces-of-us.ts";

// What ElixirScope tells of processes, their supervisors and the node, held against what the node does.

const shop = observedShop("observer_test");
const { attach, events } = shop;

const flat = (roots: readonly TreeNode[]): readonly TreeNode[] =>
  roots.flatMap((root) => [root, ...flat(root.children)]);

const below = async (supervisor: string): Promise<readonly TreeNode[]> => {
  const { roots } = await shop.engine.call("tree", {});
  return flat(roots).find((branch) => branch.process?.name === supervisor)?.children ?? [];
};

describe("a process that crashes", () => {
  it("is told with its reason, last messages, state, log and what its supervisor did [observer.exit.last-messages] [observer.supervision.restart] [observer.crash-report]", async () => {
    await attach("state");
    await elixir(
      shop.node,
      `Shop.Owner.hold(fn ->
        {:ok, _} = Supervisor.start_link(
          [%{id: :cart, start: {Shop.Cart, :start_link, [[name: Crash.Cart]]}}],
          strategy: :one_for_one, name: Crash.Sup)
      end)
      for n <- 1..20, do: GenServer.cast(Crash.Cart, {:add, n})
      210 = GenServer.call(Crash.Cart, :count)
      pid = Process.whereis(Crash.Cart)
      ref = Process.monitor(pid)
      GenServer.cast(Crash.Cart, :boom)
      GenServer.cast(Crash.Cart, {:add, 1000})
      receive do {:DOWN, ^ref, _, _, _} -> :ok end`,
    );
    // The supervisor's answer names the new child; the emulator and Logger are done by then.
    await expect
      .poll(async () => (await shop.engine.call("crash", { process: "Crash.Cart" })).supervision?.childId)
      .toBe(":cart");
    await shop.engine.call("detach", {});
    const crash = await shop.engine.call("crash", { process: "Crash.Cart", messages: 8 });
    expect(crash.reason.text).toMatch(/^\{%RuntimeError\{.*message: "boom"/);
    expect(crash.process).toMatchObject({ label: "Crash.Cart", alive: false });
    expect(crash.lastMessage?.summary).toContain(":boom");
    expect(crash.state?.state.text).toBe("%{count: 210}");
    expect(crash.received).toHaveLength(8);
    expect(crash.received.map(({ summary }) => summary).join()).toContain(":count");
    expect(crash.sent.map(({ summary }) => summary).join()).toContain("210");
    expect(crash.logs.map(({ text }) => text).join("\n")).toContain("boom");
    expect(crash.logs.map(({ level }) => level)).toContain("error");
    expect(crash.supervision).toMatchObject({
      supervisor: { name: "Crash.Sup" },
      childId: ":cart",
      reaction: "restarted",
      spec: { restart: "permanent", shutdown: 5000, modules: ["Shop.Cart"] },
      successor: { name: "Crash.Cart" },
    });
    expect(crash.supervision?.successor?.handle).not.toBe(crash.process.handle);
    expect(crash.note).toBe("");
    const { rows } = await shop.engine.call("crashes", {});
    expect(rows[0]).toMatchObject({ process: { handle: crash.process.handle }, reason: crash.reason });
  });

  it("is told where messages were not recorded, and refused while it lives", async () => {
    await attach("observe");
    await elixir(
      shop.node,
      `Shop.Owner.hold(fn -> {:ok, _} = GenServer.start(Shop.Cart, 0, name: Lone.Cart) end)
       Shop.Owner.hold(fn -> {:ok, _} = GenServer.start(Shop.Cart, 0, name: Living.Cart) end)
       ref = Process.monitor(Lone.Cart)
       GenServer.cast(Lone.Cart, :boom)
       receive do {:DOWN, ^ref, _, _, _} -> :ok end`,
    );
    await shop.engine.call("detach", {});
    const crash = await shop.engine.call("crash", { process: "Lone.Cart" });
    expect(crash).toMatchObject({ supervision: null, state: null, received: [], sent: [] });
    expect(crash.note).toContain("level messages");
    expect(crash.logs.length).toBeGreaterThan(0);
    await expect(shop.engine.call("crash", { process: "Living.Cart" })).rejects.toMatchObject({
      code: "QUERY_NOT_ENDED",
    });
  });

  it("leaves orderly ends out of the list", async () => {
    await attach("observe");
    await shop.node.eval(`
      [begin {P, M} = spawn_monitor(fun() -> exit(R) end), receive {'DOWN', M, _, P, _} -> ok end end
       || R <- [normal, shutdown, {shutdown, x}, wrong, {bad, thing}, kill]]`);
    await shop.engine.call("detach", {});
    const { rows } = await shop.engine.call("crashes", { limit: 1000 });
    expect(rows.map(({ reason }) => reason.text)).toEqual([":kill", "{:bad, :thing}", ":wrong"]);
  });
});

describe("the supervision tree", () => {
  it("has child specs and stays right through every change, also of children that do not run [observer.supervision.child-specs] [observer.supervision.strategy] [observer.supervision.changes]", async () => {
    await elixir(
      shop.node,
      `Shop.Owner.hold(fn ->
         {:ok, _} = Supervisor.start_link([
           %{id: :one, start: {Shop.Cart, :start_link, [[]]}, restart: :transient, shutdown: 1234},
           %{id: :ignored, start: {Function, :identity, [:ignore]}, restart: :temporary},
           %{id: :kept, start: {Function, :identity, [:ignore]}, shutdown: :brutal_kill},
           {DynamicSupervisor, name: Tree.Dynamic, max_restarts: 9, max_seconds: 8},
           {Task.Supervisor, name: Tree.Tasks},
           {PartitionSupervisor, child_spec: %{id: :part, start: {Agent, :start_link, [fn -> 0 end]}}, name: Tree.Parts, partitions: 2}
         ], strategy: :rest_for_one, max_restarts: 4, max_seconds: 60, name: Tree.Sup)
       end)`,
    );
    await attach("observe");
    const ids = async (): Promise<readonly string[]> =>
      (await below("Tree.Sup")).map(({ childId, childState }) => `${childId} ${childState}`).sort();
    const theirs = async (): Promise<readonly string[]> => {
      const listed = await elixir(
        shop.node,
        `for {id, child, _, _} <- Supervisor.which_children(Tree.Sup), do: "#{inspect(id)} #{if is_pid(child), do: "running", else: child}"`,
      );
      return (JSON.parse(listed) as string[]).sort();
    };
    const same = async (): Promise<void> => {
      const expected = await theirs();
      await expect.poll(ids).toEqual(expected);
    };
    await same();
    const children = await below("Tree.Sup");
    expect(children.find(({ childId }) => childId === ":one")).toMatchObject({
      type: "worker",
      childSpec: { restart: "transient", shutdown: 1234, modules: ["Shop.Cart"], significant: false },
    });
    expect(children.find(({ childId }) => childId === ":kept")).toMatchObject({
      alive: false,
      process: null,
      childState: "undefined",
      childSpec: { restart: "permanent", shutdown: "brutal_kill", start: "Function.identity/1" },
    });
    const { roots } = await shop.engine.call("tree", {});
    const find = (name: string): TreeNode | undefined =>
      flat(roots).find((branch) => branch.process?.name === name);
    expect(find("Tree.Sup")).toMatchObject({
      strategy: "rest_for_one",
      restartLimit: { max: 4, seconds: 60, recent: 0 },
    });
    expect(find("Tree.Dynamic")).toMatchObject({
      strategy: "one_for_one",
      restartLimit: { max: 9, seconds: 8 },
    });
    expect(find("Tree.Tasks")?.type).toBe("supervisor");
    expect(find("Tree.Parts")?.children).toHaveLength(2);

    for (const change of [
      "Supervisor.terminate_child(Tree.Sup, :one)",
      "Supervisor.delete_child(Tree.Sup, :one)",
      "Supervisor.start_child(Tree.Sup, %{id: :new, start: {Function, :identity, [:ignore]}})",
      "Supervisor.start_child(Tree.Sup, %{id: :two, start: {Shop.Cart, :start_link, [[]]}})",
      "Supervisor.terminate_child(Tree.Sup, :two)",
      "Supervisor.restart_child(Tree.Sup, :two)",
      "Supervisor.delete_child(Tree.Sup, :kept)",
    ]) {
      await elixir(shop.node, change);
      await same();
    }
    await elixir(
      shop.node,
      `{:ok, _} = DynamicSupervisor.start_child(Tree.Dynamic, %{id: :any, start: {Shop.Cart, :start_link, [[name: Tree.Cart]]}, restart: :transient})
       {:ok, _} = Task.Supervisor.start_child(Tree.Tasks, fn -> Process.register(self(), Tree.Task); Process.sleep(:infinity) end)`,
    );
    await expect.poll(async () => (await below("Tree.Dynamic"))[0]?.childSpec?.restart).toBe("transient");
    expect((await below("Tree.Dynamic"))[0]).toMatchObject({
      process: { name: "Tree.Cart" },
      childSpec: { restart: "transient", modules: ["Shop.Cart"] },
    });
    await expect.poll(async () => (await below("Tree.Tasks"))[0]?.process?.name).toBe("Tree.Task");
  });

  it("names a supervisor that does not answer, and has the others right [observer.supervision.hung]", async () => {
    await elixir(
      shop.node,
      `Shop.Owner.hold(fn ->
         {:ok, _} = Supervisor.start_link([%{id: :a, start: {Shop.Cart, :start_link, [[]]}}], strategy: :one_for_one, name: Hung.Sup)
         {:ok, _} = Supervisor.start_link([%{id: :b, start: {Shop.Cart, :start_link, [[]]}}], strategy: :one_for_all, name: Answering.Sup)
       end)
       :sys.suspend(Hung.Sup)`,
    );
    await attach("observe");
    const branch = async (name: string): Promise<TreeNode | undefined> =>
      flat((await shop.engine.call("tree", {})).roots).find(({ process }) => process?.name === name);
    await expect.poll(async () => (await branch("Hung.Sup"))?.answers).toBe(false);
    const hung = await branch("Hung.Sup");
    expect(hung).toMatchObject({ type: "supervisor", alive: true, strategy: "" });
    // What it has started stands below it all the same: by its ancestors.
    expect(hung?.children.map(({ alive, childId }) => [alive, childId])).toEqual([[true, null]]);
    expect(await branch("Answering.Sup")).toMatchObject({
      answers: true,
      strategy: "one_for_all",
      children: [{ childId: ":b" }],
    });
    expect(await branch(":kernel_sup")).toMatchObject({ answers: true, strategy: "one_for_all" });
    // It is asked again.
    await elixir(shop.node, ":sys.resume(Hung.Sup)");
    await expect
      .poll(async () => (await branch("Hung.Sup"))?.children.map(({ childId }) => childId))
      .toEqual([":a"]);
    expect(await branch("Hung.Sup")).toMatchObject({ answers: true, strategy: "one_for_one" });
  });

  it("tells how near a supervisor is to giving up [observer.supervision.restart-intensity]", async () => {
    await elixir(
      shop.node,
      `Shop.Owner.hold(fn ->
         {:ok, _} = Supervisor.start_link([%{id: :cart, start: {Shop.Cart, :start_link, [[name: Limit.Cart]]}}],
           strategy: :one_for_one, max_restarts: 5, max_seconds: 600, name: Limit.Sup)
       end)`,
    );
    await attach("observe");
    await expect.poll(async () => (await below("Limit.Sup"))[0]?.childId).toBe(":cart");
    for (const round of [1, 2, 3]) {
      await elixir(
        shop.node,
        `old = Process.whereis(Limit.Cart)
         Process.exit(old, :kill)
         wait = fn wait -> case Process.whereis(Limit.Cart) do pid when pid in [nil, old] -> wait.(wait); _ -> :ok end end
         wait.(wait)`,
      );
      await expect
        .poll(async () => {
          const { roots } = await shop.engine.call("tree", {});
          return flat(roots).find((branch) => branch.process?.name === "Limit.Sup")?.restartLimit?.recent;
        })
        .toBe(round);
    }
    const [cart] = await below("Limit.Sup");
    expect(cart?.restarts).toBe(3);
    const { roots } = await shop.engine.call("tree", {});
    const limit = flat(roots).find((branch) => branch.process?.name === "Limit.Sup")?.restartLimit;
    expect(limit).toMatchObject({ max: 5, seconds: 600, recent: 3 });
    expect(limit?.times).toHaveLength(3);
  });
});

describe("samples", () => {
  it("make the history of a process [observer.samples]", async () => {
    await attach("observe");
    await shop.node.eval(`
      spawn(fun() -> register(hoarder, self()),
        (fun Loop(Kept) -> receive {grow, N} -> Loop(lists:seq(1, N) ++ Kept); stop -> Kept end end)([]) end)`);
    const highest = async (key: "memory" | "mailbox"): Promise<number> =>
      Math.max(
        0,
        ...(await shop.engine.call("history", { process: "hoarder" })).points.map((point) => point[key]),
      );
    await expect.poll(() => highest("memory").catch(() => 0)).toBeGreaterThan(0);
    await shop.node.eval("hoarder ! {grow, 100000}");
    await expect.poll(() => highest("memory")).toBeGreaterThan(1_600_000);
    await shop.node.eval(
      "sys:suspend(logger), [hoarder ! {n, N} || N <- lists:seq(1, 50)], sys:resume(logger)",
    );
    await expect.poll(() => highest("mailbox")).toBe(50);
    const { points, samples } = await shop.engine.call("history", { process: "hoarder", points: 2 });
    expect(points.length).toBeLessThanOrEqual(2);
    expect(samples).toBeGreaterThanOrEqual(2);
    expect(points.at(-1)).toMatchObject({ mailbox: 50 });
    await shop.node.eval("exit(whereis(hoarder), kill)");
  });
});

describe("the system monitor", () => {
  it("tells of long garbage collections and large heaps with their process, and is gone after a detach [observer.system-monitor.long-gc] [observer.system-monitor.large-heap]", async () => {
    await attach("observe");
    expect((await shop.engine.call("status", {})).nodes[0]?.tracing).not.toBe("none");
    await shop.node.eval(`
      spawn(fun() -> register(heavy, self()), X = lists:seq(1, 8000000), erlang:garbage_collect(), receive stop -> X end end)`);
    await expect
      .poll(async () => (await events("system_monitor", "heavy").catch(() => [])).map(({ tag }) => tag))
      .toEqual(expect.arrayContaining([":long_gc", ":large_heap"]));
    await expect.poll(async () => (await shop.engine.call("status", {})).nodes[0]?.systemMonitor).toBe("on");
    await shop.node.eval("exit(whereis(heavy), kill)");
    await shop.engine.call("detach", {});
    await untilNoTraceOfUs(shop.node, 5_000);
    expect(await shop.node.eval("erlang:system_monitor()")).toBe("undefined");
  });

  it("names who waits for a port or another node, holds a scheduler, or has a long mailbox [observer.system-monitor.busy-port] [observer.system-monitor.busy-dist-port] [observer.system-monitor.long-schedule] [observer.system-monitor.long-message-queue]", async () => {
    const peer = await startErlangNode({ name: "observer_peer", cookie: shop.node.cookie });
    try {
      await shop.node.eval(`pong = net_adm:ping('${peer.name}')`);
      await attach("observe");
      await expect
        .poll(async () => (await shop.engine.call("status", {})).nodes[0]?.systemMonitor)
        .toBe("on");
      // Nobody reads: what is more than fits makes the sender wait.
      process.kill(peer.pid, "SIGSTOP");
      await shop.node.eval(`
        Big = binary:copy(<<0>>, 8388608),
        spawn(fun() -> register(far, self()), [{nobody, '${peer.name}'} ! Big || _ <- [1, 2, 3]] end),
        spawn(fun() -> register(full, self()), Port = open_port({spawn, "sleep 10"}, [binary]),
          [port_command(Port, Big) || _ <- [1, 2, 3]] end),
        spawn(fun() -> register(blocker, self()), erts_debug:set_internal_state(available_internal_state, true),
          erts_debug:set_internal_state(block, 250), receive stop -> ok end end),
        spawn(fun() -> register(sluggish, self()), receive stop -> ok end end)`);
      await shop.node.eval(
        "(fun Wait() -> case whereis(sluggish) of undefined -> Wait(); P -> [P ! {n, N} || N <- lists:seq(1, 20000)] end end)(), ok",
      );
      const seen = async (): Promise<readonly string[]> =>
        (await events("system_monitor")).map((row) => `${row.process?.name} ${row.tag}`);
      const expected = ["far", "full", "blocker"].map(
        (name, i) => `:${name} :${["busy_dist_port", "busy_port", "long_schedule"][i]}`,
      );
      if (shop.node.otp >= 27) expected.push(":sluggish :long_message_queue");
      await expect.poll(seen).toEqual(expect.arrayContaining(expected));
    } finally {
      process.kill(peer.pid, "SIGCONT");
      await shop.node.eval(
        "[exit(P, kill) || N <- [far, full, blocker, sluggish], P <- [whereis(N)], is_pid(P)]",
      );
      await peer.stop();
    }
  });

  it("has the limits that were given at the attach, or is left alone", async () => {
    const limits = {
      longGcMs: 777,
      longScheduleMs: 0,
      largeHeapBytes: 8_000_000,
      longMessageQueue: 0,
      busyPort: false,
    };
    const attachWith = (systemMonitor: object | false): Promise<unknown> =>
      shop.engine.call("attach", {
        node: shop.node.name,
        cookie: shop.node.cookie,
        level: "observe",
        systemMonitor,
      });
    await attachWith(limits);
    const options = await shop.node.eval("{_, Options} = erlang:system_monitor(), lists:sort(Options)");
    expect(options).toBe("[busy_dist_port,{large_heap,1000000},{long_gc,777}]");
    await shop.engine.call("detach", {});
    await attachWith(false);
    expect(await shop.node.eval("erlang:system_monitor()")).toBe("undefined");
  });

  it("is left to whoever holds it, which is said [observer.system-monitor.others]", async () => {
    await shop.node.eval(`
      spawn(fun() -> register(their_monitor, self()), erlang:system_monitor(self(), [{long_gc, 777}]), receive stop -> ok end end),
      (fun Wait() -> case erlang:system_monitor() of undefined -> Wait(); _ -> ok end end)()`);
    await attach("observe");
    await expect
      .poll(async () => (await shop.engine.call("status", {})).nodes[0]?.systemMonitor)
      .toContain("their_monitor");
    await shop.engine.call("detach", {});
    await untilNoTraceOfUs(shop.node, 5_000);
    expect(await shop.node.eval("erlang:system_monitor()")).toMatch(/\{<[\d.]+>,\[\{long_gc,777\}\]\}/);
    await shop.node.eval("exit(whereis(their_monitor), kill)");
  });
});

describe("logger events", () => {
  it("are recorded as handlers get them, with their process, and none that is not allowed [observer.logger]", async () => {
    await shop.node.eval("logger:set_primary_config(level, notice)");
    await attach("observe");
    await elixir(
      shop.node,
      `require Logger
       Process.register(self(), :writer)
       Logger.error("from Elixir", request_id: "r-1")
       Logger.debug("below the level")
       :logger.notice("format ~p and ~ts", [{:a, 1}, "text"], %{file: ~c"x.erl", line: 7})
       :logger.warning(%{what: :report, n: 3})
       :logger.error(%{password: "s3cret-" <> "word", what: :secret_report})`,
    );
    await shop.engine.call("detach", {});
    const rows = await events("log", "writer");
    expect(rows.map(({ tag, summary }) => [tag, summary])).toEqual([
      [":error", "from Elixir"],
      [":notice", "format {:a, 1} and text"],
      [":warning", expect.stringContaining("n: 3")],
      [":error", expect.stringContaining("secret_report")],
    ]);
    const { term } = await shop.engine.call("event", { id: rows[0]!.id });
    expect(term.text).toContain('request_id: "r-1"');
    const all = await Promise.all(rows.map(({ id }) => shop.engine.call("event", { id })));
    expect(JSON.stringify(all)).not.toContain("s3cret-word");
  });
});

describe("an inventory", () => {
  it("has tables, ports and applications, also in the recording [observer.ets] [observer.ports] [observer.applications]", async () => {
    await shop.node.eval(`
      Me = self(),
      spawn(fun() -> register(keeper, self()), T = ets:new(big_table, [named_table, ordered_set, public]),
        ets:insert(T, [{N, lists:duplicate(50, N)} || N <- lists:seq(1, 20000)]), Me ! ready, receive stop -> ok end end),
      receive ready -> ok end`);
    await attach("observe");
    const inventory = await shop.engine.call("inventory", {});
    const told = Number(await shop.node.eval("ets:info(big_table, memory) * erlang:system_info(wordsize)"));
    expect(inventory.tables[0]).toMatchObject({
      name: ":big_table",
      size: 20_000,
      memory: told,
      type: "ordered_set",
      protection: "public",
      owner: { name: ":keeper" },
    });
    expect(inventory.tablesTotal).toBeGreaterThan(10);
    expect(inventory.ports.length).toBeGreaterThan(0);
    expect(inventory.ports.some(({ owner }) => owner !== null)).toBe(true);
    const kernel = inventory.applications.find(({ name }) => name === ":kernel");
    expect(kernel).toMatchObject({
      top: { name: ":kernel_sup" },
      version: await shop.node
        .eval("{ok, V} = application:get_key(kernel, vsn), V")
        .then((text) => text.replaceAll('"', "")),
    });
    expect(kernel?.processes).toBeGreaterThan(10);
    expect(kernel?.memory).toBeGreaterThan(10_000);
    expect(inventory.limits.processes[1]).toBeGreaterThan(1_000);
    await shop.engine.call("detach", {});
    const later = await shop.engine.call("inventory", {});
    expect(later.tables[0]?.name).toBe(":big_table");
    await shop.node.eval("exit(whereis(keeper), kill)");
  });
});

it("leaves nothing of it in the node", async () => {
  await attach("state");
  await shop.engine.call("inventory", {});
  await shop.engine.call("detach", {});
  await untilNoTraceOfUs(shop.node, 5_000);
  expect(await tracesOfUs(shop.node)).toBe("[]");
});
