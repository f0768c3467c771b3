import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Engine } from "elixirscope/engine";
import type { EventRow, GapRow, Status } from "elixirscope/protocol";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { attachCli } from "../testkit/attached-cli.ts";
import { type CutProxy, startCutProxy } from "../testkit/cut-proxy.ts";
import { loading } from "../testkit/erlang-module.ts";
import { type ErlangNode, startErlangNode } from "../testkit/erlang-node.ts";
import { loadLook, tracesOfUs, tracing, untilNoTraceOfUs } from "../testkit/traces-of-us.ts";
import { startWorkload, workloadGoesOn, workloadResult } from "../testkit/workload.ts";

// Whatever goes wrong, the application on the node works on and its results are right: each test runs beside an
// application that checks itself.

let node: ErlangNode;
let engine: Engine;
let folder: string;

beforeAll(async () => {
  node = await startErlangNode();
  process.env.ERL_EPMD_PORT = String(node.epmdPort);
  await loadLook(node);
});
afterAll(() => node.stop());

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "faults-test-"));
  await startWorkload(node);
});
afterEach(async () => {
  await engine?.stop();
  rmSync(folder, { recursive: true, force: true });
});

type Level = "observe" | "messages" | "state" | "calls";

async function attach(level: Level, patterns: readonly string[] = [], to: ErlangNode = node): Promise<void> {
  engine = await Engine.start({ version: "0.0.0", recording: join(folder, "r.esrec") });
  await engine.call("attach", { node: to.name, cookie: to.cookie, level, patterns });
}

/** The first status pushed (or now) of which this is true. */
async function statusOf(isSo: (status: Status) => boolean): Promise<Status> {
  return new Promise((resolve) => {
    const unsubscribe = engine.onPush(({ status }) => {
      if (!isSo(status)) return;
      unsubscribe();
      resolve(status);
    });
    void engine.call("status", {}).then((now) => {
      if (!isSo(now)) return;
      unsubscribe();
      resolve(now);
    });
  });
}

const events = async (input: object): Promise<readonly EventRow[]> =>
  (await engine.call("events", { order: "oldest_first", limit: 10_000, ...input })).rows;

/** Unix nanoseconds of the recording's `t` 0, to the millisecond. */
async function origin(): Promise<bigint> {
  const [event] = await events({ limit: 1 });
  return BigInt(Date.parse(event!.at)) * 1_000_000n - BigInt(event!.t);
}

describe("ElixirScope", () => {
  let child: ChildProcess;
  afterEach(() => child.kill("SIGKILL"));

  it("killed leaves nothing within a second, and the application as it was [faults.killed]", async () => {
    child = await attachCli(node, "--level", "calls", "--trace", "the_till.client/3");
    await workloadGoesOn(node);
    await expect.poll(() => tracesOfUs(node)).toContain(tracing(node, "{the_till,client,3}"));
    child.kill("SIGKILL");
    await untilNoTraceOfUs(node, 1_000);
    await workloadGoesOn(node);
    expect(await workloadResult(node)).toBe("right");
  });

  it("frozen and resumed: clean within a second of its last beat, attached again after that [faults.frozen]", async () => {
    child = await attachCli(node, "--level", "calls", "--trace", "the_till.client/3");
    child.kill("SIGSTOP");
    await untilNoTraceOfUs(node, 1_200);
    await workloadGoesOn(node);
    child.kill("SIGCONT");
    await expect
      .poll(() => tracesOfUs(node), { timeout: 60_000 })
      .toContain(tracing(node, "{the_till,client,3}"));
    await workloadGoesOn(node);
    child.kill("SIGKILL");
    await untilNoTraceOfUs(node, 1_000);
    expect(await workloadResult(node)).toBe("right");
  });
});

