import { Engine } from "elixirscope/engine";
import type { StepInput } from "elixirscope/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { elixir, startElixirNode } from "../testkit/elixir-node.ts";
import { loading } from "../testkit/erlang-module.ts";
import type { ErlangNode } from "../testkit/erlang-node.ts";

// A shop whose orders make a till count: each cast to the one leads to a cast to the other.
const SHOP = `
  -module(shop). -behaviour(gen_server).
  -export([init/1, handle_call/3, handle_cast/2]).
  init(S) -> {ok, S}.
  handle_call(done, _, S) -> {reply, ok, S}.
  handle_cast({order, K}, S) -> gen_server:cast(till, {add, K}), {noreply, S#{last => K}};
  handle_cast({add, K}, #{count := N} = S) -> {noreply, S#{count => N + K}}.
`;

// Two states that differ in every way that a place can be written.
const BEFORE = `%{"a key" => %{1 => [1]}, count: 1, range: 1..3, opts: [retry: %{max: 1}, name: "a"],
  tags: MapSet.new([:a, 2]), pairs: [{:x, 1, :y}, 5], nested: {:ok, %{[1] => 1}}}`;
const AFTER = `%{"a key" => %{1 => [2]}, count: 2, range: 1..4, opts: [retry: %{max: 2}, name: "b"],
  tags: MapSet.new([:a, "new"]), pairs: [{:x, 2, :y}, 6], nested: {:ok, %{[1] => 2}}}`;

let node: ErlangNode;
let engine: Engine;

beforeAll(async () => {
  node = await startElixirNode({ name: "travel_test" });
  process.env.ERL_EPMD_PORT = String(node.epmdPort);
  await node.eval(loading(SHOP));
  engine = await Engine.start({ version: "0.0.0" });
  await engine.call("attach", { node: node.name, cookie: node.cookie, level: "state" });
  await node.eval(`
    {ok, _} = gen_server:start({local, till}, shop, #{count => 0}, []),
    {ok, _} = gen_server:start({local, front}, shop, #{last => none}, []),
    [gen_server:cast(front, {order, K}) || K <- [1, 2, 2, 10]],
    gen_server:call(front, done), gen_server:call(till, done)`);
  await elixir(
    node,
    `{:ok, pid} = Agent.start(fn -> ${BEFORE} end, name: :terms); Agent.update(pid, fn _ -> ${AFTER} end)`,
  );
  await engine.call("detach", {});
});
afterAll(async () => {
  await engine.stop();
  await node.stop();
});

const counted = async (id: number | null): Promise<string> =>
  (await engine.call("event", { id: id! })).term.text;

