import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { DistConnection } from "@elixirscope/dist";
import { atom, inspect } from "@elixirscope/etf";
import { holdBoot, releaseBoot } from "elixirscope/tracer";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Epmd, startEpmd, startErlangNode } from "../testkit/erlang-node.ts";

let epmd: Epmd;
beforeAll(async () => {
  epmd = await startEpmd();
});
afterAll(() => epmd.stop());

const uniqueName = (): string => `es_held_${randomBytes(4).toString("hex")}@127.0.0.1`;

/** Connects as soon as EPMD knows the node; a booting node says nothing before. */
async function connect(node: string, cookie: string): Promise<DistConnection> {
  for (;;) {
    try {
      return await DistConnection.connect({ node, cookie, epmdPort: epmd.port });
    } catch (error) {
      if ((error as { code?: string }).code !== "DIST_NODE_UNKNOWN") throw error;
      await delay(10);
    }
  }
}

it("lets a node that would wait for ever go on, with the environment that its user meant it to have", async () => {
  const [name, cookie] = [uniqueName(), "HELD"];
  const args = "-kernel sync_nodes_optional [someone] -kernel sync_nodes_timeout infinity".split(" ");
  const env = { ES_TEST_SET: "ours", ES_TEST_GONE: "ours" };
  const starting = startErlangNode({ name, cookie, args, env, epmdPort: epmd.port });
  const connection = await connect(name, cookie);
  const held = { awaited: "someone", env: { ES_TEST_SET: "grün", ES_TEST_GONE: null } };
  expect(await releaseBoot(connection, held)).toBe(true);
  const node = await starting;
  expect(await node.eval('{os:getenv("ES_TEST_GONE"), os:getenv("ES_TEST_SET") =:= "gr\\x{fc}n"}')).toBe(
    "{false,true}",
  );
  await connection.close();
  await node.stop();
});

/** Resolves when the kernel's own limit (see below) is over, by the node's clock. */
async function limitOver(connection: DistConnection): Promise<void> {
  const now = async (): Promise<number> =>
    Number(await connection.rpc("erlang", "monotonic_time", [atom("millisecond")]));
  const since = await now();
  while ((await now()) - since < 1_500) await delay(50);
}

const shortHold = "-kernel sync_nodes_optional [someone] -kernel sync_nodes_timeout 1000".split(" ");

it("holds a node for longer than its kernel would wait", async () => {
  const [name, cookie] = [uniqueName(), "HELD"];
  const starting = startErlangNode({ name, cookie, args: shortHold, epmdPort: epmd.port });
  const connection = await connect(name, cookie);
  await holdBoot(connection);
  await limitOver(connection);
  expect(inspect(await connection.rpc("init", "get_status", []))).toMatch(/^\{:starting, /);
  expect(await releaseBoot(connection, { awaited: "someone", env: {} })).toBe(true);
  const node = await starting;
  expect(await node.eval("whereis(elixirscope_hold)")).toBe("undefined");
  await connection.close();
  await node.stop();
});

it("lets it go on when the connection ends", async () => {
  const [name, cookie] = [uniqueName(), "HELD"];
  const starting = startErlangNode({ name, cookie, args: shortHold, epmdPort: epmd.port });
  const connection = await connect(name, cookie);
  await holdBoot(connection);
  await limitOver(connection);
  await connection.close();
  const node = await starting;
  expect(await node.eval("whereis(elixirscope_hold)")).toBe("undefined");
  await node.stop();
});

it("does no harm to a node that does not wait", async () => {
  const node = await startErlangNode({ epmdPort: epmd.port });
  const connection = await connect(node.name, node.cookie);
  await releaseBoot(connection, { awaited: "someone", env: {} });
  expect(await node.eval("is_process_alive(whereis(kernel_sup))")).toBe("true");
  await connection.close();
  await node.stop();
});
