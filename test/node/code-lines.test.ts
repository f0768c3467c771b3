import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Engine } from "elixirscope/engine";
import type { LineRow } from "elixirscope/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ErlangNode, startErlangNode } from "../testkit/erlang-node.ts";
import { type ModuleFolder, moduleFolder } from "../testkit/modules.ts";
import { tracesOfUs, untilNoTraceOfUs } from "../testkit/traces-of-us.ts";

const CLI = fileURLToPath(new URL("../../packages/elixirscope/dist/cli/main.js", import.meta.url));

let node: ErlangNode;
let modules: ModuleFolder;

const CART = `defmodule Lines.Cart do
  @behaviour GenServer
  def init(x), do: {:ok, x}

  def add(cart, item) do
    total = cart.total + item

    size =
      case total do
        n when n > 10 ->
          twice = n * 2
          twice + 1

        _ ->
          :small
      end

    cart
    |> Map.delete(:none)
    |> put(size)
  end

  defp put(cart, size) do
    password = "hunter2-" <> inspect(size)
    Map.put(cart, :hash, :erlang.phash2(password))
  end

  def pairs(list) do
    with [first | rest] <- list,
         true <- is_integer(first) do
      for x <- rest, x > first do
        first + x
      end
    else
      _ -> :none
    end
  end

  def wait do
    receive do
      {:add, from, n} ->
        send(from, n + 1)
        wait()
    end
  end
end
`;
const SHOP = `-module(lines_shop).
-export([sum/1, safe/1, count/2]).

sum(Items) ->
    Doubled = [double(I)
               || I <- Items, I > 0],
    lists:sum(
      Doubled).

double(I) ->
    I * 2.

safe(F) ->
    try
        V = F(),
        {ok, V}
    catch
        _:Reason ->
            {error, Reason}
    after
        erlang:yield()
    end.

count(0, N) -> N;
count(Left, N) ->
    Next = N + 1,
    count(Left - 1, Next).
`;
const BROKEN = "-module(lines_nif).\n-export([f/0]).\n-nifs([f/0]).\nf() -> ok.\n".replace(
  "-nifs([f/0]).\n",
  "",
);

beforeAll(async () => {
  node = await startErlangNode({ name: "code_lines" });
  process.env.ERL_EPMD_PORT = String(node.epmdPort);
  modules = await moduleFolder(node);
  await modules.elixir("cart.ex", CART);
  await modules.erlang("lines_shop", SHOP);
  await node.eval("{module, _} = code:ensure_loaded('Elixir.Lines.Cart')");
}, 60_000);
afterAll(async () => {
  modules.remove();
  await node.stop();
});

async function withLines<T>(lines: readonly string[], work: (engine: Engine) => Promise<T>): Promise<T> {
  const engine = await Engine.start({ version: "0.0.0" });
  try {
    await engine.call("attach", { node: node.name, cookie: node.cookie, level: "observe", lines });
    return await work(engine);
  } finally {
    await engine.stop();
  }
}

/** The lines that ran, oldest first: `Mod.fun/1 line 12: x = 3`. */
async function ran(engine: Engine): Promise<readonly string[]> {
  await engine.call("detach", {});
  const { rows } = await engine.call("events", { kinds: ["line"], order: "oldest_first", limit: 1_000 });
  return rows.map(({ summary }) => summary);
}

const md5 = (module: string): Promise<string> => node.eval(`${module}:module_info(md5)`);

/** Resolves when the module is what its file holds again. */
const restored = (module: string, before: string): Promise<unknown> =>
  expect.poll(() => md5(module)).toBe(before);

