/** Back-pressure in both directions, ticks, and silent peers. */
import { type ConnectOptions, DistConnection } from "@elixirscope/dist";
import { atom, type Term, tuple } from "@elixirscope/etf";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type ErlangNode, startErlangNode } from "../testkit/erlang-node.ts";

let node: ErlangNode;
const open: DistConnection[] = [];

beforeAll(async () => {
  node = await startErlangNode({ args: ["-kernel", "net_ticktime", "4"] });
});
afterAll(async () => {
  await node?.stop();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((connection) => connection.close()));
});

async function connect(options: Partial<ConnectOptions> = {}): Promise<DistConnection> {
  const { name, cookie, epmdPort } = node;
  const connection = await DistConnection.connect({ node: name, cookie, epmdPort, ...options });
  open.push(connection);
  return connection;
}

describe("a reader that pauses", () => {
  test("gets nothing, the sender on the node is held up, and all arrives after it resumes", async () => {
    const connection = await connect();
    const sizes: number[] = [];
    let all: (() => void) | undefined;
    const complete = new Promise<void>((resolve) => {
      all = resolve;
    });
    const sink = connection.spawn({
      onRaw: (payload) => {
        sizes.push(payload.length);
        if (sizes.length === 400) all?.();
      },
    });
    sink.register("sink");
    const to = `{sink, '${connection.localName}'}`;
    connection.pauseReading();
    // Runs into the full socket: without suspending, send/3 says so.
    const held = await node.eval(`B = binary:copy(<<1>>, 1000000),
      F = fun F(0) -> never_busy; F(N) -> case erlang:send(${to}, B, [nosuspend]) of ok -> F(N - 1); nosuspend -> {busy, 400 - N} end end,
      F(400)`);
    expect(held).toMatch(/^\{busy,\d+\}$/);
    const before = Number(/\d+/.exec(held)?.[0]);
    expect(sizes).toEqual([]);
    const sent = node.eval(
      `B = binary:copy(<<1>>, 1000000), [${to} ! B || _ <- lists:seq(1, ${400 - before})], ok`,
    );
    connection.resumeReading();
    await complete;
    expect(await sent).toBe("ok");
    expect(new Set(sizes)).toEqual(new Set([1_000_005]));
  });

  test("may pause and resume inside a handler: order and number stay", async () => {
    const connection = await connect();
    const got: Term[] = [];
    await new Promise<void>((resolve) => {
      const sink = connection.spawn({
        onMessage: (message) => {
          got.push(message);
          connection.pauseReading();
          if (got.length % 2 === 0) connection.resumeReading();
          else setImmediate(() => connection.resumeReading());
          if (got.length === 2_000) resolve();
        },
      });
      sink.register("sink");
      void node.eval(`[{sink, '${connection.localName}'} ! I || I <- lists:seq(1, 2000)], ok`);
    });
    expect(got).toEqual(Array.from({ length: 2_000 }, (_, i) => i + 1));
  });

  test("does not take the peer for dead meanwhile", async () => {
    const connection = await connect({ tickMs: 20 });
    connection.pauseReading();
    await node.eval("timer:sleep(600)");
    connection.resumeReading();
    expect(await connection.rpc("erlang", "node", [])).toEqual(atom(node.name));
  });
});

describe("a writer", () => {
  test("is told when the peer does not keep up, and when it does again; nothing is lost", async () => {
    const connection = await connect({ tickMs: 60_000 });
    await node.eval(`register(counter, spawn(fun() ->
      (fun F(N, S) -> receive {add, B} -> F(N + 1, S + byte_size(B)); {get, P} -> P ! {N, S} end end)(0, 0) end))`);
    const block = new Uint8Array(100_000).fill(7);
    process.kill(node.pid, "SIGSTOP");
    let sent = 0;
    try {
      do sent += 1;
      while (connection.send(undefined, "counter", tuple(atom("add"), block)) && sent < 10_000);
    } finally {
      process.kill(node.pid, "SIGCONT");
    }
    expect(sent).toBeLessThan(10_000);
    await connection.drained();
    expect(connection.send(undefined, "counter", tuple(atom("add"), block))).toBe(true);
    expect(connection.bytesSent).toBeGreaterThan((sent + 1) * block.length);
    const answer = await new Promise<Term>((resolve) => {
      const me = connection.spawn({ onMessage: resolve });
      connection.send(me, "counter", tuple(atom("get"), me.pid));
    });
    expect(answer).toEqual(tuple(sent + 1, (sent + 1) * block.length));
    await connection.drained();
  });
});

describe("ticks", () => {
  test("keep an idle connection alive beyond the peer's net_ticktime", async () => {
    const connection = await connect({ tickMs: 500 });
    const hidden = await node.eval("timer:sleep(6000), nodes(hidden)");
    expect(hidden).toContain(connection.localName);
    expect(connection.bytesSent).toBeGreaterThan(4 * 10);
  });

  test("a peer that has nothing to say, and ticks rarely, is asked and stays", async () => {
    // This one ticks every 15 s.
    const quiet = await startErlangNode();
    const connection = await connect({
      node: quiet.name,
      cookie: quiet.cookie,
      epmdPort: quiet.epmdPort,
      tickMs: 150,
    });
    expect(await quiet.eval("timer:sleep(2500), nodes(hidden)")).toContain(connection.localName);
    expect(await connection.rpc("erlang", "node", [])).toEqual(atom(quiet.name));
    await connection.close();
    await quiet.stop();
  });

  test("a peer that hangs is noticed after twelve of them", async () => {
    const connection = await connect({ tickMs: 50 });
    process.kill(node.pid, "SIGSTOP");
    const reason = await connection.closed;
    process.kill(node.pid, "SIGCONT");
    expect(reason.cause).toBe("tick_timeout");
    expect(reason.message).toContain("silent for 0.6 s");
  });
});