describe("the network", () => {
  let proxy: CutProxy;
  beforeEach(async () => {
    proxy = await startCutProxy(node);
    process.env.ERL_EPMD_PORT = String(proxy.epmdPort);
  });
  afterEach(async () => {
    process.env.ERL_EPMD_PORT = String(node.epmdPort);
    await proxy.stop();
  });

  it.each(["silent", "reset"] as const)(
    "cut (%s) and restored: clean, a gap with its extent, attached again [faults.network]",
    async (how) => {
      await attach("messages");
      await workloadGoesOn(node);
      const before = await statusOf(({ nodes }) => nodes[0]?.state === "connected");
      proxy.cut(how);
      // 900 ms without a beat, and then at once; the second that it may take is measured by the dead man's switch's own test.
      await untilNoTraceOfUs(node, 2_000);
      await workloadGoesOn(node);
      await node.eval("register(in_the_gap, spawn(fun() -> receive never -> ok end end))");
      if (how === "reset") await statusOf(({ nodes }) => nodes[0]?.state === "disconnected");
      const restored = Number(BigInt(await node.eval("os:system_time(nanosecond)")) - (await origin()));
      proxy.restore();
      await statusOf(({ gaps, nodes }) => nodes[0]?.state === "connected" && gaps > before.gaps);
      await workloadGoesOn(node);
      expect(await workloadResult(node)).toBe("right");
      await engine.call("detach", {});
      const gaps = (await engine.call("gaps", {})).filter(({ cause }) => cause === "detached");
      expect(gaps).toHaveLength(1);
      const [gap] = gaps;
      expect(gap!.to).toBeGreaterThan(gap!.from);
      expect(restored).toBeGreaterThan(gap!.from);
      expect(restored).toBeLessThan(gap!.to);
      expect(await events({ from: gap!.from + 1, to: restored, kinds: ["send", "receive"] })).toEqual([]);
      expect((await events({ kinds: ["send"], to: gap!.from })).length).toBeGreaterThan(0);
      expect((await events({ kinds: ["send"], from: gap!.to })).length).toBeGreaterThan(0);
      expect((await engine.call("process", { process: "in_the_gap" })).alive).toBe(true);
      await node.eval("exit(whereis(in_the_gap), kill)");
    },
  );
});

describe("a node that is out of reach", () => {
  it("and is let go then has a gap up to that moment, by its own clock", async () => {
    const proxy = await startCutProxy(node);
    process.env.ERL_EPMD_PORT = String(proxy.epmdPort);
    try {
      await attach("messages");
      await workloadGoesOn(node);
      await expect
        .poll(async () => (await events({ kinds: ["send"] })).length, { timeout: 60_000 })
        .toBeGreaterThan(0);
      proxy.cut("reset");
      await statusOf(({ nodes }) => nodes[0]?.state === "disconnected");
      await workloadGoesOn(node);
      const zero = await origin();
      const now = async (): Promise<number> =>
        Number(BigInt(await node.eval("erlang:system_time(nanosecond)")) - zero);
      const before = await now();
      await engine.call("detach", {});
      const after = await now();
      const [gap, ...others] = await engine.call("gaps", {});
      expect(others).toEqual([]);
      expect(gap).toMatchObject({ cause: "detached", total: 0 });
      // From its last event on. Its end is reckoned from when that event came, which took a moment (or a stall of the machine).
      const [last] = (await engine.call("events", { order: "newest_first", limit: 1 })).rows;
      expect(gap!.from).toBe(last!.t);
      expect(gap!.to).toBeGreaterThan(before - 2e9);
      expect(gap!.to).toBeLessThan(after + 2e6);
    } finally {
      process.env.ERL_EPMD_PORT = String(node.epmdPort);
      await proxy.stop();
    }
    expect(await workloadResult(node)).toBe("right");
  });
});

describe("the node", () => {
  it("killed: what it had sent is on the record, and its processes are gone [faults.node-killed]", async () => {
    const other = await startErlangNode({ epmdPort: node.epmdPort });
    await attach("messages", [], other);
    await other.eval(`register(numbers, spawn(fun() -> receive never -> ok end end)),
      [numbers ! {number, N} || N <- lists:seq(1, 1000)]`);
    const recorded = async (): Promise<readonly string[]> =>
      (await events({ kinds: ["send"], tag: "number" })).map(({ summary }) => summary);
    await expect.poll(async () => (await recorded()).length, { timeout: 60_000 }).toBe(1000);
    process.kill(other.pid, "SIGKILL");
    await statusOf(({ nodes }) => nodes[0]?.state === "disconnected");
    expect(await recorded()).toEqual(Array.from({ length: 1000 }, (_, i) => `{:number, ${i + 1}}`));
    await other.stop();
    await engine.call("detach", {});
    const { rows } = await engine.call("processes", { alive: true });
    expect(rows).toEqual([]);
    expect(await workloadResult(node)).toBe("right");
  });
});

