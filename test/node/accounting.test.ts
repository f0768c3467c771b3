// An application that counts for itself what it does, and what is recorded and reported of it: the sums are the same,
// kind by kind, whatever happens on the way.
import { atom } from "@elixirscope/etf";
import type { EventKind, Level } from "elixirscope/model";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { CountingSession, type Counts } from "../testkit/counting-session.ts";
import { loading } from "../testkit/erlang-module.ts";
import { type ErlangNode, startErlangNode } from "../testkit/erlang-node.ts";

let node: ErlangNode;
let counting: CountingSession;

/** Nothing else is in the scope, so that nobody else's events are among those that are counted. */
const ROOT = { processes: [atom("root")] };
// No run is as long as the circuit breaker's limit (200,000 messages that wait, 64 MiB): what it switches off nobody
// counts, and a machine that stands still for a second must not decide whether a test passes.
const CALLS = { ...ROOT, patterns: ["workload.work/1"] };

// Each round: so many messages to a sink, states of a gen_server, calls with results, processes, links, names. All of
// it is done by processes below `root`. (Whether its mailboxes are empty somebody else asks: the answer to that would be
// a message received as well.)
const WORKLOAD = `
  -module(workload).
  -export([init/0, work/1, start/0, run/2, handle_cast/2, init/1]).
  init(N) -> {ok, N}.
  handle_cast({add, K}, N) -> {noreply, N + K}.
  work(N) -> N + 1.
  start() -> register(root, spawn(?MODULE, init, [])), ok.
  init() ->
    Sink = spawn(fun L() -> receive _ -> L() end end),
    {ok, Server} = gen_server:start({local, counter}, ?MODULE, 0, []),
    register(sink, Sink),
    loop(Sink, Server).
  loop(Sink, Server) ->
    receive
      {From, Rounds} ->
        Monitors = [round(Sink, Server, N) || N <- lists:seq(1, Rounds)],
        [receive {'DOWN', M, _, _, _} -> ok end || M <- Monitors],
        From ! {root, done, [Sink, Server]},
        loop(Sink, Server);
      stop -> gen_server:stop(Server), exit(Sink, kill)
    end.
  round(Sink, Server, N) ->
    [Sink ! {item, M} || M <- lists:seq(1, 10)],
    gen_server:cast(Server, {add, N}),
    [work(M) || M <- lists:seq(1, 3)],
    {Child, Monitor} = spawn_monitor(fun() -> receive go -> ok end end),
    link(Sink), unlink(Sink),
    register(round, Child), unregister(round),
    Child ! go,
    Monitor.
  quiet(Pids) ->
    case [P || P <- Pids, process_info(P, message_queue_len) =/= {message_queue_len, 0}] of
      [] -> ok;
      _ -> erlang:yield(), quiet(Pids)
    end.
  run(Rounds, Root) -> Root ! {self(), Rounds}, receive {root, done, Pids} -> quiet(Pids) end.
`.replaceAll("?MODULE", "workload");

/** What so many rounds, in so many runs, are to the BEAM. */
const produced = (rounds: number, runs: number, level: Level): Counts => ({
  spawn: rounds,
  spawned: rounds,
  exit: rounds,
  link: rounds,
  unlink: rounds,
  getting_linked: rounds,
  getting_unlinked: rounds,
  register: rounds,
  unregister: rounds,
  ...(level === "observe" ? {} : { send: 12 * rounds + runs, receive: 13 * rounds + runs }),
  ...(level === "state" || level === "calls" ? { state: rounds } : {}),
  ...(level === "calls" ? { call: 3 * rounds, return: 3 * rounds } : {}),
});

const KINDS = Object.keys(produced(1, 1, "calls")) as readonly EventKind[];

