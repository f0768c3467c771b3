import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Engine } from "elixirscope/engine";
import type { StateRow } from "elixirscope/protocol";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { loading } from "../testkit/erlang-module.ts";
import { type ErlangNode, startErlangNode } from "../testkit/erlang-node.ts";
import { tracesOfUs, untilNoTraceOfUs } from "../testkit/traces-of-us.ts";

let node: ErlangNode;
let engine: Engine;
let folder: string;

// Processes that write down each state they have, as their callbacks answer it.
const COUNTER = `
  -module(counter). -behaviour(gen_server).
  -export([init/1, handle_call/3, handle_cast/2, handle_info/2, handle_continue/2, terminate/2]).
  log(S) -> catch ets:insert(states, {erlang:unique_integer([monotonic]), self(), S}), S.
  init({continue, N}) -> {ok, log(#{n => N}), {continue, more}};
  init(N) -> {ok, log(#{n => N})}.
  handle_continue(more, #{n := N}) -> {noreply, log(#{n => N + 1000})}.
  handle_call({add, K}, _, #{n := N}) -> {reply, N + K, log(#{n => N + K})};
  handle_call(nap, _, S) -> {reply, ok, log(S), hibernate};
  handle_call(peek, _, S) -> {reply, ok, S};
  handle_call({blob, Bytes}, _, S) -> {reply, ok, S#{blob => lists:seq(1, Bytes div 5)}}.
  handle_cast({add, K}, #{n := N}) -> {noreply, log(#{n => N + K})};
  handle_cast(stop, #{n := N}) -> {stop, normal, log(#{n => N, last => true})}.
  handle_info(timeout, S) -> {noreply, log(S#{timed => out})};
  handle_info({add, K}, #{n := N}) -> {noreply, log(#{n => N + K})};
  handle_info({wait, Ms}, S) -> {noreply, log(S), Ms}.
  terminate(_, _) -> ok.
`;
const DOOR = `
  -module(door). -behaviour(gen_statem).
  -export([init/1, callback_mode/0, handle_event/4]).
  log(S) -> ets:insert(states, {erlang:unique_integer([monotonic]), self(), S}).
  callback_mode() -> handle_event_function.
  init(N) -> log({locked, N}), {ok, locked, N}.
  handle_event({call, From}, open, locked, N) ->
    log({open, N + 1}), {next_state, open, N + 1, [{reply, From, ok}, {next_event, internal, greet}]};
  handle_event(internal, greet, open, N) -> log({open, N + 10}), {keep_state, N + 10};
  handle_event({call, From}, close, open, N) -> log({locked, N}), {next_state, locked, N, [{reply, From, ok}]};
  handle_event(cast, stop, S, N) -> log({S, {ended, N}}), {stop, normal, {ended, N}};
  handle_event(cast, later, locked, N) -> log({locked, N}), {keep_state_and_data, [postpone]};
  handle_event(cast, later, open, N) -> log({open, N + 100}), {keep_state, N + 100}.
`;
const BELL = `
  -module(bell). -behaviour(gen_event).
  -export([init/1, handle_event/2, handle_call/2]).
  log(S) -> ets:insert(states, {erlang:unique_integer([monotonic]), self(), S}), {ok, S}.
  init(N) -> log(N).
  handle_event({ring, K}, N) -> log(N + K).
  handle_call(count, N) -> {ok, _} = log(N), {ok, N, N}.
`;

beforeAll(async () => {
  node = await startErlangNode({ name: "state_test" });
  process.env.ERL_EPMD_PORT = String(node.epmdPort);
  await node.eval(loading(COUNTER, DOOR, BELL));
  await node.eval(`
    Me = self(),
    spawn(fun() -> ets:new(states, [named_table, public, ordered_set]), Me ! ready, receive stop -> ok end end),
    receive ready -> ok end`);
});
afterAll(() => node.stop());

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "state-test-"));
  engine = await Engine.start({ version: "0.0.0", recording: join(folder, "r.esrec") });
  await node.eval("ets:delete_all_objects(states)");
});
afterEach(async () => {
  await engine.stop();
  rmSync(folder, { recursive: true });
});

type Level = "observe" | "messages" | "state" | "calls";
const attach = (level: Level, patterns: readonly string[] = []): Promise<unknown> =>
  engine.call("attach", { node: node.name, cookie: node.cookie, level, patterns });

