import { rmSync, symlinkSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Engine } from "elixirscope/engine";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type ErlangNode, startErlangNode } from "../testkit/erlang-node.ts";
import { type ModuleFolder, moduleFolder } from "../testkit/modules.ts";

const CART = `defmodule Source.Cart do
  @password "hunter2"

  def add(cart, item) do
    total = cart + item

    # Nothing runs here.
    {:ok, total, @password}
  end
end
`;

let node: ErlangNode;
let modules: ModuleFolder;
let folder: string;
let engine: Engine | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "source-"));
  node = await startErlangNode({ name: "source" });
  process.env.ERL_EPMD_PORT = String(node.epmdPort);
  modules = await moduleFolder(node);
  await modules.elixir("cart.ex", CART);
  await node.eval("{module, _} = code:load_file('Elixir.Source.Cart')");
}, 60_000);
afterEach(async () => {
  await engine?.stop();
  engine = undefined;
});
afterAll(async () => {
  modules.remove();
  rmSync(folder, { recursive: true });
  await node.stop();
});

const add = (n: number) => node.eval(`'Elixir.Source.Cart':add(${n}, ${n})`);

async function recording(name: string, lines: readonly string[] = ["Source.Cart"]): Promise<string> {
  const file = join(folder, `${name}.esrec`);
  engine = await Engine.start({ version: "0.0.0", recording: file });
  await engine.call("attach", { node: node.name, cookie: node.cookie, level: "observe", lines });
  return file;
}

const ask = (module: string) => engine!.call("source", { module });

describe("the source of a module", () => {
  it("is the node's, without its secrets, with the lines that can run [code.source]", async () => {
    await recording("live", []);
    const answer = await ask("Source.Cart");
    expect(answer).toMatchObject({ module: "Source.Cart", origin: "node", why: "", changed: false });
    expect(answer.file).toBe(join(modules.path, "cart.ex"));
    expect(answer.text).toBe(CART.replace("hunter2", "*******"));
    expect(answer.executable).toEqual([5, 8]);
    await engine!.call("tracing", { level: "observe", lines: ["Source.Cart"] });
    expect((await ask("Source.Cart")).executable, "with probes, too").toEqual([5, 8]);
    await expect(ask("Source.Nowhere")).rejects.toMatchObject({ code: "QUERY_NO_SUCH_MODULE" });
    await expect(ask("../../etc/passwd")).rejects.toMatchObject({ code: "BAD_MFA_PATTERN" });
  });

  it("tells at each line what was bound there, before an instant [code.lines.history]", async () => {
    await recording("history");
    await add(1);
    await add(20);
    const history = () => engine!.call("lineHistory", { module: "Source.Cart", line: 5 });
    await expect.poll(async () => (await history()).rows.length).toBe(2);
    const { rows } = await history();
    expect(rows.map(({ values }) => values.map(({ name, value }) => `${name} = ${value.text}`))).toEqual([
      ["total = 40"],
      ["total = 2"],
    ]);
    const t = rows[1]!.t;
    const before = await engine!.call("lineHistory", { module: "Source.Cart", line: 5, t });
    expect(before.rows.map(({ id }) => id)).toEqual([rows[1]!.id]);
    const then = await engine!.call("lines", { module: "Source.Cart", t });
    expect(then.rows.find(({ line }) => line === 5)).toMatchObject({
      count: 1,
      values: [{ name: "total", value: { text: "2" } }],
    });
  });

  it("is kept in the recording, and shown from it where neither node nor file is there [code.source.kept]", async () => {
    const file = await recording("kept");
    await add(1);
    await expect.poll(async () => (await engine!.call("lines", { module: "Source.Cart" })).scanned).toBe(2);
    await engine!.stop();
    const path = join(modules.path, "cart.ex");
    rmSync(path);
    engine = await Engine.start({ version: "0.0.0", open: file });
    const answer = await ask("Source.Cart");
    expect(answer).toMatchObject({ origin: "recording", executable: [5, 8], functions: {} });
    expect(answer.text).toBe(CART.replace("hunter2", "*******"));
    writeFileSync(path, CART);
    const rows = await engine.call("modules", {});
    expect(rows.find(({ module }) => module === "Source.Cart")).toMatchObject({
      hasText: true,
      hasLines: true,
    });
  });

  it("says that it is younger than the code, and why there is none", async () => {
    await recording("changed", []);
    const path = join(modules.path, "cart.ex");
    await node.eval(`file:change_time("${path}", {{2099, 1, 1}, {0, 0, 0}})`);
    expect((await ask("Source.Cart")).changed).toBe(true);
    await node.eval(`'Elixir.Source.Cart':module_info(), code:purge(source_made),
      {ok, source_made, Code} = compile:forms([{attribute, 1, module, source_made}], [{source, "${path}.secret"}]),
      {module, source_made} = code:load_binary(source_made, "none", Code)`);
    writeFileSync(`${path}.secret`, "a secret file");
    const made = await ask("source_made");
    expect(made).toMatchObject({ text: null, origin: null });
    expect(made.why).toContain("There is no source to show of :source_made");
    // Named like a source, and a link to what is none.
    symlinkSync(`${path}.secret`, join(modules.path, "linked.ex"));
    await node.eval(`code:purge(source_linked),
      {ok, source_linked, Code} = compile:forms([{attribute, 1, module, source_linked}], [{source, "${modules.path}/gone/linked.ex"}]),
      {module, source_linked} = code:load_binary(source_linked, "none", Code)`);
    expect((await ask("source_linked")).text).toBeNull();
  });
});