/** Kind by kind: what was seen, what was told to have been dropped, and what was left out on purpose. */
function accounted(session: CountingSession): Counts {
  const sampled = session.stats?.sampledOutByKind ?? {};
  const sum = KINDS.map(
    (kind) =>
      [kind, (session.seen[kind] ?? 0) + (session.dropped[kind] ?? 0) + (sampled[kind] ?? 0)] as const,
  );
  return Object.fromEntries(sum.filter(([, count]) => count > 0));
}

const total = (counts: Counts): number => Object.values(counts).reduce((sum, count) => sum + count, 0);

beforeAll(async () => {
  node = await startErlangNode({ name: "accounting_test" });
  await node.eval(loading(WORKLOAD));
});
afterAll(() => node.stop());

beforeEach(async () => {
  await node.eval(
    `workload:start(), (fun W() -> case whereis(sink) of undefined -> erlang:yield(), W(); _ -> ok end end)()`,
  );
});
afterEach(async () => {
  await node.eval(`
    M = monitor(process, root), S = monitor(process, sink), root ! stop,
    [receive {'DOWN', R, _, _, _} -> ok end || R <- [M, S]]`);
});

const run = (rounds: number): Promise<string> => node.eval(`workload:run(${rounds}, whereis(root))`, 120_000);

/** Waits until what the agent reports every half a second is true. */
const until = (what: () => boolean): Promise<void> =>
  expect.poll(what, { timeout: 60_000, interval: 20 }).toBe(true);

