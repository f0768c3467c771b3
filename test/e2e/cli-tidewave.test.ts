// A node that is up and not distributed: its Tidewave switches distribution on, and off again.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { elixir, startElixirNode } from "../testkit/elixir-node.ts";
import { type Epmd, type ErlangNode, freePort, startEpmd } from "../testkit/erlang-node.ts";
import { startTidewave, type TidewaveServer, type TidewaveServerOptions } from "../testkit/tidewave.ts";
import { CliWorld, type Finished, jsonLines } from "./support/cli-process.ts";

let epmd: Epmd;
let node: ErlangNode;
let tidewave: TidewaveServer;
let world: CliWorld;

/** Where Erlang looks for EPMD is fixed when a node starts. */
const undistributed = (epmdPort: number): Promise<ErlangNode> =>
  startElixirNode({ name: false, epmdPort, env: { HOME: world.home, ERL_EPMD_PORT: String(epmdPort) } });

beforeAll(async () => {
  epmd = await startEpmd();
  world = await CliWorld.create({ epmdPort: epmd.port, cookie: "THEUSERSOWN" });
  node = await undistributed(epmd.port);
  tidewave = await startTidewave(node);
});
afterAll(async () => {
  await tidewave?.stop();
  await node?.stop();
  await world?.remove();
  await epmd?.stop();
});
beforeEach(() => expect.poll(() => state(), { timeout: 10_000 }).toEqual(OFF));

/** What is on in the node: its name, where it would listen, and processes of ours. */
const state = async (of: ErlangNode = node): Promise<readonly string[]> =>
  JSON.parse(
    JSON.parse(
      await elixir(
        of,
        `[node(), inspect(Application.get_env(:kernel, :inet_dist_use_interface)), inspect(for name <- Process.registered(), String.starts_with?(to_string(name), "elixirscope"), do: name)]
         |> Enum.map_join(",", &inspect(to_string(&1))) |> then(&"[#{&1}]")`,
      ),
    ) as string,
  ) as readonly string[];
const OFF = ["nonode@nohost", "{127, 0, 0, 1}", "[]"];

const attach = (url: string, ...more: readonly string[]): Promise<Finished> =>
  world.run("attach", "--tidewave", url, ...more);

const errorOf = ({ stdout }: Finished): { code: string; message: string } =>
  jsonLines<{ error: { code: string; message: string } }>(stdout)[0]!.error;

