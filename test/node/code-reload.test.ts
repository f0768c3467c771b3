import { Engine } from "elixirscope/engine";
import type { GapRow } from "elixirscope/protocol";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ErlangNode, startErlangNode } from "../testkit/erlang-node.ts";
import { type ModuleFolder, moduleFolder } from "../testkit/modules.ts";
import { tracesOfUs } from "../testkit/traces-of-us.ts";

let node: ErlangNode;
let modules: ModuleFolder;
let engine: Engine;

const source = (version: number, name = "shop"): string =>
  `-module(${name}).\n-export([f/1, loop/0]).\nf(N) -> {${version}, N}.\nloop() -> receive {go, P} -> P ! f(self()), loop() end.\n`;

beforeAll(async () => {
  node = await startErlangNode({ name: "code_reload" });
  process.env.ERL_EPMD_PORT = String(node.epmdPort);
  modules = await moduleFolder(node);
});
afterAll(async () => {
  modules.remove();
  await node.stop();
});
beforeEach(async () => {
  await modules.erlang("shop", source(1));
  // Old code that goes is a change as well: whatever a test loads is the only one.
  await node.eval("code:purge(shop)");
  engine = await Engine.start({ version: "0.0.0" });
});
afterEach(() => engine.stop());

const attach = (...patterns: readonly string[]): Promise<unknown> =>
  engine.call("attach", { node: node.name, cookie: node.cookie, level: "observe", patterns });

const reloads = async (): Promise<readonly GapRow[]> =>
  (await engine.call("gaps", {})).filter(({ cause }) => cause === "code_reload");

/** Resolves when a reload has been noticed after the first `known` ones, and the patterns set again. */
const noticed = (known: number): Promise<unknown> =>
  expect.poll(async () => (await reloads()).length).toBeGreaterThan(known);

async function results(): Promise<readonly (string | undefined)[]> {
  await engine.call("detach", {});
  const { rows } = await engine.call("executions", { limit: 2_000 });
  return rows.toReversed().map(({ result }) => result?.text);
}

describe("patterns after a module was loaded anew", () => {
  it.each([
    ["other code, as `recompile` and `c` load it", () => modules.erlang("shop", source(2)), 2],
    ["the same code again", () => node.eval("code:purge(shop), {module, shop} = code:load_file(shop)"), 1],
    [
      "code that does not come through the code server",
      () =>
        node.eval(
          "{ok, B} = file:read_file(code:which(shop)), code:purge(shop), {module, shop} = erlang:load_module(shop, B)",
        ),
      1,
    ],
    [
      "deleted, and loaded when it is called",
      () => node.eval("code:purge(shop), code:delete(shop), code:purge(shop), shop:f(0)"),
      1,
    ],
  ])("hold for %s [code.reload]", async (_, load, version) => {
    await attach("shop.f(n) when n > 5");
    await node.eval("shop:f(6), shop:f(1)");
    await load();
    await noticed(0);
    await node.eval("shop:f(7), shop:f(2)");
    expect(await results()).toEqual(["{1, 6}", `{${version}, 7}`]);
  });

  it("lose nothing outside of the gaps that tell of it, however often the code is changed under load [code.reload]", async () => {
    await attach("shop.f/1");
    // Every call with the time before it, in microseconds.
    await node.eval(`
      ets:new(calls, [named_table, public, ordered_set, {heir, whereis(init), x}]),
      Self = self(), register(caller, spawn(fun() -> Self ! up,
        (fun L(N) -> ets:insert(calls, {N, (erlang:monotonic_time() + erlang:time_offset()) div 1000}),
           receive stop -> ok after 0 -> shop:f(N), (N rem 20 =:= 0) andalso timer:sleep(1), L(N + 1) end end)(1) end)),
      receive up -> ok end`);
    for (let version = 2; version < 7; version++) {
      const known = (await reloads()).length;
      await modules.erlang("shop", source(version));
      await noticed(known);
    }
    await node.eval("R = monitor(process, caller), caller ! stop, receive {'DOWN', R, _, _, _} -> ok end");
    const times = JSON.parse(await node.eval("[T || {_, T} <- ets:tab2list(calls)]")) as readonly number[];
    await engine.call("detach", {});
    const { rows } = await engine.call("events", { kinds: ["call"], mfa: "shop.f/1", limit: 10_000 });
    const numberOf = (summary: string): number => Number(/\((\d+)\)/.exec(summary)?.[1]);
    const seen = new Set(rows.map(({ summary }) => numberOf(summary)));
    const { at, t, summary } = rows.at(-1)!;
    const origin = Date.parse(at) * 1000 + Number(at.slice(-4, -1)) - t / 1000;
    const gaps = await reloads();
    // Call n was made between the times n and n + 1.
    const lost = times.slice(0, -1).flatMap((from, i) => {
      const n = i + 1;
      const inGap = gaps.some(
        (gap) => gap.to / 1000 >= from - origin - 1 && gap.from / 1000 <= times[n]! - origin + 1,
      );
      return n < numberOf(summary) || seen.has(n) || inGap ? [] : [n];
    });
    expect(lost).toEqual([]);
    expect(seen.size).toBeGreaterThan(100);
    console.log(`longest gap ${Math.max(...gaps.map(({ from, to }) => to - from)) / 1e6} ms`);
    await node.eval("ets:delete(calls)");
  });

  it("hold for modules that come below a name later", async () => {
    await attach("shop", "Later.*").catch(() => undefined);
    await node.eval(
      `{ok, M, B} = compile:forms([{attribute, 1, module, 'Elixir.Later'}]), code:load_binary(M, "", B)`,
    );
    await attach("Later.*");
    const known = (await reloads()).length;
    await node.eval(`
      {ok, M, B} = compile:forms([{attribute, 1, module, 'Elixir.Later.Cart'}, {attribute, 1, export, [{f, 0}]},
        {function, 1, f, 0, [{clause, 1, [], [], [{atom, 1, ok}]}]}]), code:load_binary(M, "", B)`);
    await noticed(known);
    await node.eval("'Elixir.Later.Cart':f()");
    expect(await results()).toEqual([":ok"]);
    // The patterns that we set since then go as well.
    expect(await tracesOfUs(node)).toBe("[]");
  });

  it("leave a process alone that stays in the old code, and a purge [faults.reload-purge]", async () => {
    await node.eval("register(stays, spawn(shop, loop, []))");
    await attach("shop.f/1");
    await modules.erlang("shop", source(3)).catch(() => undefined);
    await noticed(0);
    const answer = await node.eval("stays ! {go, self()}, receive {V, _} -> V end");
    expect(answer).toBe("1");
    await node.eval(
      "false = code:soft_purge(shop), shop:f(1), code:purge(shop), undefined = whereis(stays), shop:f(2)",
    );
    expect(await results()).toEqual(["{3, 1}", "{3, 2}"]);
  });

  it("say where the functions stand in the new source", async () => {
    await attach("shop.f/1");
    await node.eval("shop:f(1)");
    const known = (await reloads()).length;
    await modules.erlang("shop", source(1).replace("f(N)", "\n\nf(N)"));
    await noticed(known);
    const line = async (): Promise<number | null | undefined> =>
      (await engine.call("executions", { limit: 1 })).rows[0]?.line;
    await expect.poll(line).toBe(5);
  });
});