describe("line level", () => {
  it("reports each line that runs with what was bound since the line before, in Elixir [code.lines] [code.lines.variables] [levels.lines]", () =>
    withLines(["Lines.Cart"], async (engine) => {
      const result = await node.eval("'Elixir.Lines.Cart':add(#{total => 5}, 7)");
      expect(result).toContain("total => 5");
      expect(await ran(engine)).toEqual([
        "Lines.Cart.add/2 line 6: cart = %{total: 5}, item = 7",
        "Lines.Cart.add/2 line 9: total = 12",
        "Lines.Cart.add/2 line 11: n = 12",
        "Lines.Cart.add/2 line 12: twice = 24",
        "Lines.Cart.add/2 line 19: size = 25",
        "Lines.Cart.add/2 line 20",
        "Lines.Cart.put/2 line 24: cart = %{total: 5}, size = 25",
        'Lines.Cart.put/2 line 25: password = "**********"',
      ]);
    }));

  it("counts lines and shows the newest values where they were bound", () =>
    withLines(["Lines.*"], async (engine) => {
      await node.eval("['Elixir.Lines.Cart':pairs([2, N, 9]) || N <- [1, 5]]");
      await engine.call("detach", {});
      const { rows, file, complete } = await engine.call("lines", { module: "Lines.Cart" });
      expect(file).toMatch(/cart\.ex$/);
      expect(complete).toBe(true);
      const text = ({ line, count, values }: LineRow): string =>
        `${line} ${count}× ${values.map(({ name, value }) => `${name}=${value.text}`).join(" ")}`;
      expect(rows.map(text)).toEqual([
        "28 0× list=[2, 5, 9]",
        "29 2× first=2 rest=[5, 9]",
        "30 2× ",
        "31 6× x=9",
        "32 3× ",
      ]);
    }));

  it("works in Erlang: comprehensions, try, tail calls", () =>
    withLines(["lines_shop"], async (engine) => {
      expect(await node.eval("lines_shop:sum([1, -1, 2])")).toBe("6");
      expect(await node.eval("lines_shop:safe(fun() -> error(bad) end)")).toBe("{error,bad}");
      // A million calls in constant memory: tail calls are tail calls.
      expect(
        await node.eval(
          "N = lines_shop:count(200000, 0), {memory, M} = process_info(self(), memory), {N, M < 5000000}",
        ),
      ).toBe("{200000,true}");
      const lines = (await ran(engine)).map((line) => Number(/line (\d+)/.exec(line)?.[1]));
      expect(lines.slice(0, 12)).toEqual([5, 11, 11, 7, 14, 15, 19, 21, 26, 27, 26, 27]);
    }));

  it("brings the original back exactly, also module attributes and exports meanwhile [code.lines.restored]", async () => {
    const facts =
      "[lists:sort('Elixir.Lines.Cart':module_info(exports)), 'Elixir.Lines.Cart':module_info(attributes), 'Elixir.Lines.Cart':'__info__'(functions)]";
    const [before, known] = [await md5("'Elixir.Lines.Cart'"), await node.eval(facts)];
    await withLines(["Lines.Cart"], async () => {
      expect(await md5("'Elixir.Lines.Cart'")).not.toBe(before);
      expect(await node.eval(facts)).toBe(known);
    });
    await restored("'Elixir.Lines.Cart'", before);
    await untilNoTraceOfUs(node, 2_000);
    expect(await node.eval("code:which('Elixir.Lines.Cart')")).toContain(modules.path);
  });

  it("goes live and comes off while it runs, and lets a process stay in code with probes [code.lines.live]", async () => {
    const before = await md5("'Elixir.Lines.Cart'");
    await withLines(["Lines.Cart"], async (engine) => {
      await node.eval("register(sits, spawn('Elixir.Lines.Cart', wait, []))");
      await engine.call("tracing", { level: "observe", lines: ["lines_shop"] });
      await restored("'Elixir.Lines.Cart'", before);
      expect(await node.eval("lines_shop:sum([4])")).toBe("8");
    });
    await untilNoTraceOfUs(node, 2_000);
    expect(await node.eval("sits ! {add, self(), 1}, receive N -> N end")).toBe("2");
    expect(await node.eval("is_pid(whereis(sits)) andalso exit(whereis(sits), kill)")).toBe("true");
  });

  it("go into code that somebody loads meanwhile, and it is that code which stays [code.lines.live]", async () => {
    await withLines(["lines_shop"], async (engine) => {
      await modules.erlang("lines_shop", SHOP.replace("I * 2.", "I * 3."));
      const file = JSON.stringify(join(modules.path, "lines_shop.beam"));
      const theirs = await node.eval(`{ok, Code} = file:read_file(${file}), code:module_md5(Code)`);
      const lines = async (): Promise<readonly string[]> => {
        expect(await node.eval("lines_shop:sum([2])")).toBe("6");
        const { rows } = await engine.call("events", { kinds: ["line"] });
        return rows.map(({ summary }) => summary);
      };
      await expect.poll(lines).toContainEqual(expect.stringMatching(/double\/1 line 11/));
      await engine.call("detach", {});
      await restored("lines_shop", theirs);
    });
    expect(await node.eval("lines_shop:sum([2])")).toBe("6");
    await modules.erlang("lines_shop", SHOP);
  });

  it.each([
    ["lists", "Erlang and Elixir themselves are left alone"],
    ["Enum", "Erlang and Elixir themselves are left alone"],
    ["NoSuch.Module", "there is no such module"],
    ["lines_bare", "it was compiled without debug info"],
    ["lines_memory", "its file is not there"],
    ["lines_load", "it acts when it is loaded"],
    ["lines_nif", "it has native functions"],
    ["lines_changed", "what is loaded is not what its file holds"],
  ])("refuses %s with the reason: %s [code.lines.refused]", async (module, why) => {
    await modules.erlang("lines_bare", "-module(lines_bare).\n-export([f/0]).\nf() -> ok.\n", "report");
    await modules.erlang("lines_load", "-module(lines_load).\n-export([f/0]).\n-on_load(f/0).\nf() -> ok.\n");
    await modules.erlang(
      "lines_nif",
      `${BROKEN}-export([load/0]).\nload() -> erlang:load_nif("x", 0).\n`.replace(
        "f() -> ok.\n-export([load/0]).",
        "-export([load/0]).\nf() -> ok.",
      ),
    );
    await modules.erlang("lines_changed", "-module(lines_changed).\n-export([f/0]).\nf() -> ok.\n");
    await node.eval(`[begin {ok, M, B} = compile:forms([{attribute, 1, module, M0}, {attribute, 1, x, 1}], [debug_info]), code:purge(M),
      code:load_binary(M, "", B) end || M0 <- [lines_memory, lines_changed]]`);
    const before = await md5("lines_shop");
    await expect(withLines(["lines_shop", module], async () => undefined)).rejects.toMatchObject({
      code: "TRACER_NO_LINES",
      message: expect.stringContaining(why),
    });
    expect(await md5("lines_shop")).toBe(before);
  });

  it("kills nobody who runs in the code: refused, naming them, and nothing changed", async () => {
    await node.eval("register(sits, spawn('Elixir.Lines.Cart', wait, []))");
    await expect(withLines(["Lines.Cart"], async () => undefined)).rejects.toMatchObject({
      code: "TRACER_NO_LINES",
      message: expect.stringMatching(/processes still run in its former code.*#PID</),
    });
    expect(await node.eval("sits ! {add, self(), 1}, receive N -> N end")).toBe("2");
    await node.eval("exit(whereis(sits), kill), code:soft_purge('Elixir.Lines.Cart')");
  });
});

describe("the dead-man's switch of lines", () => {
  const started: ChildProcess[] = [];
  afterAll(() => {
    for (const child of started) child.kill("SIGKILL");
  });

  async function attached(): Promise<ChildProcess> {
    const args = ["attach", node.name, "--level", "observe", "--lines", "Lines.Cart", "--json", "--no-open"];
    const child = spawn(process.execPath, [CLI, ...args], {
      env: { ...process.env, ERL_EPMD_PORT: String(node.epmdPort), ELIXIRSCOPE_COOKIE: node.cookie },
      stdio: ["ignore", "pipe", "inherit"],
    });
    started.push(child);
    const lines = createInterface({ input: child.stdout });
    return new Promise((resolve, reject) => {
      lines.on("line", (line) => line.includes('"url"') && resolve(child));
      child.once("exit", () => reject(new Error("elixirscope ended before it was attached")));
    });
  }

  it.each(["ElixirScope is killed", "the agent's owner is killed"])(
    "brings the code back when %s",
    async (who) => {
      const before = await md5("'Elixir.Lines.Cart'");
      const child = await attached();
      await expect.poll(() => md5("'Elixir.Lines.Cart'")).not.toBe(before);
      await node.eval("register(sits, spawn('Elixir.Lines.Cart', wait, []))");
      if (who.startsWith("Elixir")) child.kill("SIGKILL");
      else {
        child.kill("SIGSTOP");
        await node.eval("exit(whereis(elixirscope_agent), kill)");
      }
      await untilNoTraceOfUs(node, 1_500);
      expect(await md5("'Elixir.Lines.Cart'")).toBe(before);
      // Whoever runs in code with probes goes on in it.
      expect(await node.eval("sits ! {add, self(), 41}, receive N -> N end")).toBe("42");
      await node.eval("exit(whereis(sits), kill), code:soft_purge('Elixir.Lines.Cart')");
      child.kill("SIGKILL");
      await untilNoTraceOfUs(node, 5_000);
      expect(await tracesOfUs(node)).toBe("[]");
    },
  );
});
