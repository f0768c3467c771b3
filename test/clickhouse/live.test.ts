// A node that is recorded into ClickHouse, and a server that goes away in the midst of it.
import { setTimeout as delay } from "node:timers/promises";
import { Engine } from "elixirscope/engine";
import type { Status } from "elixirscope/protocol";
import { afterAll, beforeAll, expect, it } from "vitest";
import { TestServer } from "../../packages/elixirscope/src/store/clickhouse/testing-server.js";
import { type ErlangNode, startErlangNode } from "../testkit/erlang-node.ts";

let node: ErlangNode;
let server: TestServer;
beforeAll(async () => {
  node = await startErlangNode({ name: "clickhouse_test" });
  server = await TestServer.start();
  process.env.ERL_EPMD_PORT = String(node.epmdPort);
  Object.assign(process.env, server.env);
});
afterAll(async () => {
  await node.stop();
  await server.stop();
});

const statusOf = (engine: Engine): Promise<Status> => engine.call("status", {});

async function until(engine: Engine, holds: (status: Status) => boolean): Promise<Status> {
  for (;;) {
    const status = await statusOf(engine);
    if (holds(status)) return status;
    await delay(50);
  }
}

/** Sends messages of 40 KB to itself, one after another, and counts them. */
const BUSY = `register(busy, spawn(fun() ->
  Bytes = binary:copy(<<7>>, 40000),
  Echo = spawn_link(fun L() -> receive {P, N, _} -> P ! N, L() end end),
  (fun L(N) ->
    receive {stop, From} -> From ! {sent, N}
    after 0 -> Echo ! {self(), N, Bytes}, receive N -> ok end, L(N + 1) end
  end)(0) end))`;

it("is waited for while the node goes on: it drops and counts, and nothing that was taken is lost or twice", async () => {
  const recording = "clickhouse:live";
  const engine = await Engine.start({ version: "0.0.0", recording });
  await engine.call("attach", { node: node.name, cookie: node.cookie, level: "messages", patterns: [] });
  await until(engine, ({ storeTrouble, nodes }) => storeTrouble === "" && nodes[0]?.state === "connected");
  await server.kill();
  await node.eval(BUSY);
  const trouble = await until(engine, ({ storeTrouble, dropped }) => storeTrouble !== "" && dropped > 0);
  expect(trouble.storeTrouble).toContain("cannot be reached");
  // The node waits for nobody.
  expect(await node.eval("1 + 1")).toBe("2");
  expect(trouble.nodes[0]).toMatchObject({ state: "connected" });
  await server.restart();
  await until(engine, ({ storeTrouble }) => storeTrouble === "");
  const sent = Number(await node.eval("busy ! {stop, self()}, receive {sent, N} -> N end"));
  await engine.call("detach", {});
  const { events, dropped } = await statusOf(engine);
  const gaps = await engine.call("gaps", {});
  expect(gaps.map(({ cause }) => cause)).toContain("no_credit");
  await engine.stop();

  const reader = await Engine.start({ version: "0.0.0", open: recording });
  expect((await statusOf(reader)).events).toBe(events);
  const told = (await reader.call("gaps", {})).flatMap((gap) => Object.values(gap.dropped));
  expect(told.reduce((sum, count) => sum + count, 0)).toBe(dropped);
  const { rows } = await reader.call("query", {
    sql: "SELECT count(), uniqExact(id), (SELECT sum(count) FROM batches) FROM events",
  });
  expect(rows).toEqual([[String(events), String(events), String(events)]]);
  // Of each round trip two sends: those that were recorded and those that were dropped are all that there were.
  const sends = await reader.call("query", {
    sql: "SELECT count() FROM events JOIN processes ON process = pid JOIN kinds USING kind WHERE name = 'send'",
  });
  const droppedSends = (await reader.call("gaps", {})).reduce((sum, gap) => sum + (gap.dropped.send ?? 0), 0);
  expect(Number(sends.rows[0]![0]) + droppedSends).toBeGreaterThanOrEqual(2 * sent);
  await reader.stop();
});
