import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Engine } from "elixirscope/engine";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ErlangNode, startErlangNode } from "../testkit/erlang-node.ts";

let node: ErlangNode;

/** Modules as Elixir would make them; each function answers its arguments. */
const MODULES: readonly (readonly [module: string, functions: readonly string[]])[] = [
  ["Elixir.Shop", ["f(A) -> {ok, A}"]],
  ["Elixir.Shop.Cart", ["add(A, B) -> {A, B}", "add(A) -> {A}", "size() -> 0", "fail(A) -> error({no, A})"]],
  ["Elixir.Shop.Cart.Item", ["f(A) -> {ok, A}"]],
  ["Elixir.ShopWeb", ["f(A) -> {ok, A}"]],
];

const define = (module: string, functions: readonly string[]): string => {
  const exports = functions.map(
    (code) => `${/^\w+/.exec(code)?.[0]}/${code.split(") ->")[0]?.match(/[A-Z]/g)?.length ?? 0}`,
  );
  const forms = [
    `-module('${module}').`,
    `-export([${exports.join(",")}]).`,
    ...functions.map((code) => `${code}.`),
  ];
  return `begin
    Forms = [begin {ok, T, _} = erl_scan:string(S), {ok, F} = erl_parse:parse_form(T), F end || S <- ${JSON.stringify(forms)}],
    {ok, Name, Beam} = compile:forms(Forms),
    {module, Name} = code:load_binary(Name, "nofile", Beam)
  end`;
};

beforeAll(async () => {
  node = await startErlangNode({ name: "call_patterns" });
  process.env.ERL_EPMD_PORT = String(node.epmdPort);
  for (const [module, functions] of MODULES) await node.eval(define(module, functions));
});
afterAll(() => node.stop());

async function withEngine<T>(patterns: readonly string[], work: (engine: Engine) => Promise<T>): Promise<T> {
  const engine = await Engine.start({ version: "0.0.0" });
  try {
    await engine.call("attach", { node: node.name, cookie: node.cookie, level: "calls", patterns });
    return await work(engine);
  } finally {
    await engine.stop();
  }
}

