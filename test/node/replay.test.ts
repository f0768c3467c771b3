import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Engine } from "elixirscope/engine";
import type { ReplayAnswer, ReplayInput, StateRow } from "elixirscope/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { elixir, startElixirNode } from "../testkit/elixir-node.ts";
import { loading } from "../testkit/erlang-module.ts";
import type { ErlangNode } from "../testkit/erlang-node.ts";
import { untilNoTraceOfUs } from "../testkit/traces-of-us.ts";

// A till with a bug: it takes the price for the number. `$FIX` is where it is.
const till = (fix: string): string => `
  -module(till). -behaviour(gen_server).
  -export([init/1, handle_call/3, handle_cast/2, handle_info/2, handle_continue/2]).
  init(S) -> {ok, S, {continue, {open, 7}}}.
  handle_continue({open, N}, S) -> {noreply, S#{open => N}}.
  handle_call({sell, N, Price}, _, #{sum := Sum} = S) -> {reply, Sum + ${fix}, S#{sum := Sum + ${fix}}};
  handle_call({ask, Pid}, _, S) -> {reply, gen_server:call(Pid, price), S#{asked => make_ref(), at => erlang:system_time(millisecond)}};
  handle_call(later, From, S) -> {noreply, S#{from => From}};
  handle_call(break, _, #{sum := Sum} = S) -> {reply, ok, S#{sum := Sum + ${fix === "N" ? "a" : "1"}}}.
  handle_cast(loop, S) -> ${fix === "N" ? "{noreply, S}" : "loop(S)"};
  handle_cast(eat, S) -> ${fix === "N" ? "{noreply, S}" : "eat([S])"};
  handle_cast(tell, S) -> observer_of_tests ! told, {noreply, S};
  handle_cast(stop, S) -> {stop, normal, S}.
  handle_info(answer, #{from := From} = S) -> gen_server:reply(From, answered), {noreply, maps:remove(from, S)};
  handle_info(_, S) -> {noreply, S}.
  loop(S) -> loop(S).
  eat(L) -> eat([L ++ L | L]).`;
const DOOR = `
  -module(door). -behaviour(gen_statem).
  -export([init/1, callback_mode/0, closed/3, open/3]).
  callback_mode() -> [state_functions, state_enter].
  init(N) -> {ok, closed, N}.
  closed(enter, _, N) -> {keep_state, N + 100};
  closed({call, From}, open, N) -> {next_state, open, N + 1, [{reply, From, opened}]}.
  open(enter, _, N) -> {keep_state, N + 10};
  open(cast, shut, N) -> {next_state, closed, N}.`;
const BELL = `
  -module(bell). -behaviour(gen_event).
  -export([init/1, handle_event/2, handle_call/2]).
  init(N) -> {ok, N}.
  handle_event({ring, K}, N) -> {ok, N + K}.
  handle_call(count, N) -> {ok, N, N}.`;

let node: ErlangNode;
let live: Engine;
let read: Engine;
let folder: string;

let recording: string;

const CLI = fileURLToPath(new URL("../../packages/elixirscope/dist/cli/main.js", import.meta.url));
const LOOP = { timeoutMs: 300 };
const MESSAGES: Record<string, number> = {};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "replay-test-"));
  recording = join(folder, "r.esrec");
  node = await startElixirNode({ name: "replay_test" });
  process.env.ERL_EPMD_PORT = String(node.epmdPort);
  await node.eval(loading(till("N"), DOOR, BELL));
  live = await Engine.start({ version: "0.0.0", recording });
  await live.call("attach", { node: node.name, cookie: node.cookie, level: "state" });
  await node.eval(`
    Price = spawn(fun F() -> receive {'$gen_call', From, price} -> gen_server:reply(From, 12), F() end end),
    {ok, Till} = gen_server:start({local, till}, till, #{sum => 0}, []),
    3 = gen_server:call(till, {sell, 3, 10}), 5 = gen_server:call(till, {sell, 2, 20}),
    12 = gen_server:call(till, {ask, Price}),
    register(observer_of_tests, self()),
    [gen_server:cast(till, M) || M <- [loop, eat, tell]], receive told -> unregister(observer_of_tests) end,
    Later = gen_server:send_request(till, later), till ! answer, {reply, answered} = gen_server:wait_response(Later, infinity),
    catch gen_server:call(till, break),
    {ok, Door} = gen_statem:start({local, door}, door, 0, []), opened = gen_statem:call(door, open), gen_statem:cast(door, shut),
    {locked_or, _} = {locked_or, sys:get_state(door)},
    {ok, _} = gen_event:start({local, bell}), ok = gen_event:add_handler(bell, bell, 1), ok = gen_event:sync_notify(bell, {ring, 4}), 5 = gen_event:call(bell, bell, count),
    ok`);
  await elixir(
    node,
    "{:ok, _} = Agent.start(fn -> 1 end, name: :tally); Agent.update(:tally, &Kernel.+(&1, 4))",
  );
  for (const name of ["till", "door", "bell", ":tally"])
    for (const row of (await live.call("states", { process: name, limit: 1_000 })).rows) note(name, row);
  await live.call("detach", {});
  await live.stop();
  read = await Engine.start({ version: "0.0.0", open: recording });
});
afterAll(async () => {
  await read.stop();
  await node.stop();
  rmSync(folder, { recursive: true });
});