describe("travel in time", () => {
  it("runs to the state where a condition becomes true, forward and backward [travel.until]", async () => {
    const forward = { process: "till", direction: "forward", state: "state.count == 5" } as const;
    const five = await engine.call("until", forward);
    expect(five.state?.state.text).toBe("%{count: 5}");
    expect(five.state?.diff?.changes).toEqual([
      { path: ".count", iex: "state.count", before: "3", after: "5" },
    ]);
    const again = await engine.call("until", { ...forward, cursor: five.cursor! });
    expect(again).toMatchObject({ event: null, more: false });
    expect(again.why).toMatch(/became true nowhere/);
    // 3, 5 and 15 are all more than 2: it became true with the first of them.
    const back = await engine.call("until", { process: "till", direction: "backward", state: "count > 2" });
    expect(back.state?.state.text).toBe("%{count: 3}");
    // It held from the first state on.
    const first = await engine.call("until", { process: "till", direction: "backward", state: "count >= 0" });
    expect(await counted(first.cursor)).toBe("%{count: 0}");
    const typo = await engine.call("until", { ...forward, state: "coutn == 5" });
    expect(typo.why).toMatch(/look at the names/);
  });

  it("runs to a message of some look [travel.until]", async () => {
    const found = await engine.call("until", {
      process: "till",
      direction: "forward",
      message: '{:"$gen_cast", {:add, k}} when k > 5',
    });
    expect(found.event).toMatchObject({ kind: "receive", summary: '{:"$gen_cast", {:add, 10}}' });
  });

  it("refuses what is no condition", async () => {
    const asked = { process: "till", direction: "forward" } as const;
    await expect(engine.call("until", asked)).rejects.toMatchObject({ code: "QUERY_NO_CONDITION" });
    await expect(engine.call("until", { ...asked, state: "count ==" })).rejects.toMatchObject({
      code: "BAD_TERM_PATTERN",
    });
  });

  it("steps by event, by process and by callback, in both directions [travel.step]", async () => {
    const states: string[] = [];
    const back: StepInput = { by: "callback", process: "till", direction: "backward" };
    for (let place = {}; ; ) {
      const found = await engine.call("step", { ...back, ...place });
      if (found.cursor === null) break;
      states.push(found.state!.state.text);
      place = { cursor: found.cursor };
    }
    expect(states).toEqual([15, 15, 5, 3, 1, 0].map((count) => `%{count: ${count}}`));
    const one = await engine.call("step", { by: "event", direction: "forward" });
    expect(one.cursor).toBe(1);
    const two = await engine.call("step", { by: "event", direction: "forward", cursor: 1 });
    expect(two.cursor).toBe(2);
    const own = await engine.call("step", {
      by: "process",
      process: "front",
      direction: "forward",
      cursor: 1,
    });
    expect([own.event?.process?.name, own.event?.peer?.name]).toContain(":front");
    const place = await engine.call("step", { by: "event", direction: "backward", t: own.event!.t });
    expect(place.event!.t).toBeLessThanOrEqual(own.event!.t);
    const none = await engine.call("step", { by: "event", direction: "backward", cursor: 1 });
    expect(none).toMatchObject({ event: null, cursor: null });
  });

  it("tells when a value changed last, and what led to it, to the beginning [travel.why-changed]", async () => {
    const found = await engine.call("lastChange", { process: "till", path: "state.count" });
    expect([found.before, found.after]).toEqual(["5", "15"]);
    const told = found.chain.map(({ type, process, summary, certain }) => [
      type,
      process?.name ?? process?.label,
      summary,
      certain,
    ]);
    expect(told.slice(0, 4)).toEqual([
      ["callback", ":till", ":shop.handle_cast/2", true],
      ["message", ":front", '{:"$gen_cast", {:add, 10}}', true],
      ["callback", ":front", ":shop.handle_cast/2", true],
      ["message", expect.any(String), '{:"$gen_cast", {:order, 10}}', true],
    ]);
    for (const { events } of found.chain) {
      const ids = await Promise.all(events.map(async (id) => (await engine.call("event", { id })).id));
      expect(ids).toEqual(events);
    }
    const before = await engine.call("lastChange", {
      process: "till",
      path: "count",
      cursor: found.state!.id,
    });
    expect([before.before, before.after]).toEqual(["3", "5"]);
    const no = await engine.call("lastChange", { process: "till", path: "nothing" });
    expect(no).toMatchObject({ state: null, chain: [] });
    expect(no.why).toMatch(/in no state of this process/);
  });

  it("compares two states, and says each place so that Elixir evaluates it to what is there [travel.diff]", async () => {
    const { rows } = await engine.call("states", { process: "terms" });
    const [first, last] = [rows[0]!, rows.at(-1)!];
    const found = await engine.call("diff", {
      a: { process: "terms", cursor: first.id },
      b: { process: "terms", t: last.t },
    });
    expect([found.a?.id, found.b?.id]).toEqual([first.id, last.id]);
    const changes = found.diff!.changes;
    expect(changes).toHaveLength(10);
    for (const { iex, path, before, after } of changes) {
      const was = await elixir(node, `state = ${BEFORE}; ${iex}`);
      const is = await elixir(node, `state = ${AFTER}; ${iex}`);
      const shown = (value: string | null): string =>
        path.includes("<") ? String(value !== null) : (value ?? "nil");
      expect([iex, was, is]).toEqual([iex, shown(before), shown(after)]);
    }
    const two = await engine.call("diff", { a: { process: "front" }, b: { process: "till" } });
    expect(two.diff!.changes.map(({ path }) => path).sort()).toEqual([".count", ".last"]);
    const none = await engine.call("diff", { a: { process: "till", t: -1e9 }, b: { process: "till" } });
    expect(none).toMatchObject({ a: null, diff: null });
    expect(none.why).toMatch(/No state of till/);
  });
});