describe("seen and reported dropped is what was produced", () => {
  it.each(["observe", "messages", "state", "calls"] as const)(
    "at the level %s [safety.accounting.levels]",
    async (level) => {
      counting = await CountingSession.attach(node);
      await counting.trace(level, level === "calls" ? CALLS : ROOT);
      await run(500);
      await run(500);
      const stats = await counting.detach();
      expect(counting.seen).toMatchObject(produced(1_000, 2, level));
      expect(accounted(counting)).toEqual(produced(1_000, 2, level));
      expect([stats.dropped, counting.gaps]).toEqual([0, []]);
      expect(stats.produced).toBe(stats.sent);
    },
  );

  it.each(["observe", "messages", "state", "calls"] as const)(
    "at the level %s in a flood, with a window that is far too small",
    async (level) => {
      counting = await CountingSession.attach(node, { windowBytes: 300_000 });
      await counting.trace(level, level === "calls" ? CALLS : ROOT);
      counting.stalled = true;
      await run(2_000);
      counting.stalled = false;
      await run(200);
      const stats = await counting.detach();
      expect(accounted(counting)).toEqual(produced(2_200, 2, level));
      expect(total(counting.dropped)).toBe(stats.dropped);
      expect(stats.dropped).toBeGreaterThan(5_000);
      expect(stats.droppedByCause.no_credit).toBe(stats.dropped - (stats.droppedByCause.overload ?? 0));
      expect(stats.produced).toBe(stats.sent + stats.dropped);
    },
  );

  it("with a viewer that stalls until the end, and is detached from a flood [safety.accounting.stalled]", async () => {
    counting = await CountingSession.attach(node, { windowBytes: 300_000 });
    await counting.trace("calls", CALLS);
    counting.stalled = true;
    await run(2_000);
    const stats = await counting.detach();
    expect(accounted(counting)).toEqual(produced(2_000, 1, "calls"));
    expect(total(counting.dropped)).toBe(stats.dropped);
  });

  it("across levels: what all of them record is there once", async () => {
    counting = await CountingSession.attach(node);
    await counting.trace("messages", ROOT);
    const working = run(2_000);
    for (const level of ["calls", "messages", "state", "calls", "state", "messages"] as const)
      await counting.trace(level, level === "calls" ? CALLS : ROOT);
    await working;
    await counting.detach();
    const { state: _, ...others } = accounted(counting);
    const { call: _call, return: _return, ...always } = others;
    expect(always).toEqual(produced(2_000, 1, "messages"));
  });

  it("across scopes: who is in all of them misses nothing", async () => {
    counting = await CountingSession.attach(node);
    await node.eval("register(bystander, spawn(fun L() -> receive _ -> L() end end))");
    await counting.trace("calls", CALLS);
    const working = run(2_000);
    const scopes = [[atom("root"), atom("bystander")], [atom("root")]];
    for (let i = 0; i < 6; i++)
      await counting.trace("calls", {
        ...CALLS,
        processes: scopes[i % 2]!,
        except: i % 3 === 0 ? [atom("bystander")] : [],
      });
    await working;
    await counting.detach();
    expect(accounted(counting)).toEqual(produced(2_000, 1, "calls"));
    await node.eval("exit(whereis(bystander), kill)");
  });

  it("with half of the processes in the sample: each of them whole, the others counted", async () => {
    counting = await CountingSession.attach(node);
    await counting.trace("calls", { ...CALLS, sample: { processes: 0.5 } });
    await run(2_000);
    const stats = await counting.detach();
    expect(accounted(counting)).toEqual(produced(2_000, 1, "calls"));
    expect(stats.sampledOut).toBeGreaterThan(1_000);
    expect(stats.produced).toBe(stats.sent + stats.dropped + stats.sampledOut);
    // A process that came has gone as well, or neither is there; what a busy machine dropped is of the sample, too.
    const inSample = (kind: EventKind): number => (counting.seen[kind] ?? 0) + (counting.dropped[kind] ?? 0);
    expect(inSample("spawned")).toBe(inSample("exit"));
    expect(inSample("spawned")).toBeGreaterThan(700);
    expect(inSample("spawned")).toBeLessThan(1_300);
  });

  it("with a limit of calls a second, in a flood as well [levels.sampling.rate]", async () => {
    counting = await CountingSession.attach(node);
    await counting.trace("calls", { ...CALLS, sample: { callsPerSecond: 100 } });
    const before = performance.now();
    await run(2_000);
    const stats = await counting.detach();
    expect(accounted(counting)).toEqual(produced(2_000, 1, "calls"));
    // At most a second's worth at once, and then so many a second; what was dropped beside that is not among them.
    const seconds = Math.ceil((performance.now() - before) / 1_000);
    expect(counting.seen.call).toBeLessThanOrEqual(100 * (seconds + 1));
    expect(stats.sampledOutByKind.call).toBe(6_000 - counting.seen.call! - (counting.dropped.call ?? 0));
  });

  it("across steps of the budget: what the lowest level records is there, the rest is in gaps", async () => {
    counting = await CountingSession.attach(node);
    await counting.trace("calls", { ...CALLS, budget: { eventsPerSecond: 3_000 } });
    // Long enough to be stepped down to the lowest level that the budget allows, whatever the machine.
    let rounds = 0;
    let runs = 0;
    // (Before the first report of the level asked for, there may be one of none, which nothing has lowered.)
    const lowest = (): boolean =>
      ["observe", "off"].includes(counting.stats?.inForce ?? "") && counting.stats?.loweredBy !== "none";
    while (!lowest()) {
      await run(2_000);
      rounds += 2_000;
      runs += 1;
    }
    expect(counting.stats?.loweredBy).toMatch(/^(events|breaker)$/);
    await until(() => counting.stats?.inForce === "calls" && counting.stats.loweredBy === "none");
    await run(10);
    const stats = await counting.detach();
    const budget = counting.gaps.filter(({ cause }) => cause === "budget");
    expect(budget.length).toBeGreaterThan(2);
    for (const { from, to } of budget) expect(to).toBeGreaterThan(from);
    expect(total(counting.dropped)).toBe(stats.dropped);
    const all = produced(rounds + 10, runs + 1, "calls");
    expect(KINDS.filter((kind) => (accounted(counting)[kind] ?? 0) > all[kind]!)).toEqual([]);
    if (counting.gaps.some(({ cause }) => cause === "breaker")) return;
    expect(accounted(counting)).toMatchObject(produced(rounds + 10, runs + 1, "observe"));
  }, 180_000);
});