/** What is recorded while one process makes these calls: each call and how it ended, in order. */
const recorded = (patterns: readonly string[], calls: readonly string[]): Promise<readonly string[]> =>
  withEngine(patterns, async (engine) => {
    await node.eval(calls.map((call) => `catch ${call}`).join(", "));
    await engine.call("detach", {});
    const kinds = ["call", "return", "exception"] as const;
    const { rows } = await engine.call("events", { kinds, order: "oldest_first", limit: 10_000 });
    // Each evaluation is a process of its own; which one is not what is compared.
    return rows.map((row) => `${row.kind} ${row.summary}`.replaceAll(/#PID<[\d.]+>/g, "#PID"));
  });

const LAZY = "Elixir.LazyShop.Cart";
const add = (args: string): string => `'Elixir.Shop.Cart':add(${args})`;
const ITEM = "#{'__struct__' => 'Elixir.Shop.Cart.Item', qty => 5}";

describe("a call pattern on a real node", () => {
  it.each<readonly [pattern: string, matching: readonly string[], others: readonly string[]]>([
    ["Shop.Cart.add/2", ["1, 2"], ["1"]],
    ["Shop.Cart.add", ["1, 2", "1"], []],
    ["Shop.Cart.add(_)", ["1", "[]"], ["1, 2"]],
    [
      "Shop.Cart.add(_, %{qty: q}) when q > 10",
      ["1, #{qty => 11}", "2, #{qty => 12.5, other => x}", "3, #{qty => many}"],
      ["1, #{qty => 10}", "1, #{}", "1, 11", "#{qty => 11}, 1", "#{qty => 11}"],
    ],
    [
      "Shop.Cart.add(list, _) when length(list) > 2 and is_list(list)",
      ["[1,2,3], 0", '"abc", x'],
      ["[1,2], 0", "{1,2,3}, 0", "[1,2|3], 0", "1, [1,2,3]"],
    ],
    [
      "Shop.Cart.add(n, [first | _]) when n == first or n in [1, 2]",
      ["7, [7]", "7, [7.0,8]", "2, [x|y]"],
      ["7, [8]", "2, []", "1.0, [3]"],
    ],
    ["Shop.Cart.add(%Shop.Cart.Item{qty: q}, q)", [`${ITEM}, 5`], [`${ITEM}, 5.0`, "#{qty => 5}, 5", "5, 5"]],
    ["Shop.Cart.add(x, x)", ["1, 1", "[a], [a]"], ["1, 1.0", "a, b"]],
    [
      'Shop.Cart.add("é", nil)',
      ['<<"é"/utf8>>, nil'],
      ['<<"e">>, nil', "[233], nil", '<<"é"/utf8>>, undefined'],
    ],
    [
      "Shop.Cart.add(~c\"ab\", {:ok, -1.5, 'c'})",
      ['"ab", {ok, -1.5, "c"}'],
      ['"ab", {ok, -1.5, c}', '<<"ab">>, {ok, -1.5, "c"}'],
    ],
    [
      'Shop.Cart.add(%{"a" => %{b: [1 | t]}}, _) when t != []',
      ['#{<<"a">> => #{b => [1,2]}}, 0'],
      ['#{<<"a">> => #{b => [1]}}, 0', "#{a => #{b => [1,2]}}, 0"],
    ],
    ["Shop.Cart.add(t, n) when tuple_size(t) === n", ["{a,b}, 2"], ["{a,b}, 3", '<<"ab">>, 2', "[a,b], 2"]],
    ["Shop.Cart.add(p, _) when p == self()", ["self(), 1"], ["1, self()"]],
    [
      "Shop.Cart.add(a, b) when a in 1..9//2 when b === :always",
      ["3, no", "4, always", "x, always"],
      ["4, no", "3.0, no"],
    ],
    [
      "Shop.Cart.add(m, k) when is_map_key(m, k) and not is_struct(m)",
      ["#{a => 1}, a"],
      ["#{a => 1}, b", `${ITEM}, qty`, "a, a"],
    ],
    ["Shop.Cart.add(i, _) when i.qty / 2 >= 1 + 1.5", [`${ITEM}, 0`], ["#{qty => 4}, 0", "#{}, 0", "qty, 0"]],
  ])("%s [code.pattern.function] [code.pattern.condition]", async (pattern, matching, others) => {
    const expected = await recorded(["Shop.Cart.add"], matching.map(add));
    expect(expected).toHaveLength(2 * matching.length);
    const calls = [...others, ...matching, ...others].map(add);
    expect(await recorded([pattern], [...calls, "'Elixir.Shop.Cart':size()"])).toEqual(expected);
  });

  it("records an exception in place of a return [code.exception]", async () => {
    const found = await recorded(
      ["Shop.Cart.fail(x) when x > 1"],
      ["'Elixir.Shop.Cart':fail(1)", "'Elixir.Shop.Cart':fail(2)"],
    );
    expect(found).toEqual(["call Shop.Cart.fail(2)", "exception Shop.Cart.fail/1 ⇒ {:error, {:no, 2}}"]);
  });

  it("is one of several: a call that one of them means is recorded, once", async () => {
    const patterns = [
      "Shop.Cart.add(1, _)",
      "Shop.f/1",
      "Shop.Cart.add(_, b) when b > 5",
      "Shop.f(2)",
      "Shop.Cart.size()",
    ];
    const calls = [
      add("1, 9"),
      add("2, 9"),
      add("1, 1"),
      add("2, 1"),
      "'Elixir.Shop':f(3)",
      "'Elixir.Shop.Cart':size()",
    ];
    const found = await recorded(patterns, calls);
    expect(found.filter((row) => row.startsWith("call"))).toEqual([
      "call Shop.Cart.add(1, 9)",
      "call Shop.Cart.add(2, 9)",
      "call Shop.Cart.add(1, 1)",
      "call Shop.f(3)",
      "call Shop.Cart.size()",
    ]);
  });

  it.each([
    ["Shop.*", ["Shop.f(1)", "Shop.Cart.add(2)", "Shop.Cart.Item.f(3)"]],
    ["Shop.Cart.*", ["Shop.Cart.add(2)", "Shop.Cart.Item.f(3)"]],
    ["Shop.Cart", ["Shop.Cart.add(2)"]],
    ["ShopWeb.*", ["ShopWeb.f(4)"]],
  ])(
    "%s means the modules below, too, where there is a star [code.pattern.module]",
    async (pattern, expected) => {
      const calls = ["'Elixir.Shop':f(1)", add("2"), "'Elixir.Shop.Cart.Item':f(3)", "'Elixir.ShopWeb':f(4)"];
      const found = await recorded([pattern], calls);
      expect(found.filter((row) => row.startsWith("call"))).toEqual(expected.map((call) => `call ${call}`));
    },
  );

  it("with a star loads the modules that the node has but did not need so far [code.pattern.below]", async () => {
    const folder = mkdtempSync(join(tmpdir(), "call-patterns-"));
    try {
      await node.eval(`
        {ok, '${LAZY}', Beam} = compile:forms([{attribute, 1, module, '${LAZY}'}, {attribute, 1, export, [{f, 0}]},
          {function, 1, f, 0, [{clause, 1, [], [], [{atom, 1, ok}]}]}]),
        ok = file:write_file("${folder}/${LAZY}.beam", Beam), true = code:add_patha("${folder}")`);
      expect(await node.eval(`code:is_loaded('${LAZY}')`)).toBe("false");
      const found = await recorded(["LazyShop.*"], [`'${LAZY}':f()`]);
      expect(found).toEqual(["call LazyShop.Cart.f()", "return LazyShop.Cart.f/0 → :ok"]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("as a filter of what was recorded means the modules below, too", async () => {
    await withEngine(["Shop.*"], async (engine) => {
      await node.eval(`'Elixir.Shop':f(1), ${add("2")}, 'Elixir.Shop.Cart.Item':f(3)`);
      await engine.call("detach", {});
      const { rows } = await engine.call("events", {
        kinds: ["call"],
        mfa: "Shop.Cart.*",
        order: "oldest_first",
      });
      expect(rows.map((row) => row.summary)).toEqual(["Shop.Cart.add(2)", "Shop.Cart.Item.f(3)"]);
    });
  });

  it("that is refused says where, and leaves what was traced [code.pattern.error]", async () => {
    await withEngine(["Shop.Cart.add(1)"], async (engine) => {
      const change = (pattern: string): Promise<unknown> =>
        engine.call("tracing", { level: "calls", patterns: ["Shop.f/1", pattern] });
      await expect(change("Shop.f(a) when b > 1")).rejects.toMatchObject({
        code: "BAD_MFA_PATTERN",
        message: expect.stringContaining("\n  Shop.f(a) when b > 1\n                 ^"),
      });
      await expect(change("NoSuchShop.*")).rejects.toMatchObject({ code: "TRACER_NO_SUCH_FUNCTION" });
      await expect(change("Shop.nothing(1)")).rejects.toMatchObject({ code: "TRACER_NO_SUCH_FUNCTION" });
      await node.eval(`'Elixir.Shop':f(1), ${add("1")}, ${add("2")}`);
      await engine.call("detach", {});
      const { rows } = await engine.call("events", { kinds: ["call"] });
      expect(rows.map((row) => row.summary)).toEqual(["Shop.Cart.add(1)"]);
    });
  });
});