const states = async (process: string): Promise<readonly StateRow[]> =>
  (await engine.call("states", { process, limit: 10_000 })).rows;

/** What the process itself wrote down, as Erlang prints it. */
const logged = async (name: string): Promise<readonly string[]> =>
  (
    JSON.parse(
      await node
        .eval(`
      P = persistent_term:get(${name}),
      lists:flatten(io_lib:format("[~ts]", [lists:join(",",
        [io_lib:format("\\"~0p\\"", [S]) || {_, Q, S} <- ets:tab2list(states), Q =:= P])]))`)
        .then((text) => JSON.parse(text) as string),
    ) as readonly string[]
  ).map((state) => state.replaceAll(" ", ""));

/** Elixir's way to write a term, for the few shapes of these tests, turned into Erlang's. */
const erlang = (text: string): string =>
  text
    .replaceAll(/%\{/g, "#{")
    .replaceAll(/(\w+): /g, "$1 => ")
    .replaceAll(/:(\w)/g, "$1")
    .replaceAll(", ", ",");
const plain = (text: string): string => erlang(text).replaceAll(" ", "");

describe("states of OTP processes", () => {
  it("gives every state of a gen_server, as the process itself knew it, with its message [state.gen_server] [state.cause] [state.terminate]", async () => {
    await attach("state");
    await node.eval(`
      {ok, P} = gen_server:start({local, the_counter}, counter, {continue, 1}, []),
      persistent_term:put(the_counter, P),
      [gen_server:call(P, {add, N}) || N <- lists:seq(1, 300)],
      [gen_server:cast(P, {add, N}) || N <- lists:seq(1, 300)],
      P ! {add, 5}, gen_server:call(P, nap), P ! {add, 6}, P ! {wait, 1},
      (fun Wait() -> case ets:match(states, {'_', P, #{timed => out}}) of [] -> receive after 1 -> Wait() end; _ -> ok end end)(),
      M = monitor(process, P), gen_server:cast(P, stop), receive {'DOWN', M, _, _, _} -> ok end`);
    await engine.call("detach", {});
    const rows = await states("the_counter");
    expect(rows.map((row) => plain(row.state.text))).toEqual(await logged("the_counter"));
    expect(new Set(rows.map((row) => row.module))).toEqual(new Set([":counter"]));
    expect(rows.at(-1)!.function).toMatch(/terminate/);
    const casts = rows.filter((row) => row.cause?.summary.includes("$gen_cast"));
    expect(casts.map((row) => row.cause!.summary)).toEqual([
      ...Array.from({ length: 300 }, (_, i) => `{:"$gen_cast", {:add, ${i + 1}}}`),
      '{:"$gen_cast", :stop}',
    ]);
    const timedOut = rows.find((row) => row.state.text.includes("timed: :out"));
    expect(timedOut?.cause?.summary).toBe(":timeout");
    expect(rows.filter((row) => row.durationNs !== null && row.durationNs < 0)).toEqual([]);
    expect((await engine.call("status", {})).dropped).toBe(0);
    expect(await untilNoTraceOfUs(node, 5_000)).toBeLessThan(5_000);
  });

  it("gives states of a gen_statem and a gen_event [state.gen_statem] [state.gen_event]", async () => {
    await attach("state");
    await node.eval(`
      {ok, D} = gen_statem:start({local, the_door}, door, 0, []), persistent_term:put(the_door, D),
      gen_statem:cast(D, later),
      [begin gen_statem:call(D, open), gen_statem:call(D, close) end || _ <- lists:seq(1, 50)],
      M = monitor(process, D), gen_statem:cast(D, stop), receive {'DOWN', M, _, _, _} -> ok end,
      {ok, B} = gen_event:start({local, the_bell}), persistent_term:put(the_bell, B),
      ok = gen_event:add_handler(B, bell, 0),
      [gen_event:sync_notify(B, {ring, N}) || N <- lists:seq(1, 50)], gen_event:call(B, bell, count),
      gen_event:stop(B)`);
    await engine.call("detach", {});
    expect((await states("the_door")).map((row) => plain(row.state.text))).toEqual(await logged("the_door"));
    const bells = (await states("the_bell")).map(
      (row) => /:bell, (?:false|\[\]), (\d+)/.exec(row.state.text)?.[1],
    );
    // First without a handler; at the end once more, as it goes.
    expect(bells.slice(1, -1)).toEqual(await logged("the_bell"));
    expect(bells.at(-1)).toBe(bells.at(-2));
  });

  it("records calls with their arguments beside the states at the level calls", async () => {
    await attach("calls", ["lists.nth/2", "lists.seq(_, 4)"]);
    await node.eval(`
      {ok, P} = gen_server:start({local, beside}, counter, 1, []), gen_server:call(P, {add, 2}),
      lists:nth(1, [x]), lists:seq(1, 3), lists:seq(1, 4), gen_server:stop(P)`);
    await engine.call("detach", {});
    const { rows } = await engine.call("events", { kinds: ["call"], limit: 1000, order: "oldest_first" });
    expect(rows.map((row) => row.summary)).toEqual(
      expect.arrayContaining([":lists.nth(1, [:x])", ":lists.seq(1, 4)"]),
    );
    expect(rows.map((row) => row.summary)).not.toContain(":lists.seq(1, 3)");
    expect(rows.filter((row) => row.mfa?.startsWith(":gen_"))).toEqual([]);
    expect((await states("beside")).map((row) => row.state.text)).toEqual(["%{n: 1}", "%{n: 3}", "%{n: 3}"]);
  });

  it("copies a large state now and then only, and says so [state.large] [state.large.said]", async () => {
    await attach("state");
    await node.eval(
      "{ok, P} = gen_server:start({local, large}, counter, 1, []), gen_server:call(P, {blob, 4000000})",
    );
    let peeks = 500;
    const isSpared = async (): Promise<string | undefined> => {
      peeks++;
      await node.eval("gen_server:call(large, peek)");
      return (await states("large")).at(-1)?.extent;
    };
    await expect.poll(isSpared).toBe("not_copied");
    await node.eval("[gen_server:call(large, peek) || _ <- lists:seq(1, 500)], gen_server:stop(large)");
    await engine.call("detach", {});
    const rows = await states("large");
    expect(await engine.call("gaps", {})).toEqual([]);
    expect(rows).toHaveLength(peeks + 3);
    expect(rows[0]!.state.text).toBe("%{n: 1}");
    expect(rows[1]!.state.text).toMatch(/elixirscope_cut.*blob: \[1, 2, 3/);
    const spared = rows.filter((row) =>
      /^\{:"\$elixirscope_cut", \d{6,}, :not_copied\}$/.test(row.state.text),
    );
    expect(spared.length).toBeGreaterThanOrEqual(500);
    expect((await engine.call("status", {})).dropped).toBe(0);
  });

  it("harms no process that sleeps, is suspended or busy, switched on and off as they live [state.live] [state.busy] [state.hibernating] [state.suspended] [levels.live]", async () => {
    await node.eval(`
      [begin {ok, P} = gen_server:start({local, Name}, counter, 0, []), persistent_term:put(Name, P) end
        || Name <- [asleep, halted, busy]],
      gen_server:call(asleep, nap), sys:suspend(halted)`);
    await attach("messages");
    for (const level of ["state", "observe", "state", "messages", "state"] as const) {
      await engine.call("tracing", { level });
      await node.eval("[gen_server:call(busy, {add, N}) || N <- lists:seq(1, 200)]");
    }
    const still = await node.eval(`
      {current_function, F} = process_info(whereis(asleep), current_function), {status, S, _, _} = sys:get_status(halted),
      {F, S =:= whereis(halted), gen_server:call(asleep, {add, 1}), sys:resume(halted), gen_server:call(halted, {add, 2}),
       gen_server:call(busy, {add, 1})}`);
    // The sum of five times 1 to 200, and the last one.
    expect(still).toMatch(/hibernate,\d\},true,1,ok,2,100501\}$/);
    await engine.call("tracing", { level: "messages" });
    await node.eval("gen_server:call(busy, {add, 1})");
    const before = (await states("busy")).length;
    await engine.call("detach", {});
    expect(await untilNoTraceOfUs(node, 5_000)).toBeLessThan(5_000);
    expect(await tracesOfUs(node)).toEqual("[]");
    expect((await states("busy")).length).toBe(before);
    expect((await states("asleep")).at(-1)!.state.text).toBe("%{n: 1}");
    expect((await states("halted")).at(-1)!.state.text).toBe("%{n: 2}");
    expect(await node.eval("[gen_server:stop(N) || N <- [asleep, halted, busy]]")).toBe("[ok,ok,ok]");
  });
});
