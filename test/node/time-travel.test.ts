import { Engine } from "elixirscope/engine";
import type { StepInput } from "elixirscope/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loading } from "../testkit/erlang-module.ts";
import { type ErlangNode, startErlangNode } from "../testkit/erlang-node.ts";

// A shop whose orders make a till count: each cast to the one leads to a cast to the other.
const SHOP = `
  -module(shop). -behaviour(gen_server).
  -export([init/1, handle_call/3, handle_cast/2]).
  init(S) -> {ok, S}.
  handle_call(done, _, S) -> {reply, ok, S}.
  handle_cast({order, K}, S) -> gen_server:cast(till, {add, K}), {noreply, S#{last => K}};
  handle_cast({add, K}, #{count := N} = S) -> {noreply, S#{count => N + K}}.
`;

let node: ErlangNode;
let engine: Engine;

beforeAll(async () => {
  node = await startErlangNode({ name: "travel_test" });
  process.env.ERL_EPMD_PORT = String(node.epmdPort);
  await node.eval(loading(SHOP));
  engine = await Engine.start({ version: "0.0.0" });
  await engine.call("attach", { node: node.name, cookie: node.cookie, level: "state" });
  await node.eval(`
    {ok, _} = gen_server:start({local, till}, shop, #{count => 0}, []),
    {ok, _} = gen_server:start({local, front}, shop, #{last => none}, []),
    [gen_server:cast(front, {order, K}) || K <- [1, 2, 2, 10]],
    gen_server:call(front, done), gen_server:call(till, done)`);
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
    expect(five.state?.diff?.changes).toEqual([{ path: ".count", before: "3", after: "5" }]);
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
});
