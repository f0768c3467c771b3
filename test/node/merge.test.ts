import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Engine } from "elixirscope/engine";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loading } from "../testkit/erlang-module.ts";
import { type ErlangNode, startErlangNode } from "../testkit/erlang-node.ts";

// A shop that asks a stock on another node; each node is recorded by itself.

const STOCK = `
  -module(stock). -behaviour(gen_server).
  -export([init/1, handle_call/3, handle_cast/2]).
  init(S) -> {ok, S}.
  handle_call({take, N}, _, S) -> {reply, {left, S - N}, S - N}.
  handle_cast(_, S) -> {noreply, S}.
`;
const CALLS = 20;

const MAIN = fileURLToPath(new URL("../../packages/elixirscope/dist/cli/main.js", import.meta.url));
const execute = promisify(execFile);

let folder: string;
let shop: ErlangNode;
let stock: ErlangNode;
let merged: Engine;
let parts: readonly Engine[];
const file = (name: string): string => join(folder, `${name}.esrec`);

interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const merge = async (...args: readonly string[]): Promise<Said> => {
  try {
    return { code: 0, ...(await execute(process.execPath, [MAIN, "merge", ...args])) };
  } catch (error) {
    return error as Said;
  }
};

const open = (name: string): Promise<Engine> => Engine.start({ version: "0.0.0", open: file(name) });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "merge-nodes-"));
  shop = await startErlangNode({ name: "shop" });
  stock = await startErlangNode({ name: "stock", cookie: shop.cookie });
  process.env.ERL_EPMD_PORT = String(shop.epmdPort);
  await stock.eval(`${loading(STOCK)}, {ok, _} = gen_server:start({local, stock}, stock, 1000, [])`);
  await shop.eval(`pong = net_adm:ping('${stock.name}')`);
  const engines: Engine[] = [];
  for (const node of [shop, stock]) {
    const name = node === shop ? "shop" : "stock";
    const engine = await Engine.start({ version: "0.0.0", recording: file(name) });
    await engine.call("attach", { node: node.name, cookie: node.cookie, level: "state" });
    engines.push(engine);
  }
  await shop.eval(`Pid = rpc:call('${stock.name}', erlang, whereis, [stock]),
    register(buyer, self()), [{left, _} = gen_server:call(Pid, {take, N}) || N <- lists:seq(1, ${CALLS})],
    unregister(buyer)`);
  for (const engine of engines) await engine.stop();
  const { code, stdout } = await merge(file("shop"), file("stock"), "-o", file("both"), "--json");
  expect({ code, said: JSON.parse(stdout) }).toMatchObject({
    code: 0,
    said: { nodes: [shop.name, stock.name] },
  });
  merged = await open("both");
  parts = [await open("shop"), await open("stock")];
});
afterAll(async () => {
  for (const engine of [merged, ...(parts ?? [])]) await engine?.stop();
  await stock?.stop();
  await shop?.stop();
  await rm(folder, { recursive: true });
});

describe("recordings of two nodes as one", () => {
  it("has what each has, and no more [export.merge]", async () => {
    const kinds = ["send", "receive", "dispatch", "state", "spawn", "exit"] as const;
    const told = async (engine: Engine, node: number): Promise<readonly string[]> => {
      const { rows } = await engine.call("events", { node, kinds, order: "oldest_first", limit: 10_000 });
      return rows.map(({ at, kind, process, mfa, tag, summary }) =>
        [at, kind, process?.pid, mfa, tag, summary].join(" "),
      );
    };
    for (const [i, part] of parts.entries()) {
      const own = await told(part, 0);
      expect(own.length).toBeGreaterThan(CALLS);
      expect(await told(merged, i)).toEqual(own);
    }
    const gaps = await Promise.all(parts.map((part) => part.call("gaps", {})));
    expect(await merged.call("gaps", {})).toHaveLength(gaps.flat().length);
    const alive = await Promise.all(
      parts.map((part) => part.call("processes", { alive: true, limit: 10_000 })),
    );
    const both = await merged.call("processes", { alive: true, limit: 10_000 });
    expect(both.total).toBe(alive[0]!.total + alive[1]!.total);
  });

  it("pairs what went from one to the other, and tells how far their clocks may differ [export.merge]", async () => {
    const { rows } = await merged.call("calls", { to: `stock@${stock.name}`, limit: 2_000 });
    const takes = rows.filter(({ request }) => request?.summary.includes("{:take,"));
    expect(takes).toHaveLength(CALLS);
    for (const { outcome, request, received, reply, replyReceived } of takes)
      expect([outcome, request?.node, received?.node, reply?.node, replyReceived?.node]).toEqual([
        "answered",
        0,
        1,
        1,
        0,
      ]);
    const { rows: alone } = await parts[0]!.call("calls", { limit: 2_000 });
    expect(alone.filter(({ received }) => received !== null && received.node !== 0)).toEqual([]);
    const answer = await merged.call("query", { sql: "SELECT value FROM meta WHERE key = 'merged'" });
    const { clocks } = JSON.parse(String(answer.rows[0]![0])) as { clocks: readonly Clock[] };
    const bound = (from: string, to: string): Clock =>
      clocks.find((one) => one.from === from && one.to === to)!;
    const [there, back] = [bound(shop.name, stock.name), bound(stock.name, shop.name)];
    expect([there.messages, back.messages].every((count) => count >= CALLS)).toBe(true);
    // On one machine: the true difference, which is next to nothing, lies between the two.
    expect(there.aheadNs + back.aheadNs).toBeGreaterThan(0);
  });

  it("leaves nothing behind where it cannot be done, and says at whom [export.merge]", async () => {
    const bytes = await readFile(file("stock"));
    await writeFile(file("damaged"), bytes.fill(0, 20_000, 200_000));
    const out = file("never");
    const damaged = await merge(file("shop"), file("damaged"), "-o", out);
    expect(damaged.code).toBe(1);
    expect(damaged.stderr).toContain("damaged.esrec is damaged");
    const twice = await merge(file("shop"), file("shop"), "-o", out);
    expect(twice).toMatchObject({ code: 2, stderr: expect.stringContaining("was given twice") });
    const exists = await merge(file("shop"), file("stock"), "-o", file("both"));
    expect(exists.stderr).toContain("exists already");
    const alone = await merge(file("shop"), "-o", out);
    expect(alone).toMatchObject({ code: 2, stderr: expect.stringContaining("two recordings or more") });
    await expect(readFile(out)).rejects.toThrow("ENOENT");
  });
});

interface Clock {
  readonly from: string;
  readonly to: string;
  readonly messages: number;
  readonly aheadNs: number;
}
