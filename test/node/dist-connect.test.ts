/** Connecting: names, cookies, EPMD, and the error for each way it can fail, against real nodes. */
import { inspect } from "node:util";
import { type ConnectOptions, DistConnection, DistError, listNodes, lookupNode } from "@elixirscope/dist";
import { atom } from "@elixirscope/etf";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ErlangNode, freePort, startErlangNode } from "../testkit/erlang-node.ts";

let node: ErlangNode;
let short: ErlangNode;

beforeAll(async () => {
  [node, short] = await Promise.all([
    startErlangNode({ name: "shop", cookie: "SECRETCOOKIE" }),
    startErlangNode({ name: "short@localhost" }),
  ]);
});
afterAll(async () => {
  await Promise.all([node?.stop(), short?.stop()]);
});

const optionsFor = (to: ErlangNode): ConnectOptions => ({
  node: to.name,
  cookie: to.cookie,
  epmdPort: to.epmdPort,
});

async function failure(options: Partial<ConnectOptions>): Promise<DistError> {
  const error = await DistConnection.connect({ ...optionsFor(node), ...options }).then(
    async (connection) => {
      await connection.close();
      return new Error("it connected");
    },
    (reason: unknown) => reason,
  );
  if (!(error instanceof DistError)) throw error;
  return error;
}

describe("a connection", () => {
  test("is up in milliseconds, and its peer says who it is", async () => {
    await (await DistConnection.connect(optionsFor(node))).close();
    const start = performance.now();
    const connection = await DistConnection.connect(optionsFor(node));
    console.log(`OTP ${node.otp}: connected in ${(performance.now() - start).toFixed(1)} ms`);
    expect(connection.peer.name).toBe("shop@127.0.0.1");
    expect(await node.eval("erlang:system_info(creation)")).toBe(String(connection.peer.creation));
    await connection.close();
    expect(await connection.closed).toMatchObject({ cause: "closed_by_us" });
    await connection.close();
  });

  test("is hidden: in nodes(hidden) only, and monitors of visible nodes notice nothing", async () => {
    await node.eval(`Up = self(), register(watch, spawn(fun() ->
      net_kernel:monitor_nodes(true), Up ! ready, receive {get, P} -> P ! process_info(self(), messages) end end)),
      receive ready -> ok end`);
    const connection = await DistConnection.connect(optionsFor(node));
    expect(await node.eval("nodes()")).toBe("[]");
    expect(await node.eval("nodes(hidden)")).toBe(`['${connection.localName}']`);
    // net_kernel tells its monitors synchronously with this call at the latest.
    await node.eval("net_kernel:monitor_nodes(false)");
    await connection.close();
    await node.eval("(fun F() -> case nodes(hidden) of [] -> ok; _ -> receive after 5 -> F() end end end)()");
    expect(await node.eval("watch ! {get, self()}, receive M -> M end")).toBe("{messages,[]}");
  });

  test("needs no EPMD where the port is given, and no host of the name where one is given", async () => {
    const { port } = await lookupNode("shop", { epmdPort: node.epmdPort });
    const connection = await DistConnection.connect({
      node: node.name,
      cookie: node.cookie,
      host: "localhost",
      port,
      epmdPort: await freePort(),
    });
    expect(await connection.rpc("erlang", "node", [])).toEqual(atom("shop@127.0.0.1"));
    await connection.close();
  });

  test("to a node with a short name uses a short name", async () => {
    const connection = await DistConnection.connect(optionsFor(short));
    expect(connection.localName).toMatch(/^elixirscope_\w+@[^.]+$/);
    expect(await short.eval("nodes(hidden)")).toContain(connection.localName);
    await connection.close();
  });

  test("shows no cookie, however it is printed", async () => {
    const connection = await DistConnection.connect(optionsFor(node));
    const shown = `${inspect(connection, { depth: 9, showHidden: true })}${JSON.stringify(connection)}${String(connection)}`;
    expect(shown).toContain("shop@127.0.0.1");
    expect(shown).not.toContain("SECRETCOOKIE");
    await connection.close();
  });
});

describe("EPMD", () => {
  test("lists the nodes and where they listen", async () => {
    const nodes = await listNodes({ epmdPort: node.epmdPort });
    expect(nodes.map(({ name }) => name).toSorted()).toEqual(["shop", "short"]);
    const { port, highestVersion } = await lookupNode("shop", { epmdPort: node.epmdPort });
    expect(nodes).toContainEqual({ name: "shop", port });
    expect(highestVersion).toBe(6);
  });
});