/** Callbacks by process and message. */
function note(name: string, row: StateRow): void {
  MESSAGES[`${name} ${row.cause?.summary ?? row.occasion}`] = row.id;
}

function event(text: string): number {
  const [, id] = Object.entries(MESSAGES).find(([key]) => key.includes(text)) ?? [];
  if (id === undefined) throw new Error(`no ${text} among ${Object.keys(MESSAGES).join("\n")}`);
  return id;
}

const replay = (input: ReplayInput): Promise<ReplayAnswer> =>
  read.call("replay", { run: true, node: node.name, cookie: node.cookie, timeoutMs: 10_000, ...input });

const one = async (text: string, input: ReplayInput = {}): Promise<ReplayAnswer["rows"][number]> =>
  (await replay({ events: [event(text)], ...input })).rows[0]!;

describe("replay of recorded callbacks", () => {
  it("runs nothing unless it is told to [replay.dry]", async () => {
    const answer = await replay({ events: [event("{:sell, 3")], run: false });
    expect(answer).toMatchObject({ ran: false, verdict: "not_run" });
    expect(answer.rows[0]).toMatchObject({ why: "", replayed: null, unread: [":till"] });
    await untilNoTraceOfUs(node, 60_000);
  });

  it("says that the same code does the same: GenServer, gen_statem, gen_event, Agent, continue [replay.same]", async () => {
    const events = ["{:sell, 3", "till continue", ":open}", ":shut", "{:ring, 4}", ":count", ":update"].map(
      event,
    );
    const answer = await replay({ events });
    expect(answer.rows.map(({ verdict, why, differences }) => ({ verdict, why, differences }))).toEqual(
      events.map(() => ({ verdict: "same", why: "", differences: [] })),
    );
    expect(answer.verdict).toBe("same");
    const bySell = answer.rows.find((row) => row.event === event("{:sell, 3"));
    expect(bySell?.replayed).toMatchObject({ reply: "3", state: "%{open: 7, sum: 3}", next: ":noreply" });
    await untilNoTraceOfUs(node, 60_000);
  });

  it("asks stand-ins, which answer as recorded, and names what differs only by a reference or a clock [replay.volatile]", async () => {
    const row = await one("{:ask");
    expect(row).toMatchObject({ verdict: "same", differences: [], replayed: { reply: "12" } });
    expect(row.volatile.map(({ path, kind }) => `${path} ${kind}`)).toEqual(
      expect.arrayContaining(["state.asked reference", "state.at clock"]),
    );
    expect(row.effects.filter(({ kind }) => kind === "message")).toMatchObject([{ caught: true }]);
  });

  it("sends no second answer to who called, and names messages to names [replay.effects]", async () => {
    await node.eval(`
      Self = self(), P = spawn(fun() -> register(observer_of_tests, self()), Self ! up, receive told -> persistent_term:put(told, true) end end),
      receive up -> P end`);
    expect(await one("answer")).toMatchObject({
      verdict: "same",
      effects: [{ kind: "message", caught: true }],
    });
    const told = await one(":tell");
    expect(told.effects).toMatchObject([{ kind: "message", caught: false, what: ":told" }]);
    expect(told.effects[0]?.to).toContain(":observer_of_tests");
  });

  it("goes from callback to callback, each on the outcome of the one before [replay.chain]", async () => {
    const ids = [event("{:sell, 3"), event("{:sell, 2")];
    const answer = await replay({ process: "till", fromId: ids[0]!, toId: ids[1]!, chain: true });
    expect(answer).toMatchObject({ verdict: "same", chained: true });
    expect(answer.rows.map(({ event: id }) => id)).toEqual(ids);
  });

  it("refuses what it cannot run, with the reason [replay.refused]", async () => {
    const first = await replay({ process: "till", toId: event("till continue") });
    expect(first.rows[0]).toMatchObject({ verdict: "not_run", replayed: null });
    expect(first.rows[0]?.why).toContain("init");
    const errors: readonly (readonly [ReplayInput, string])[] = [
      [{ events: [999_999_999] }, "QUERY_NO_SUCH_EVENT"],
      [{ process: "nobody_at_all" }, "QUERY_NO_SUCH_PROCESS"],
      [{ process: "observer_of_tests" }, "QUERY_NO_CALLBACKS"],
      [{ events: [1] }, "QUERY_NOT_A_CALLBACK"],
    ];
    for (const [input, code] of errors) await expect(replay(input)).rejects.toMatchObject({ code });
    await expect(read.call("replay", { events: [event("{:sell, 3")] })).rejects.toMatchObject({
      code: "ENGINE_NO_REPLAY_NODE",
    });
  });

  it("says after a fix what differs now, and how; the old recording stays [replay.fixed]", async () => {
    expect(await one("break")).toMatchObject({
      verdict: "same",
      replayed: { ended: "raised" },
      recorded: { ended: "raised" },
    });
    await node.eval(loading(till("N * Price")));
    const sold = await one("{:sell, 3");
    expect(sold).toMatchObject({ verdict: "differs", recorded: { reply: "3" }, replayed: { reply: "30" } });
    expect(sold.differences.map(({ what }) => what)).toEqual(["reply", "state"]);
    expect(sold.differences[1]?.diff?.changes).toEqual([
      { path: ".sum", iex: "state.sum", before: "3", after: "30" },
    ]);
    const mended = await one("break");
    expect(mended).toMatchObject({
      verdict: "differs",
      recorded: { ended: "raised" },
      replayed: { ended: "returned", reply: ":ok" },
    });
    const chained = await replay({ events: [event("{:sell, 3"), event("{:sell, 2")], chain: true });
    expect(chained.rows.map(({ replayed }) => replayed?.reply)).toEqual(["30", "70"]);
  });

  it("is gone within a second of kill -9, with all that it started [replay.killed]", async () => {
    const child = spawn(
      process.execPath,
      [
        CLI,
        "replay",
        String(event(":loop")),
        "--recording",
        recording,
        "--node",
        node.name,
        "--timeout",
        "20s",
        "--yes-run-it",
      ],
      { env: { ...process.env, ELIXIRSCOPE_COOKIE: node.cookie }, stdio: "ignore" },
    );
    const looping =
      "[P || P <- processes(), erlang:process_info(P, current_function) =:= {current_function, {till, loop, 1}}]";
    await expect.poll(() => node.eval(looping), { timeout: 60_000 }).not.toBe("[]");
    child.kill("SIGKILL");
    await untilNoTraceOfUs(node, 1_000);
    expect(await node.eval(looping)).toBe("[]");
  });

  it("stops what does not end or takes too much; the node is as before [replay.bounds]", async () => {
    const processes = await node.eval("erlang:system_info(process_count)");
    const loop = await one(":loop", LOOP);
    expect(loop).toMatchObject({ verdict: "not_run", replayed: { ended: "stopped" } });
    expect(loop.why).toContain("longer");
    expect(loop.replayed?.stack[0]).toContain(":till.loop/1");
    expect((await one(":eat")).why).toContain("memory");
    await untilNoTraceOfUs(node, 60_000);
    await expect
      .poll(() => node.eval("erlang:system_info(process_count)"), { timeout: 60_000 })
      .toBe(processes);
  });
});
