import { Engine } from "elixirscope/engine";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type ErlangNode, startErlangNode } from "../testkit/erlang-node.ts";
import { type ModuleFolder, moduleFolder } from "../testkit/modules.ts";

// Sums, paths and time spent on a node that does what is known: two askers, a desk that naps, a ledger.

const NAP_MS = 4;
const ASKED = { asker_a: 5, asker_b: 10 } as const;
const ALL = ASKED.asker_a + ASKED.asker_b;

const DESK = `-module(desk).
-behaviour(gen_server).
-export([start/0, init/1, handle_call/3, handle_cast/2, nap/1]).
start() -> gen_server:start({local, desk}, ?MODULE, [], []).
init(_) -> {ok, 0}.
handle_call({serve, Ms}, _, N) ->
    nap(Ms),
    gen_server:cast(ledger, {served, N}),
    {reply, N, N + 1}.
handle_cast(_, N) -> {noreply, N}.
nap(Ms) -> receive after Ms -> ok end.
`;
const LEDGER = `-module(ledger).
-behaviour(gen_server).
-export([start/0, init/1, handle_call/3, handle_cast/2]).
start() -> gen_server:start({local, ledger}, ?MODULE, [], []).
init(_) -> {ok, []}.
handle_call(count, _, L) -> {reply, length(L), L}.
handle_cast({served, N}, L) -> {noreply, [N | L]}.
`;
const ASKER = `-module(asker).
-export([run/3, ask/1]).
run(Name, Times, Ms) ->
    Me = self(),
    spawn(fun() ->
        register(Name, self()),
        [ask(Ms) || _ <- lists:seq(1, Times)],
        Me ! {done, Name},
        receive stop -> ok end
    end).
ask(Ms) -> gen_server:call(desk, {serve, Ms}, infinity).
`;

let node: ErlangNode;
let modules: ModuleFolder;
let engine: Engine;

beforeAll(async () => {
  node = await startErlangNode({ name: "time_spent" });
  process.env.ERL_EPMD_PORT = String(node.epmdPort);
  modules = await moduleFolder(node);
  await modules.erlang("desk", DESK);
  await modules.erlang("ledger", LEDGER);
  await modules.erlang("asker", ASKER);
  await node.eval("desk:start(), ledger:start()");
  engine = await Engine.start({ version: "0.0.0" });
  const patterns = ["desk.nap/1"];
  const flows = ["asker.ask/1"];
  await engine.call("attach", { node: node.name, cookie: node.cookie, level: "state", patterns, flows });
  const runs = Object.entries(ASKED).map(([name, times]) => `asker:run(${name}, ${times}, ${NAP_MS})`);
  const waits = Object.keys(ASKED).map((name) => `receive {done, ${name}} -> ok end`);
  await node.eval([...runs, ...waits, "gen_server:call(ledger, count)"].join(", "));
  await engine.call("detach", {});
}, 120_000);
afterAll(async () => {
  await engine.stop();
  modules.remove();
  await node.stop();
});

const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);

it("counts who sent whom how many messages [query.message-flow]", async () => {
  const { rows, total, other } = await engine.call("messageFlow", { limit: 10_000 });
  const count = (from: string, to: string): number =>
    sum(rows.filter((row) => row.from === from && row.to === to).map((row) => row.count));
  for (const [name, times] of Object.entries(ASKED)) expect(count(`:${name}`, ":desk")).toBe(times);
  expect(count(":desk", ":ledger")).toBe(ALL);
  expect(sum(rows.map((row) => row.count)) + other.count).toBe(total.count);
  const grouped = await engine.call("messageFlow", { by: "name", groups: [":asker_*"], peer: "desk" });
  expect(grouped.rows.find(({ from }) => from === ":asker_*")).toMatchObject({ to: ":desk", count: ALL });
});