describe("a traced process", () => {
  it("killed in a callback: the call has no answer, and the record says why [faults.killed-in-callback]", async () => {
    await node.eval(
      loading(`-module(fragile). -behaviour(gen_server). -export([init/1, handle_call/3, handle_cast/2]).
       init(Parent) -> {ok, Parent}.
       handle_call(hang, _, Parent) -> Parent ! {inside, self()}, receive never -> ok end, {reply, ok, Parent};
       handle_call(ask, _, Parent) -> {reply, fine, Parent}.
       handle_cast(_, Parent) -> {noreply, Parent}.`),
    );
    await attach("state");
    const result = await node.eval(`
      Me = self(),
      {ok, P} = gen_server:start({local, fragile}, fragile, Me, []),
      fine = gen_server:call(P, ask),
      Caller = spawn(fun() -> Me ! {called, catch gen_server:call(P, hang, infinity)} end),
      receive {inside, P} -> exit(P, kill) end,
      receive {called, {'EXIT', {killed, _}}} -> is_process_alive(Caller) orelse caller_fine end`);
    expect(["true", "caller_fine"]).toContain(result);
    expect(await workloadResult(node)).toBe("right");
    await engine.call("detach", {});
    const { rows } = await engine.call("calls", { to: "fragile" });
    const hung = rows.find(({ request }) => request?.summary.includes(":hang"));
    expect(hung).toMatchObject({ outcome: "unanswered", reply: null });
    expect(hung!.why).toContain("ended");
    const detail = await engine.call("process", { process: "fragile" });
    expect([detail.alive, detail.exitReason?.text]).toEqual([false, ":killed"]);
    expect(rows.find(({ request }) => request?.summary.includes(":ask"))?.outcome).toBe("answered");
  });

  it("that gives up its name keeps the messages that it got under it [faults.unregistered]", async () => {
    await attach("messages");
    const letters = (numbers: string): string =>
      `[begin counter_of_names ! {letter, N, self()}, receive read -> ok end end || N <- [${numbers}]]`;
    // Trace messages of different processes have no order among themselves: a name that has just been taken may be told
    // after the first message to it, which then has no receiver in the record.
    const told = (kind: "register" | "unregister", times: number): Promise<void> =>
      expect.poll(async () => (await events({ kinds: [kind], tag: "counter_of_names" })).length).toBe(times);
    await node.eval(`
      Loop = fun L() -> receive {letter, _, From} -> From ! read, L() end end,
      persistent_term:put(namesakes, [spawn(Loop), spawn(Loop)]),
      register(counter_of_names, hd(persistent_term:get(namesakes)))`);
    await told("register", 1);
    await node.eval(`${letters("1, 2")}, unregister(counter_of_names)`);
    await told("unregister", 1);
    await node.eval(`
      {'EXIT', {badarg, _}} = (catch counter_of_names ! {letter, 3, self()}),
      register(counter_of_names, lists:last(persistent_term:get(namesakes)))`);
    await told("register", 2);
    await node.eval(
      `${letters("4")}, [exit(P, kill) || P <- persistent_term:get(namesakes)], persistent_term:erase(namesakes)`,
    );
    expect(await workloadResult(node)).toBe("right");
    await engine.call("detach", {});
    const got = await events({ kinds: ["receive"], tag: "letter" });
    const sent = await events({ kinds: ["send"], tag: "letter" });
    const numbers = (rows: readonly EventRow[]): readonly string[] =>
      rows.map(({ summary }) => /:letter, (\d)/.exec(summary)?.[1] ?? summary);
    expect(numbers(got)).toEqual(["1", "2", "4"]);
    const [first, again, second] = got.map(({ process }) => process!.handle);
    expect(again).toBe(first);
    expect(second).not.toBe(first);
    const arrived = sent.filter(({ peer }) => peer !== null);
    expect(numbers(arrived)).toEqual(["1", "2", "4"]);
    expect(arrived.map(({ peer }) => peer!.handle)).toEqual([first, first, second]);
  });
});

