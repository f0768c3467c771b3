import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Engine } from "elixirscope/engine";
import type { EventRow, StateRow } from "elixirscope/protocol";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { loading } from "../testkit/erlang-module.ts";
import { type ErlangNode, startErlangNode } from "../testkit/erlang-node.ts";

let node: ErlangNode;
let engine: Engine;
let folder: string;

// Each callback writes down what it was called with: that is what the record has to say of it.
const SERVER = `
  -module(clerk). -behaviour(gen_server).
  -export([start/0, init/1, handle_call/3, handle_cast/2, handle_info/2, handle_continue/2, terminate/2, code_change/3]).
  start() -> gen_server:start_link(clerk, nothing, []).
  log(What) -> ets:insert(took, {erlang:unique_integer([monotonic]), self(), What}).
  init(nothing) -> process_flag(trap_exit, true), log({init, none}), {ok, 0};
  init(more) -> log({init, none}), {ok, 0, {continue, {load, 1}}}.
  handle_continue(_, N) -> log({handle_continue, none}), {noreply, N + 1}.
  handle_call({sleep, Ms} = M, _, N) -> log({handle_call, M}), timer:sleep(Ms), {reply, N, N + 1};
  handle_call({ask, Other} = M, _, N) -> log({handle_call, M}), _ = gen_server:call(Other, {sleep, 1}), {reply, N, N + 1};
  handle_call({pick, Tag} = M, _, N) -> log({handle_call, M}), receive {Tag, _} -> ok after 0 -> ok end, {reply, N, N + 1};
  handle_call(again = M, _, N) -> log({handle_call, M}), {reply, N, N + 1, {continue, again}};
  handle_call(nap = M, _, N) -> log({handle_call, M}), {reply, N, N + 1, hibernate};
  handle_call(crash = M, _, N) -> log({handle_call, M}), exit({broken, N});
  handle_call(M, _, N) -> log({handle_call, M}), {reply, N, N + 1}.
  handle_cast(M, N) -> log({handle_cast, M}), {noreply, N + 1}.
  handle_info({wait, Ms} = M, N) -> log({handle_info, M}), {noreply, N + 1, Ms};
  handle_info(M, N) -> log({handle_info, M}), {noreply, N + 1}.
  code_change(_, N, _) -> log({code_change, none}), {ok, N + 1}.
  terminate(_, _) -> ok.
`;

const MACHINE = `
  -module(machine). -behaviour(gen_statem).
  -export([init/1, callback_mode/0, handle_event/4, closed/3, open/3]).
  log(What) -> ets:insert(took, {erlang:unique_integer([monotonic]), self(), What}).
  callback_mode() -> case get(mode) of functions -> [state_functions, state_enter]; whole -> handle_event_function end.
  init(Mode) -> put(mode, Mode), {ok, closed, 0}.
  closed(T, C, N) -> on(closed, T, C, N, closed).
  open(T, C, N) -> on(open, T, C, N, open).
  handle_event(T, C, S, N) -> on(handle_event, T, C, N, S).
  on(F, enter, _, _, _) -> log({F, enter, none}), keep_state_and_data;
  on(F, {call, From}, open = C, N, closed) -> log({F, call, C}),
    {next_state, open, N + 1, [{reply, From, N}, {next_event, internal, {greet, N}}, {state_timeout, 10, late}]};
  on(F, {call, From}, close = C, N, open) -> log({F, call, C}), {next_state, closed, N + 1, [{reply, From, N}]};
  on(F, {call, From}, C, N, _) -> log({F, call, C}), {keep_state, N + 1, [{reply, From, N}]};
  on(F, cast, {later, _} = C, _, closed) -> log({F, cast, C}), {keep_state_and_data, [postpone]};
  on(F, cast, {both, _} = C, N, closed) -> log({F, cast, C}), {next_state, open, N + 1, [postpone]};
  on(F, cast, C, N, _) -> log({F, cast, C}), {keep_state, N + 1};
  on(F, info, C, N, _) -> log({F, info, C}), {keep_state, N + 1};
  on(F, T, _, N, _) -> log({F, T, none}), {keep_state, N + 1}.
`;