it("sums up durations by function, process and over time [query.aggregate]", async () => {
  const { groups, complete } = await engine.call("aggregate", { of: "duration", everyNs: 1e7, limit: 1_000 });
  expect(complete).toBe(true);
  const nap = groups.find(({ key }) => key[0] === ":desk.nap/1")!;
  expect(nap.count).toBe(ALL);
  expect(nap.least).toBeGreaterThanOrEqual(NAP_MS * 1e6);
  expect(sum(nap.series.map(({ count }) => count))).toBe(ALL);
  const callback = groups.find(({ key }) => key[0] === ":desk.handle_call/3")!;
  expect(callback.count).toBe(ALL);
  const own = await engine.call("aggregate", { of: "own", mfa: "desk.handle_call/3" });
  expect(own.total.sum).toBe(callback.sum! - nap.sum!);
  const events = await engine.call("aggregate", {
    by: ["process"],
    kinds: ["dispatch"],
    mfa: "ledger.handle_cast/2",
  });
  expect(events.groups.map(({ key, count }) => [key[0], count])).toEqual([[":ledger", ALL]]);
});

it("finds where the time went: functions, callers, flames, waits [query.time-spent]", async () => {
  const { rows } = await engine.call("hot", { process: "desk" });
  expect(rows[0]).toMatchObject({ name: ":desk.nap/1", count: ALL, type: "call" });
  const edges = (await engine.call("callGraph", { mfa: "desk.nap/1" })).rows;
  expect(edges).toMatchObject([{ caller: ":desk.handle_call/3", callee: ":desk.nap/1", count: ALL }]);
  const flame = await engine.call("flame", { process: "desk" });
  expect(flame.roots).toMatchObject([{ name: ":desk", ownNs: 0 }]);
  const call = flame.roots[0]!.children.find(({ name }) => name === ":desk.handle_call/3")!;
  expect(call.children).toMatchObject([{ name: ":desk.nap/1", count: ALL, ownNs: rows[0]!.ownNs }]);
  const waits = await engine.call("waits", { process: "desk" });
  expect(waits.rows).toMatchObject([{ mailbox: { count: ALL }, work: { count: ALL }, exact: true }]);
  const calls = await engine.call("calls", { to: "desk", limit: 2_000 });
  expect(waits.rows[0]!.mailbox.sum).toBe(sum(calls.rows.map(({ queueNs }) => queueNs ?? 0)));
  const { rows: slow } = await engine.call("slowest", { limit: 2_000 });
  expect(slow.filter(({ type }) => type === "request").length).toBeGreaterThanOrEqual(ALL);
});

it("takes the path of a flow apart into work and waiting, without a rest [query.path]", async () => {
  const { rows } = await engine.call("flows", { entry: "asker", sort: "slowest" });
  expect(rows.length).toBe(ALL);
  const took = rows.map(({ durationNs }) => durationNs);
  expect(took).toEqual(took.toSorted((a, b) => b - a));
  expect(
    (await engine.call("flows", { entry: "asker", minNs: took[2]! })).rows.length,
  ).toBeGreaterThanOrEqual(3);
  for (const { id, durationNs } of rows) {
    const path = await engine.call("criticalPath", { flow: id });
    expect(path.totalNs).toBe(durationNs);
    const desk = path.rows.filter(({ type, process }) => type === "work" && process?.label === ":desk");
    expect(sum(desk.map((row) => row.durationNs))).toBeGreaterThanOrEqual(NAP_MS * 1e6);
  }
  const { roots } = await engine.call("path", { flow: rows[0]!.id });
  const told: string[] = [];
  const walk = (steps: typeof roots): void => {
    for (const { type, text, children } of steps) {
      if (["flow", "callback", "call"].includes(type)) told.push(`${type} ${text}`);
      walk(children);
    }
  };
  walk(roots);
  const own = told.filter((text) => /^callback|^call/.test(text));
  expect(own).toEqual([
    "callback :desk.handle_call/3",
    `call :desk.nap(${NAP_MS})`,
    "callback :ledger.handle_cast/2",
  ]);
});