describe("more than there ever is", () => {
  it("100,000 spawns in a second: each seen or counted, and the result is right [faults.spawns-100k]", async () => {
    // Notes when each process was spawned: before and after, on the node's clock.
    await node.eval(`register(spawner, spawn(fun() ->
      receive {go, From} -> ok end,
      Me = self(),
      Moments = lists:append([begin
        Some = [begin Before = os:system_time(), spawn(fun() -> Me ! {done, N} end), {Before, os:system_time()} end || N <- lists:seq(Base + 1, Base + 10000)],
        put(sum, lists:foldl(fun(_, Sum) -> receive {done, N} -> Sum + N end end, case get(sum) of undefined -> 0; S -> S end, Some)),
        Some
      end || Base <- lists:seq(0, 90000, 10000)]),
      From ! {sum, get(sum)},
      (fun Answer() -> receive {outside, Gaps, Asker} ->
        Asker ! {outside, length([M || {Before, After} = M <- Moments, not lists:any(fun({F, T}) -> After >= F andalso Before =< T end, Gaps)])},
        Answer() end end)() end))`);
    await attach("observe");
    await engine.call("tracing", { level: "observe", processes: ["spawner"] });
    expect(await node.eval("spawner ! {go, self()}, receive {sum, Sum} -> Sum end")).toBe("5000050000");
    expect(await workloadResult(node)).toBe("right");
    // A gap is known to its end when we are there again.
    await statusOf(({ nodes }) => nodes[0]?.state === "connected");
    await engine.call("detach", {});
    const { droppedByKind, dropped } = await engine.call("status", {});
    const { eventsByKind } = await engine.call("process", { process: "spawner" });
    const accounted = (eventsByKind.spawn ?? 0) + (droppedByKind.spawn ?? 0);
    const gaps = await engine.call("gaps", {});
    expect(gaps.reduce((sum, { total }) => sum + total, 0)).toBe(dropped);
    // Only while tracing is off nobody can count; on a machine with other work to do it may come to that.
    const off = gaps.filter(({ cause }) => cause === "breaker" || cause === "detached");
    const outside = await spawnsOutsideOf(off);
    expect(accounted).toBeGreaterThanOrEqual(outside);
    expect(accounted).toBeLessThanOrEqual(100_000);
    if (off.length === 0) expect(accounted).toBe(100_000);
    await node.eval("exit(whereis(spawner), kill)");
  });

  /** A millisecond on either side: the node's clocks differ by less. */
  async function spawnsOutsideOf(gaps: readonly GapRow[]): Promise<number> {
    const zero = await origin();
    const erlang = gaps.map(({ from, to }) => `{${zero + BigInt(from - 2e6)}, ${zero + BigInt(to + 2e6)}}`);
    return Number(
      await node.eval(`spawner ! {outside, [${erlang.join(",")}], self()}, receive {outside, N} -> N end`),
    );
  }

  it("a message of 100 MB is cut in the node, or counted, and arrives whole [faults.message-100mb]", async () => {
    await node.eval(`
      register(bulk_receiver, spawn(fun() ->
        (fun Read() -> receive
           {large, Binary, From} -> From ! {got, erlang:md5(Binary)};
           {long, List, From} -> From ! {got, {length(List), lists:last(List)}};
           {short, N, From} -> From ! {got, N}
         end, Read() end)() end)),
      register(bulk_sender, spawn(fun Send() -> receive {send, Message} -> bulk_receiver ! Message(), Send() end end))`);
    // Modules that are loaded only now would be asked for by messages of the sender.
    await node.eval('binary:copy(<<"0">>, 2), lists:seq(1, 2)');
    await attach("observe");
    await engine.call("tracing", { level: "messages", processes: ["bulk_sender"] });
    const send = (message: string): Promise<string> =>
      node.eval(
        `Me = self(), bulk_sender ! {send, fun() -> ${message} end}, receive {got, What} -> What end`,
      );
    const binary = 'binary:copy(<<"0123456789">>, 10000000)';
    expect(await send(`{large, ${binary}, Me}`)).toBe(await node.eval(`erlang:md5(${binary})`));
    expect(await send("{long, lists:seq(1, 6500000), Me}")).toBe("{6500000,6500000}");
    for (const n of [1, 2, 3]) expect(await send(`{short, ${n}, Me}`)).toBe(String(n));
    expect(await workloadResult(node)).toBe("right");
    await engine.call("detach", {});
    // The binary is not copied on its way, and was cut; a list of 100 MB is more than the tracer may hold.
    const [large] = await events({ kinds: ["send"], tag: "$elixirscope_cut" });
    expect(large!.summary).toContain(":large");
    expect((await engine.call("event", { id: large!.id })).term.bytes).toBeLessThan(70_000);
    const { droppedByKind, nodes } = await engine.call("status", {});
    const { eventsByKind } = await engine.call("process", { process: "bulk_sender" });
    expect((eventsByKind.send ?? 0) + (droppedByKind.send ?? 0)).toBe(5);
    expect(nodes[0]!.cost.agentMemoryBytes).toBeLessThan(64 * 2 ** 20);
    expect((await engine.call("gaps", {})).map(({ cause }) => cause)).not.toContain("detached");
    await node.eval("exit(whereis(bulk_sender), kill), exit(whereis(bulk_receiver), kill)");
  });
});