const HANDLER = `
  -module(listener). -behaviour(gen_event).
  -export([init/1, handle_event/2, handle_call/2, handle_info/2]).
  init(N) -> {ok, N}.
  handle_event(_, N) -> {ok, N + 1}.
  handle_info(_, N) -> {ok, N + 1}.
  handle_call(count, N) -> {ok, N, N + 1}.
`;

beforeAll(async () => {
  node = await startErlangNode({ name: "callbacks_test" });
  process.env.ERL_EPMD_PORT = String(node.epmdPort);
  await node.eval(loading(SERVER, MACHINE, HANDLER));
  await node.eval(`
    Me = self(),
    spawn(fun() -> ets:new(took, [named_table, public, ordered_set]), Me ! ready, receive stop -> ok end end),
    receive ready -> ok end`);
});
afterAll(() => node.stop());

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "callbacks-test-"));
  engine = await Engine.start({ version: "0.0.0", recording: join(folder, "r.esrec") });
  await node.eval("ets:delete_all_objects(took)");
});
afterEach(async () => {
  await engine.stop();
  rmSync(folder, { recursive: true });
});

async function recorded(expressions: string): Promise<void> {
  await engine.call("attach", { node: node.name, cookie: node.cookie, level: "state" });
  await node.eval(expressions);
  await engine.call("detach", {});
  const status = await engine.call("status", {});
  expect(status.dropped).toBe(0);
}

const states = async (process: string): Promise<readonly StateRow[]> =>
  (await engine.call("states", { process, limit: 10_000 })).rows;

/** What a process wrote down, as Erlang prints it without spaces: `{handle_cast,{add,1}}`. */
async function took(process: string): Promise<readonly string[]> {
  const text = await node.eval(`
    P = persistent_term:get(${process}),
    lists:flatten(lists:join("|", [io_lib:format("~0p", [W]) || {_, Q, W} <- ets:tab2list(took), Q =:= P]))`);
  return (JSON.parse(text) as string).replaceAll(" ", "").split("|");
}

const bare = (text: string): string =>
  text
    .replaceAll(/~c"(\w*)"/g, "'$1'")
    .replaceAll('"', "")
    .replaceAll(/:([\w$])/g, "$1")
    .replaceAll(" ", "");