describe("attach --tidewave", () => {
  it("switches distribution on, records, and switches it off again [ways.tidewave]", async () => {
    const cli = world.start("attach", "--tidewave", tidewave.url, "--yes");
    await cli.said(/token=\S+\n/);
    const [name, , ours] = await state();
    expect(name).toMatch(/^elixirscope_tidewave_[0-9a-f]{8}@127\.0\.0\.1$/);
    expect(ours).toContain(":elixirscope_distribution");
    expect(cli.stderr).toContain(`Distribution is switched on: ${name}, on 127.0.0.1 only`);
    // Hidden, with a cookie of its own that was in no request.
    const cookie = await elixir(node, "Atom.to_string(Node.get_cookie())");
    expect(cookie).toMatch(/^"[0-9a-f]{32}"$/);
    expect(tidewave.requests.join("")).not.toContain(cookie.slice(1, -1));
    expect(await elixir(node, "Node.list()")).toBe("[]");
    expect(await elixir(node, "length(Node.list(:hidden))")).toBe("1");
    cli.signal("SIGINT");
    const { code, stderr } = await cli.finished();
    expect(code).toBe(0);
    expect(stderr).toContain("Distribution is off again.");
    expect(await state()).toEqual(OFF);
  });

  it("is off where ElixirScope was killed [ways.tidewave.killed]", async () => {
    const cli = world.start("attach", "--tidewave", tidewave.url, "--yes");
    await cli.said(/token=\S+\n/);
    const gone = node.eval(
      `M = erlang:monitor(process, elixirscope_distribution),
       receive {'DOWN', M, _, _, Why} -> {Why, node()} end`,
    );
    cli.signal("SIGKILL");
    expect(await gone).toBe("{normal,nonode@nohost}");
    await expect(cli.finished()).rejects.toThrow(/SIGKILL/);
  });

  it.each(["elixirscope_distribution", "its guard"])(
    "is off when %s is killed in the node",
    async (which) => {
      const cli = world.start("attach", "--tidewave", tidewave.url, "--yes", "--json");
      await cli.said(/"url"/);
      await node.eval(`
      {monitored_by, Pids} = process_info(whereis(elixirscope_distribution), monitored_by),
      Victim = case ${which === "its guard"} of true -> hd([P || P <- Pids, is_pid(P), node(P) =:= node()]); false -> whereis(elixirscope_distribution) end,
      exit(Victim, kill)`);
      await expect.poll(() => state(), { timeout: 10_000 }).toEqual(OFF);
      cli.signal("SIGINT");
      await cli.finished();
    },
  );

  it("starts EPMD where there is none, and ends it", async () => {
    const port = await freePort();
    const alone = await undistributed(port);
    const server = await startTidewave(alone);
    try {
      const names = (): Promise<string> => alone.eval("erl_epmd:names({127,0,0,1})");
      expect(await names()).toBe("{error,address}");
      const cli = world.start("attach", "--tidewave", server.url, "--yes", "--json");
      await cli.said(/"url"/);
      expect(await names()).toMatch(/elixirscope_tidewave_/);
      cli.signal("SIGINT");
      expect((await cli.finished()).code).toBe(0);
      await expect.poll(names, { timeout: 10_000 }).toBe("{error,address}");
    } finally {
      await server.stop();
      await alone.stop();
    }
  });

  it("just attaches where the node is distributed already, by the user's cookie", async () => {
    await elixir(node, 'Node.start(:"mine@127.0.0.1"); Node.set_cookie(:THEUSERSOWN)');
    try {
      const { code, stderr, stdout } = await attach(tidewave.url, "--yes", "--for", "100ms");
      expect([code, stdout]).toEqual([0, expect.stringContaining("token=")]);
      expect(stderr).toContain("is distributed already: mine@127.0.0.1");
      expect((await state())[0]).toBe("mine@127.0.0.1");
      await elixir(node, "Node.set_cookie(:ANOTHER)");
      const refused = await attach(tidewave.url, "--yes", "--json");
      expect([refused.code, errorOf(refused).code]).toEqual([4, "DIST_COOKIE_REJECTED"]);
      expect(errorOf(refused).message).not.toContain("ANOTHER");
    } finally {
      await elixir(node, "Node.stop()");
    }
  });

  it("says that another ElixirScope has switched it on", async () => {
    const first = world.start("attach", "--tidewave", tidewave.url, "--yes", "--json");
    await first.said(/"url"/);
    const second = await attach(tidewave.url, "--yes", "--json");
    expect([second.code, errorOf(second).code]).toEqual([4, "CLI_TIDEWAVE_TAKEN"]);
    first.signal("SIGINT");
    expect((await first.finished()).code).toBe(0);
  });

  it("asks first, and without anybody to ask evaluates nothing", async () => {
    const before = tidewave.requests.length;
    const refused = await attach(tidewave.url, "--json");
    expect([refused.code, errorOf(refused).code]).toEqual([2, "CLI_NOT_CONFIRMED"]);
    expect(tidewave.requests.slice(before).join("")).not.toContain("tools/call");
  });

  it("does not know whose files the application can read", async () => {
    // As where the application runs in a container: our temporary folder is not there.
    const pathsSeen = (path: string): string => path.replace("/elixirscope-", "/elsewhere-");
    const server = await startTidewave(node, { pathsSeen });
    const refused = await attach(server.url, "--yes", "--json");
    expect([refused.code, errorOf(refused).code]).toEqual([4, "CLI_TIDEWAVE_ELSEWHERE"]);
    await server.stop();
  });

  it("says when the code cannot be evaluated", async () => {
    const server = await startTidewave(node, { prelude: 'raise "no such luck"\n' });
    const refused = await attach(server.url, "--yes", "--json");
    expect([refused.code, errorOf(refused)]).toEqual([
      1,
      { code: "CLI_TIDEWAVE_FAILED", message: expect.stringContaining("no such luck") },
    ]);
    await server.stop();
  });

  it.each<[string, TidewaveServerOptions, number, string, RegExp]>([
    ["no Tidewave", { status: 404 }, 3, "CLI_NO_TIDEWAVE", /no MCP \(HTTP 404\)/],
    ["a Tidewave that takes no request from here", { status: 403 }, 4, "CLI_TIDEWAVE_REFUSED", /refuses us/],
    [
      "no tool to evaluate",
      { tools: ["get_logs"] },
      4,
      "CLI_TIDEWAVE_NO_EVAL",
      /without the tool project_eval/,
    ],
  ])("says that there is %s [ways.tidewave.refused]", async (_, options, exit, code, says) => {
    const server = await startTidewave(node, options);
    const refused = await attach(server.url, "--yes", "--json");
    expect([refused.code, errorOf(refused)]).toEqual([exit, { code, message: expect.stringMatching(says) }]);
    await server.stop();
  });

  it("says that nothing answers, and follows nobody elsewhere", async () => {
    const nobody = await attach(`http://127.0.0.1:${await freePort()}`, "--yes", "--json");
    expect([nobody.code, errorOf(nobody).code]).toEqual([3, "CLI_NO_TIDEWAVE"]);
    expect(errorOf(nobody).message).toContain("nothing answers there");
    const elsewhere = createServer((_, response) =>
      response.writeHead(307, { location: `${tidewave.url}/tidewave/mcp` }).end(),
    );
    await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
    const before = tidewave.requests.length;
    const { port } = elsewhere.address() as AddressInfo;
    const sent = await attach(`http://127.0.0.1:${port}`, "--yes", "--json");
    expect([sent.code, errorOf(sent).code]).toEqual([3, "CLI_NO_TIDEWAVE"]);
    expect(tidewave.requests).toHaveLength(before);
    elsewhere.close();
  });
});

describe("attach where nothing is found", () => {
  it("says how to start the application, and that its Tidewave can do without", async () => {
    const { code, stderr } = await world.run("attach", "my_app@127.0.0.1");
    expect(code).toBe(3);
    for (const line of [
      "elixirscope run -- mix phx.server",
      "elixirscope run -- iex -S mix phx.server",
      "elixirscope run -- bin/my_app start",
      "elixirscope attach --tidewave http://localhost:4000",
    ])
      expect(stderr).toContain(line);
  });
});
