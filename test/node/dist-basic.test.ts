import { DistConnection } from "@elixirscope/dist";
import { atom, inspect, type Term, tuple } from "@elixirscope/etf";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ErlangNode, startErlangNode } from "../testkit/erlang-node.ts";

let node: ErlangNode;
let connection: DistConnection;

beforeAll(async () => {
  node = await startErlangNode();
  connection = await DistConnection.connect({
    node: node.name,
    cookie: node.cookie,
    epmdPort: node.epmdPort,
  });
});
afterAll(async () => {
  await connection?.close();
  await node?.stop();
});

test("rpc", async () => {
  expect(inspect(await connection.rpc("erlang", "node", []))).toContain(node.name);
  const t0 = performance.now();
  for (let i = 0; i < 200; i++) await connection.rpc("erlang", "self", []);
  console.log("rpc ms", (performance.now() - t0) / 200);
  const e = await connection.rpc("lists", "nth", [5, [1]]).catch((error: unknown) => error);
  console.log((e as Error).stack, (e as { details: unknown }).details);
});

test("send and receive", async () => {
  await node.eval("register(echo, spawn(fun L() -> receive {P, M} -> P ! {echoed, M}, L() end end))");
  const got = await new Promise<Term>((resolve) => {
    const me = connection.spawn({ onMessage: resolve });
    connection.send(me, "echo", tuple(me.pid, atom("hello")));
  });
  expect(inspect(got)).toBe("{:echoed, :hello}");
});

test("serve", async () => {
  connection.serve("elixirscope", (request) => tuple(atom("got"), request));
  expect(await node.eval(`gen_server:call({elixirscope, '${connection.localName}'}, hi)`)).toBe("{got,hi}");
  expect(await node.eval("{nodes(), nodes(hidden)}")).toBe(`{[],['${connection.localName}']}`);
});