/** A message without the envelope of OTP, as {@link took} has it. */
function contentOf(cause: EventRow | null): string {
  if (!cause) return "none";
  const summary = bare(cause.summary);
  return (
    /^\{\$gen_call,\{#PID<[\d.]+>,(?:\[alias\|)?#Reference<[\d.]+>\]?\},(.*)\}$/.exec(summary)?.[1] ??
    /^\{\$gen_cast,(.*)\}$/.exec(summary)?.[1] ??
    summary
  );
}

const nameOf = (mfa: string | null): string => mfa?.replace(/^:?\w+\.(\w+)\/\d+$/, "$1") ?? "none";

describe("callbacks of OTP processes", () => {
  it("names the callback and the message of every state of a gen_server, also behind selective receives [state.callback] [state.duration] [state.cause]", async () => {
    await recorded(`
      {ok, Q} = gen_server:start(clerk, nothing, []),
      {ok, P} = gen_server:start({local, clerk}, clerk, more, []), persistent_term:put(clerk, P),
      [gen_server:cast(P, {add, N}) || N <- lists:seq(1, 20)],
      P ! {self(), hello}, P ! "text", P ! {note, make_ref(), 1}, P ! {make_ref(), result},
      gen_server:call(P, {ask, Q}), gen_server:call(P, nap), gen_server:call(P, again),
      spawn(fun() -> gen_server:call(P, {sleep, 30}) end), timer:sleep(10),
      Me = self(), spawn(fun() -> gen_server:call(P, {pick, b}), Me ! picked end), timer:sleep(5),
      [P ! {Tag, N} || N <- lists:seq(1, 3), Tag <- [a, b]], receive picked -> ok end,
      P ! {wait, 1}, timer:sleep(20),
      sys:suspend(P), sys:change_code(P, clerk, old, []), sys:resume(P), gen_server:call(P, last), gen_server:stop(P)`);
    const rows = (await states("clerk")).filter((row) => row.callback?.startsWith(":clerk."));
    // References print as they may; pids differ in their first number.
    const plain = (line: string): string =>
      line.replaceAll(/#Ref<[\d.]+>|#Reference<[\d.]+>/g, "R").replaceAll(/#PID<\d+|<\d+/g, "<0");
    const expected = (await took("clerk")).map(plain);
    const said = rows.map((row) => plain(`{${nameOf(row.callback)},${contentOf(row.cause)}}`));
    expect(said).toEqual(expected.map((line) => line.replaceAll('"', "'")));
    expect(
      rows.filter((row) => !row.durationExact || row.durationNs! < 0 || (row.waitedNs ?? 0) < 0),
    ).toEqual([]);
    const slept = rows.find((row) => contentOf(row.cause) === "{sleep,30}")!;
    expect(slept.durationNs).toBeGreaterThanOrEqual(30e6);
    expect(slept.causeCertain).toBe(true);
    // It waited while the other call slept, which the time of its receive alone does not tell.
    const after = rows.find((row) => contentOf(row.cause) === "{pick,b}")!;
    expect(after.durationNs).toBeLessThan(slept.durationNs!);
    expect(rows.filter((row) => row.callback?.includes("handle_cast")).every((row) => row.causeCertain)).toBe(
      true,
    );
    expect(rows[0]).toMatchObject({ callback: ":clerk.init/1", occasion: "init", cause: null });
    expect(rows[1]).toMatchObject({
      callback: ":clerk.handle_continue/2",
      occasion: "continue :load",
      cause: null,
    });
  });

  it("knows both modes of gen_statem: postponed and internal events, enter calls and timeouts [state.gen_statem]", async () => {
    for (const mode of ["functions", "whole"]) {
      await node.eval("ets:delete_all_objects(took)");
      await recorded(`
        {ok, M} = gen_statem:start({local, m_${mode}}, machine, ${mode}, []), persistent_term:put(m_${mode}, M),
        [gen_statem:cast(M, {later, N}) || N <- lists:seq(1, 3)], gen_statem:cast(M, plain), M ! {news, 1},
        gen_statem:call(M, open),
        (fun Wait() -> case ets:match(took, {'_', M, {'_', state_timeout, none}}) of [] -> receive after 1 -> Wait() end; _ -> ok end end)(),
        gen_statem:call(M, close),
        gen_statem:cast(M, {later, 4}), gen_statem:cast(M, {both, 1}), gen_statem:call(M, ask), gen_statem:stop(M)`);
      const rows = (await states(`m_${mode}`)).filter(
        (row) => row.callback?.startsWith(":machine.") && row.occasion !== "init",
      );
      const said = rows.map((row) => {
        const type =
          row.occasion.split(" ")[0] ||
          (row.callback && row.cause?.tag === ':"$gen_call"'
            ? "call"
            : row.cause?.tag === ':"$gen_cast"'
              ? "cast"
              : "info");
        return `{${nameOf(row.callback)},${type === "state" ? "state_timeout" : type},${row.occasion === "" ? contentOf(row.cause) : "none"}}`;
      });
      // An enter call belongs to the event that changed the state: it has no state of its own.
      const wanted = (await took(`m_${mode}`)).filter((line) => !line.includes(",enter,"));
      expect(said).toEqual(wanted);
      expect(rows.filter((row) => row.postponed).map((row) => contentOf(row.cause))).toEqual([
        "{later,1}",
        "{later,2}",
        "{later,3}",
        "{later,4}",
        "{both,1}",
      ]);
      const late = rows.find((row) => row.occasion.startsWith("state timeout"));
      expect(late?.cause?.tag).toBe(":timeout");
      await engine.stop();
      engine = await Engine.start({ version: "0.0.0", recording: join(folder, `${mode}.esrec`) });
    }
  });

  it("knows what a gen_event was told, and who asked it [state.gen_event]", async () => {
    await recorded(`
      {ok, E} = gen_event:start({local, the_events}), ok = gen_event:add_handler(E, listener, 0),
      gen_event:notify(E, {rang, 1}), gen_event:sync_notify(E, sync), E ! {news, 2}, 3 = gen_event:call(E, listener, count),
      [listener] = gen_event:which_handlers(E), gen_event:stop(E)`);
    const rows = await states("the_events");
    expect(
      rows.map((row) => [
        row.callback,
        row.cause && /rang|sync|news|count|add_handler|which/.exec(row.cause.summary)?.[0],
      ]),
    ).toEqual([
      [null, null],
      [":gen_event.add_handler/3", "add_handler"],
      [":gen_event.handle_event/2", "rang"],
      [":gen_event.handle_event/2", "sync"],
      [":gen_event.handle_info/2", "news"],
      [":listener.handle_call/2", "count"],
      [":gen_event.which_handlers/1", "which"],
      [":sys.terminate/2", null],
    ]);
  });

  it("says why a process ends: told to, by its parent, or in a callback that fails [state.terminate]", async () => {
    await recorded(`
      Down = fun(P) -> M = monitor(process, P), receive {'DOWN', M, _, _, _} -> ok end end,
      {ok, A} = gen_server:start({local, told}, clerk, nothing, []), catch gen_server:stop(A, {shutdown, because}, 1000), 
      Me = self(),
      spawn(fun() -> {ok, B} = gen_server:start_link({local, orphan}, clerk, nothing, []), Me ! B, exit(left_alone) end),
      receive B -> Down(B) end,
      {ok, C} = gen_server:start({local, failing}, clerk, nothing, []), catch gen_server:call(C, crash)`);
    const last = async (name: string): Promise<StateRow> => (await states(name)).at(-1)!;
    const told = await last("told");
    expect(told.function).toMatch(/^:gen_server.terminate/);
    expect(told.reason?.text).toBe("{:shutdown, :because}");
    const orphan = await last("orphan");
    expect(orphan.reason?.text).toBe(":left_alone");
    expect(orphan.cause?.summary).toMatch(/^\{:EXIT, #PID<[\d.]+>, :left_alone\}$/);
    const failing = await last("failing");
    expect(failing).toMatchObject({ callback: ":clerk.handle_call/3", changed: false });
    expect(failing.reason?.text).toBe("{:broken, 0}");
    expect(contentOf(failing.cause)).toBe("crash");
  });

  it("says what changed, and what it cannot know of a state that was too large [state.large.said]", async () => {
    await recorded(`
      {ok, P} = gen_server:start({local, changing}, clerk, nothing, []), gen_server:call(P, one),
      sys:replace_state(P, fun(_) -> #{n => 1, items => [a, b], name => <<"x">>} end),
      sys:replace_state(P, fun(S) -> S#{n := 2, items := [new, a, b], more => {ok, 1}} end),
      sys:replace_state(P, fun(S) -> S end),
      sys:replace_state(P, fun(S) -> S#{blob => lists:seq(1, 400000)} end),
      [begin sys:replace_state(P, fun(S) -> S end), timer:sleep(20) end || _ <- lists:seq(1, 40)]`);
    const { rows } = await engine.call("states", { process: "changing", diff: true, limit: 1000 });
    const diffs = rows.map((row) =>
      row.diff?.changes.map(({ path, before, after }) => [path, before, after]),
    );
    expect(diffs.slice(0, 4)).toEqual([
      undefined,
      [["", "0", "1"]],
      [["", "1", expect.stringContaining("n: 1")]],
      expect.arrayContaining([
        [".n", "1", "2"],
        [".items[0]", null, ":new"],
        [".more", null, "{:ok, 1}"],
      ]),
    ]);
    expect(diffs[3]).toHaveLength(3);
    expect(rows.slice(0, 5).map((row) => row.changed)).toEqual([null, true, true, true, false]);
    // How soon it is spared depends on how busy the machine is; that it is, does not.
    const large = rows.slice(5);
    expect(large[0]!.extent).toBe("cut");
    const spared = large.find((row) => row.extent === "not_copied");
    expect(spared).toMatchObject({ changed: null, diff: { changes: [], more: false, unknown: [""] } });
    const back = await engine.call("states", {
      process: "changing",
      diff: true,
      order: "newest_first",
      limit: 4,
    });
    expect(back.rows).toEqual(rows.slice(-4).toReversed());
    expect(back.more).toBe(true);
  });

  it("knows Agents and Elixir's supervisors, each with what was asked of it [state.agent] [state.supervisor]", async () => {
    const { stdout } = await promisify(execFile)("elixir", ["-e", "IO.write(:code.lib_dir(:elixir))"]);
    const ebin = JSON.stringify(join(stdout, "ebin"));
    // Its application is not started: it would set the options of the standard input that evaluation comes through.
    await node.eval(`code:add_patha(${ebin})`);
    await recorded(`
      process_flag(trap_exit, true),
      {ok, A} = 'Elixir.Agent':start(fun() -> 1 end, [{name, an_agent}]),
      ok = 'Elixir.Agent':update(A, fun(N) -> N + 41 end), 42 = 'Elixir.Agent':get(A, fun(N) -> N end),
      {ok, D} = 'Elixir.DynamicSupervisor':start_link([{name, a_dynamic}, {strategy, one_for_one}]),
      {ok, _} = 'Elixir.DynamicSupervisor':start_child(D, #{id => x, start => {clerk, start, []}}),
      {ok, T} = 'Elixir.Task.Supervisor':start_link([{name, a_tasks}]),
      Task = 'Elixir.Task.Supervisor':async(T, fun() -> done end), done = 'Elixir.Task':await(Task),
      [exit(P, shutdown) || P <- [D, T]], 'Elixir.Agent':stop(A)`);
    const agent = await states("an_agent");
    expect(agent.slice(0, 3).map((row) => [row.state.text, row.callback, row.causeCertain])).toEqual([
      ["1", "Agent.Server.init/1", true],
      ["42", "Agent.Server.handle_call/3", true],
      ["42", "Agent.Server.handle_call/3", true],
    ]);
    for (const [name, module, request] of [
      ["a_dynamic", "DynamicSupervisor", "start_child"],
      ["a_tasks", "DynamicSupervisor", "start_task"],
    ] as const) {
      const rows = await states(name);
      expect(rows.map((row) => row.callback).slice(0, 2)).toEqual([
        `${module}.init/1`,
        `${module}.handle_call/3`,
      ]);
      expect(rows[1]!.cause!.summary).toContain(request);
      expect(rows[1]!.state.text).toContain("%DynamicSupervisor{");
      // The task ends: the supervisor is told, and forgets it.
      if (name === "a_tasks") expect(rows.some((row) => row.cause?.summary.startsWith("{:EXIT"))).toBe(true);
    }
  });

  it("says that a state is not known, and why", async () => {
    await recorded(
      `register(plain, spawn(fun F() -> receive stop -> ok; _ -> F() end end)), plain ! hello, plain ! stop`,
    );
    expect(await engine.call("states", { process: "plain" })).toMatchObject({
      rows: [],
      why: expect.stringContaining("not known"),
    });
  });
});