describe("a module", () => {
  it("loaded anew and purged while it is traced: nobody is killed, tracing goes on [faults.reload-purge]", async () => {
    const version = (answer: string): string => `-module(renewed). -export([loop/0, answer/1]).
      loop() -> receive {ask, From, N} -> From ! {answered, renewed:answer(N)}, renewed:loop() end.
      answer(N) -> {${answer}, N}.`;
    await node.eval(loading(version("first")));
    await node.eval("register(renewed, spawn(fun() -> renewed:loop() end))");
    await attach("calls", ["renewed.answer/1"]);
    const ask = (n: number): Promise<string> =>
      node.eval(`renewed ! {ask, self(), ${n}}, receive {answered, Answer} -> Answer end`);
    expect(await ask(1)).toBe("{first,1}");
    const holder = await node.eval("whereis(renewed)");
    for (const name of ["second", "third"]) {
      await node.eval(loading(version(name)));
      expect(await ask(0), "it is in the new code after that").toMatch(/first|second|third/);
      expect(await node.eval("code:soft_purge(renewed)")).toBe("true");
    }
    expect(await node.eval("whereis(renewed)")).toBe(holder);
    const calls = async (): Promise<readonly string[]> =>
      (await events({ kinds: ["call", "return"], mfa: "renewed.answer/1" })).map(({ summary }) => summary);
    await expect
      .poll(
        async () => {
          expect(await ask(2)).toBe("{third,2}");
          return await calls();
        },
        { timeout: 60_000 },
      )
      .toContain(":renewed.answer/1 → {:third, 2}");
    expect(await calls()).toContain(":renewed.answer(1)");
    expect(await workloadResult(node)).toBe("right");
    await engine.call("detach", {});
    await untilNoTraceOfUs(node, 1_000);
    await node.eval("exit(whereis(renewed), kill)");
  });
});

describe("another tracer", () => {
  // A tool that counts what it traces, on the node's one legacy tracer (as most tools before OTP 27).
  const THEIRS = `-module(their_tool). -export([start/0, stop/0]).
    start() ->
      register(their_tool, spawn(fun() -> count(0) end)),
      {erlang:trace(whereis(the_till), true, ['receive', {tracer, whereis(their_tool)}])}.
    count(N) -> receive {trace, _, 'receive', {_, _, {pay, _}}} -> count(N + 1); {stop, From} -> From ! {seen, N}; _ -> count(N) end.
    stop() ->
      erlang:trace(whereis(the_till), false, ['receive']),
      their_tool ! {stop, self()},
      receive {seen, N} -> N > 0 end.`;

  it("that was there first is left alone, and told; after it we can attach [faults.other-tracer]", async () => {
    await node.eval(loading(THEIRS));
    expect(await node.eval("their_tool:start()")).toBe("{1}");
    engine = await Engine.start({ version: "0.0.0", recording: join(folder, "r.esrec") });
    const input = { node: node.name, cookie: node.cookie, level: "messages" } as const;
    if (node.otp >= 27) {
      await engine.call("attach", input);
      await workloadGoesOn(node);
      expect(await node.eval("their_tool:stop()")).toBe("true");
    } else {
      await expect(engine.call("attach", input)).rejects.toMatchObject({ code: "TRACER_TAKEN" });
      await workloadGoesOn(node);
      expect(await node.eval("their_tool:stop()")).toBe("true");
      await engine.call("attach", input);
    }
    await workloadGoesOn(node);
    expect(await workloadResult(node)).toBe("right");
    await engine.call("detach", {});
    expect((await events({ kinds: ["receive"], process: "the_till" })).length).toBeGreaterThan(0);
  });

  it("that comes and clears everything: it is told, and we are there again when it has gone [faults.other-tracer]", async () => {
    await attach("messages");
    await workloadGoesOn(node);
    // As dbg:stop/0 and several tools do it.
    await node.eval("erlang:trace(all, false, [all]), erlang:trace_pattern({'_', '_', '_'}, false, [local])");
    if (node.otp < 27) {
      await statusOf(({ gaps, nodes }) => gaps >= 2 && nodes[0]?.state === "connected");
      const causes = (await engine.call("gaps", {})).map(({ cause }) => cause);
      expect(causes).toEqual(["taken_over", "detached"]);
    }
    const since = (await engine.call("status", {})).t;
    await workloadGoesOn(node);
    expect(await workloadResult(node)).toBe("right");
    await engine.call("detach", {});
    expect((await events({ kinds: ["send"], from: since })).length).toBeGreaterThan(0);
    await untilNoTraceOfUs(node, 1_000);
  });
});
