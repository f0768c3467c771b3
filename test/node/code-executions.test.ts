import { join } from "node:path";
import { Engine } from "elixirscope/engine";
import type { ExecutionRow } from "elixirscope/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ErlangNode, startErlangNode } from "../testkit/erlang-node.ts";
import { type ModuleFolder, moduleFolder } from "../testkit/modules.ts";

let node: ErlangNode;
let modules: ModuleFolder;

const SHOP = `-module(shop).
-export([total/1, price/1, spin/2, fails/1, outer/1, nap/1, run/1]).

total(Items) ->
    [price(I) || I <- Items].

price(N) when N < 0 -> error({no_price, N});
price(N) -> N * 2.

spin(0, Sum) -> Sum;
spin(N, Sum) -> spin(N - 1, Sum + N).

fails(N) ->
    try outer(N) catch error:{no_price, _} -> none end.

outer(N) -> {price(N)}.

nap(Ms) -> receive after Ms -> ok end.

run(Fun) -> Fun().
`;
const CART = `defmodule Store.Cart do
  def add(cart, item) do
    added =
      put(cart, item)

    {:ok, added}
  end

  defp put(cart, item), do: [item | cart]
end
`;

beforeAll(async () => {
  node = await startErlangNode({ name: "code_executions" });
  process.env.ERL_EPMD_PORT = String(node.epmdPort);
  modules = await moduleFolder(node);
  await modules.erlang("shop", SHOP);
  await modules.elixir("cart.ex", CART);
}, 60_000);
afterAll(async () => {
  modules.remove();
  await node.stop();
});

interface Recorded {
  readonly rows: readonly ExecutionRow[];
  readonly engine: Engine;
}

/** What is answered about these calls, made by one process; oldest first. */
async function recorded<T>(
  patterns: readonly string[],
  code: string,
  work: (recorded: Recorded) => T | Promise<T>,
): Promise<T> {
  const engine = await Engine.start({ version: "0.0.0" });
  try {
    await engine.call("attach", { node: node.name, cookie: node.cookie, level: "observe", patterns });
    await node.eval(code);
    await engine.call("detach", {});
    const { rows, complete } = await engine.call("executions", { limit: 2_000 });
    expect(complete).toBe(true);
    return await work({ rows: rows.toReversed(), engine });
  } finally {
    await engine.stop();
  }
}

const text = (row: ExecutionRow): string =>
  `${"  ".repeat(row.depth)}${row.mfa} ${row.args?.text} ${row.outcome} ${row.result?.text}`;

describe("executions", () => {
  it("pair calls with their ends, nested, also through tail calls", () =>
    recorded(["shop"], "shop:total([1,2]), shop:spin(2, 0)", ({ rows }) => {
      expect(rows.filter(({ mfa }) => !mfa.includes("-")).map(text)).toEqual([
        ":shop.total/1 [[1, 2]] returned [2, 4]",
        expect.stringMatching(/^ +:shop.price\/1 \[1\] returned 2$/),
        expect.stringMatching(/^ +:shop.price\/1 \[2\] returned 4$/),
        ":shop.spin/2 [2, 0] returned 3",
        "  :shop.spin/2 [1, 2] returned 3",
        "    :shop.spin/2 [0, 3] returned 3",
      ]);
      expect(rows.every(({ certain }) => certain)).toBe(true);
    }));

  it("follow an exception through all the frames that it ends", () =>
    recorded(["shop.fails/1", "shop.outer/1", "shop.price/1"], "shop:fails(-1)", ({ rows }) => {
      expect(rows.map(text)).toEqual([
        ":shop.fails/1 [-1] returned :none",
        "  :shop.outer/1 [-1] raised {:error, {:no_price, -1}}",
        "    :shop.price/1 [-1] raised {:error, {:no_price, -1}}",
      ]);
    }));

  it("take the time in traced calls off the own time [code.duration] [code.own-time]", () =>
    recorded(["shop.run/1", "shop.nap/1"], "shop:run(fun() -> shop:nap(30) end)", ({ rows }) => {
      const [run, nap] = rows as [ExecutionRow, ExecutionRow];
      expect(nap.durationNs).toBeGreaterThanOrEqual(30e6);
      expect(nap.ownNs).toBe(nap.durationNs);
      expect(run.ownNs).toBe(run.durationNs! - nap.durationNs!);
      expect(nap.parent).toBe(run.id);
    }));

  it("say of a process that was killed in a call that it exited, and of one that still runs that it is open", () =>
    recorded(
      ["shop.nap/1"],
      `Nap = fun() ->
         New = spawn(shop, nap, [100000]),
         (fun W() -> case process_info(New, current_function) of {_, {shop, nap, 1}} -> ok; _ -> erlang:yield(), W() end end)(),
         New
       end,
       P = Nap(), Q = Nap(),
       R = monitor(process, P), exit(P, kill), receive {'DOWN', R, _, _, _} -> ok end, is_process_alive(Q)`,
      ({ rows }) => {
        expect(rows.map(({ outcome, result }) => [outcome, result?.text])).toEqual([
          // Up to OTP 26 a kill passes through the traced calls like an exception.
          node.otp >= 27 ? ["ended", ":killed"] : ["raised", "{:exit, :killed}"],
          ["open", undefined],
        ]);
      },
    ));

  it("name the caller with the line of the call, the function's source and line, also in the recording [code.caller] [code.location]", () =>
    recorded(
      ["shop.price/1", "Store.Cart.put/2"],
      "shop:outer(4), 'Elixir.Store.Cart':add([1], 0)",
      async ({ rows, engine }) => {
        const places = rows.map(({ mfa, caller, callerLine, line, file }) => [
          mfa,
          caller,
          callerLine,
          line,
          file,
        ]);
        expect(places).toEqual([
          [":shop.price/1", ":shop.outer/1", 16, 7, join(modules.path, "shop.erl")],
          ["Store.Cart.put/2", "Store.Cart.add/2", 4, 9, join(modules.path, "cart.ex")],
        ]);
        const { rows: events } = await engine.call("events", { kinds: ["call"], tag: "Store.Cart.add/2:4" });
        expect(events.map(({ summary, tag }) => [summary, tag])).toEqual([
          ["Store.Cart.put([1], 0)", "Store.Cart.add/2:4"],
        ]);
      },
    ));

  it("are found by process, function and outcome, and sorted by time", () =>
    recorded(["shop"], "shop:fails(-1), shop:nap(20), shop:price(1)", async ({ engine }) => {
      const raised = await engine.call("executions", { mfa: "shop.price/1", outcome: "raised" });
      expect(raised.rows.map(text)).toEqual(["    :shop.price/1 [-1] raised {:error, {:no_price, -1}}"]);
      const slowest = await engine.call("executions", { sort: "slowest", limit: 1 });
      expect(slowest.rows.map(({ mfa }) => mfa)).toEqual([":shop.nap/1"]);
      const { process } = slowest.rows[0]!;
      const own = await engine.call("executions", { sort: "own", process: process!.handle, limit: 1 });
      expect(own.rows).toEqual(slowest.rows);
    }));
});
