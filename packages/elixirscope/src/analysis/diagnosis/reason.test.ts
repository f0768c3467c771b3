import { expect, it } from "vitest";
import { reasonOf } from "./reason.ts";

it.each([
  [
    '{%RuntimeError{message: "no such page", __exception__: true}, [{Enum, :map, 2, [file: ~c"lib/enum.ex", line: 9]}, {Shop.Cart, :add, 2, [file: ~c"lib/shop/cart.ex", line: 17]}]}',
    { type: "raised", text: "RuntimeError: no such page", place: "Shop.Cart.add/2 (lib/shop/cart.ex:17)" },
  ],
  [
    '{:badarg, [{:erlang, :binary_to_integer, ["ten"], [error_info: %{module: :erl_erts_errors}]}, {Importer, :rows, 0, [file: ~c"lib/importer.ex", line: 20]}]}',
    {
      type: "other",
      text: 'badarg in :erlang.binary_to_integer("ten")',
      place: "Importer.rows/0 (lib/importer.ex:20)",
    },
  ],
  [
    '{:function_clause, [{Feed.Parser, :handle_cast, [{:parse, nil}, 3], [file: ~c"lib/feed.ex", line: 12]}]}',
    { type: "no_clause", text: "no clause of Feed.Parser.handle_cast matches handle_cast({:parse, nil}, 3)" },
  ],
  [
    '{:function_clause, [{ShopWeb.CartLive, :handle_event, ["incremnt", %{}, %{}], [file: ~c"lib/cart_live.ex", line: 5]}]}',
    { type: "no_handler" },
  ],
  [
    "{:timeout, {GenServer, :call, [Shop.Prices, {:price, 1}, 5000]}}",
    { type: "timeout", callee: "Shop.Prices" },
  ],
  [
    '{{:timeout, {:gen_server, :call, [#PID<0.9.0>, :sum]}}, [{:gen_server, :call, 2, [file: ~c"gen_server.erl", line: 370]}]}',
    { type: "timeout", callee: "#PID<0.9.0>" },
  ],
  ["{:calling_self, {GenServer, :call, [Words, :total, 5000]}}", { type: "calling_self", callee: "Words" }],
  ["{:noproc, {GenServer, :call, [Shop.Till, :open, 5000]}}", { type: "nobody", callee: "Shop.Till" }],
  ["{:undef, [{Shop.Cart, :ad, [1], []}]}", { type: "raised", text: "Shop.Cart.ad does not exist" }],
  [":killed", { type: "killed" }],
  [":tcp_closed", { type: "other", text: ":tcp_closed", place: null }],
] as const)("reads %s", (reason, told) => {
  expect(reasonOf(reason)).toMatchObject(told);
});

it("reads tasks that took too long, nodes that are not there, and values that no callback may return", () => {
  const task =
    "{:timeout, {Task, :await, [%Task{mfa: {:erlang, :apply, 2}, owner: #PID<0.1.0>, pid: #PID<0.9.0>}, 200]}}";
  expect(reasonOf(task)).toMatchObject({
    type: "timeout",
    callee: "#PID<0.9.0>",
    text: "its task (#PID<0.9.0>) was not done in the time that Task.await waits",
  });
  expect(reasonOf("{:timeout, {Task.Supervised, :stream, [5000]}}").text).toContain("Task.async_stream");
  const node = '{{:nodedown, :"b@h"}, {GenServer, :call, [{Shop, :"b@h"}, :ask, 5000]}}';
  expect(reasonOf(node)).toMatchObject({
    type: "nobody",
    text: expect.stringContaining('on the node :"b@h"'),
  });
  expect(reasonOf("{:bad_return_value, {:ok, 3}}").text).toContain("returned {:ok, 3}");
});