describe("what can go wrong has an error of its own", () => {
  test("a wrong cookie", async () => {
    const error = await failure({ cookie: "WRONGCOOKIE" });
    expect(error.code).toBe("DIST_COOKIE_REJECTED");
    expect(error.message).toMatch(/--cookie/);
    expect(`${inspect(error, { depth: 9 })}${JSON.stringify(error)}`).not.toMatch(/WRONGCOOKIE|SECRETCOOKIE/);
  });

  test("a cookie that can be none", async () => {
    const error = await failure({ cookie: "with space" });
    expect(error.code).toBe("DIST_NO_COOKIE");
    expect(inspect(error)).not.toContain("with space");
  });

  test("an unknown node: the names there are, nearest first", async () => {
    const error = await failure({ node: "shopp@127.0.0.1" });
    expect(error.code).toBe("DIST_NODE_UNKNOWN");
    expect(error.details.known).toEqual(["shop", "short"]);
    expect(error.message).toContain("it knows shop, short");
  });

  test("no EPMD", async () => {
    const epmdPort = await freePort();
    const error = await failure({ epmdPort });
    expect(error.code).toBe("DIST_EPMD_UNREACHABLE");
    expect(error.message).toContain(`127.0.0.1:${epmdPort}`);
    expect(error.message).toContain("elixirscope run --");
    await expect(listNodes({ epmdPort })).rejects.toMatchObject({ code: "DIST_EPMD_UNREACHABLE" });
  });

  test("a node that is not distributed is unknown, and the error says how to name it", async () => {
    const alone = await startErlangNode({ name: false });
    const error = await failure({ node: "alone@127.0.0.1" });
    expect(error.code).toBe("DIST_NODE_UNKNOWN");
    await alone.stop();
  });

  test("nobody at the port", async () => {
    const error = await failure({ port: await freePort() });
    expect(error.code).toBe("DIST_NODE_UNREACHABLE");
  });

  test("a host that does not exist", async () => {
    const error = await failure({ node: "shop@no-such-host.invalid" });
    expect(error.code).toBe("DIST_EPMD_UNREACHABLE");
    expect(error.message).toContain("no-such-host.invalid is not known");
  });

  test("a name that another connection has", async () => {
    const localName = "taken@127.0.0.1";
    const first = await DistConnection.connect({ ...optionsFor(node), localName });
    const error = await failure({ localName });
    expect(error.code).toBe("DIST_NAME_CLASH");
    expect(error.message).toContain(localName);
    expect(await first.rpc("erlang", "node", [])).toEqual(atom(node.name));
    await first.close();
  });

  test("a node that does not allow us", async () => {
    await short.eval("net_kernel:allow(['friend@localhost'])");
    const error = await failure({ ...optionsFor(short), localName: "foe@localhost" });
    expect(error.code).toBe("DIST_NOT_ALLOWED");
    const friend = await DistConnection.connect({ ...optionsFor(short), localName: "friend@localhost" });
    await friend.close();
  });

  test("long and short names mixed", async () => {
    const own = await failure({ localName: "scope@localhost" });
    expect(own.code).toBe("DIST_LONG_SHORT_NAMES");
    const theirs = await failure({ node: "shop@localhost" });
    expect(theirs.code).toBe("DIST_LONG_SHORT_NAMES");
    expect(theirs.message).toContain("calls itself shop@127.0.0.1");
  });

  test("another node than the one meant", async () => {
    const { port } = await lookupNode("shop", { epmdPort: node.epmdPort });
    const error = await failure({ node: "till@127.0.0.1", port });
    expect(error.code).toBe("DIST_WRONG_NODE");
    expect(error.message).toContain("calls itself shop@127.0.0.1");
  });

  test.each(["shop", "", "@127.0.0.1", "a@b@c", "sh op@127.0.0.1", "shop@"])(
    "%j is no node name",
    async (name) => {
      expect((await failure({ node: name })).code).toBe("DIST_BAD_NODE_NAME");
    },
  );

  test("EPMD's port taken for the node's", async () => {
    const error = await failure({ port: node.epmdPort });
    expect(error.code).toBe("DIST_NOT_DISTRIBUTED");
  });

  test("a node that is stopped: the connect times out", async () => {
    const frozen = await startErlangNode();
    process.kill(frozen.pid, "SIGSTOP");
    const start = performance.now();
    const error = await failure({ ...optionsFor(frozen), timeoutMs: 300 });
    expect(error.code).toBe("DIST_TIMEOUT");
    expect(performance.now() - start).toBeLessThan(2_000);
    process.kill(frozen.pid, "SIGCONT");
    await frozen.stop();
  });
});
