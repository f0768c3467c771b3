import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Engine } from "elixirscope/engine";
import type { TreeNode } from "elixirscope/protocol";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ErlangNode, startErlangNode } from "../testkit/erlang-node.ts";
import { tracesOfUs, untilNoTraceOfUs } from "../testkit/traces-of-us.ts";

let node: ErlangNode;
let engine: Engine;
let folder: string;

beforeAll(async () => {
  node = await startErlangNode({ name: "engine_test" });
  process.env.ERL_EPMD_PORT = String(node.epmdPort);
});
afterAll(() => node.stop());

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "engine-test-"));
  engine = await Engine.start({ version: "0.0.0", recording: join(folder, "r.esrec") });
});
afterEach(async () => {
  await engine.stop();
  // The node notices by itself that a connection has ended.
  await expect.poll(() => node.eval("nodes(hidden)")).toBe("[]");
  rmSync(folder, { recursive: true });
});

const attach = (
  level: "observe" | "messages" | "calls",
  patterns: readonly string[] = [],
): Promise<unknown> => engine.call("attach", { node: node.name, cookie: node.cookie, level, patterns });

const flat = (roots: readonly TreeNode[]): readonly TreeNode[] =>
  roots.flatMap((root) => [root, ...flat(root.children)]);

describe("a node under observation", () => {
  it("gives every message of a conversation, sent and received, in order and once [messages.send] [messages.receive]", async () => {
    await attach("messages");
    await node.eval(`
      Me = self(),
      Echo = spawn(fun Loop() -> receive {ping, N, From} -> From ! {pong, N}, Loop(); stop -> ok end end),
      register(echo, Echo),
      [begin echo ! {ping, N, Me}, receive {pong, N} -> ok end end || N <- lists:seq(1, 2000)],
      unregister(echo), Echo ! stop
    `);
    await engine.call("detach", {});
    const status = await engine.call("status", {});
    expect(status.dropped).toBe(0);
    const numbers = async (
      kinds: readonly ("send" | "receive")[],
      tag: string,
    ): Promise<readonly number[]> => {
      const { rows } = await engine.call("events", { kinds, tag, order: "oldest_first", limit: 10_000 });
      return rows.map((row) => Number(/^\{:p[io]ng, (\d+)/.exec(row.summary)?.[1]));
    };
    const all = Array.from({ length: 2000 }, (_, i) => i + 1);
    expect(await numbers(["send"], "ping")).toEqual(all);
    expect(await numbers(["receive"], "ping")).toEqual(all);
    expect(await numbers(["send"], "pong")).toEqual(all);
    expect(await numbers(["receive"], "pong")).toEqual(all);
    const { rows } = await engine.call("events", { kinds: ["send"], tag: "ping", limit: 1 });
    expect(rows[0]?.peer?.name, "a send to a registered name is tied to its holder").toBe(":echo");
    const peers = await engine.call("events", { process: rows[0]!.peer!.handle, kinds: ["register"] });
    expect(peers.rows.map((row) => row.summary)).toEqual([":echo"]);
  });

  it("gives calls with arguments, results and exceptions, and nothing that no pattern named [code.arguments] [code.return] [levels.calls]", async () => {
    await attach("calls", ["lists.nth/2", "lists.reverse"]);
    await node.eval("lists:nth(2, [a, b]), catch lists:nth(3, [a]), lists:reverse([1, 2]), lists:last([1])");
    await engine.call("detach", {});
    const calls = async (mfa: string): Promise<readonly string[]> => {
      const kinds = ["call", "return", "exception"] as const;
      const { rows } = await engine.call("events", { kinds, mfa, order: "oldest_first", limit: 10_000 });
      return rows.map((row) => `${row.kind} ${row.summary}`);
    };
    expect(await calls("lists.nth/2")).toEqual(
      expect.arrayContaining([
        "call :lists.nth(2, [:a, :b])",
        "return :lists.nth/2 → :b",
        "call :lists.nth(3, [:a])",
        expect.stringContaining("exception :lists.nth/2 ⇒ {:error, :function_clause}"),
      ]),
    );
    expect(await calls("lists.reverse/1")).toContainEqual("call :lists.reverse([1, 2])");
    expect(await calls("lists.last/1")).toEqual([]);
  });

  it("shows each living process once in the tree, in the place that its supervisor gives it [observer.supervision.tree]", async () => {
    await attach("observe");
    await expect
      .poll(
        async () => (await engine.call("events", { kinds: ["session"], tag: "snapshot_done" })).rows.length,
      )
      .toBe(1);
    const nodes = flat((await engine.call("tree", {})).roots);
    const pids = nodes.flatMap((item) => item.process?.pid ?? []);
    expect(pids.filter((pid, i) => pids.indexOf(pid) !== i)).toEqual([]);
    expect(nodes.find((item) => item.label === ":code_server")?.type).toBe("worker");
    expect(nodes.find((item) => item.label === ":kernel_sup")?.type).toBe("supervisor");
    const ours = nodes.filter((item) => /elixirscope/.test(item.label));
    expect(ours, "what we put in the node is not part of the application").toEqual([]);
    const living = JSON.parse(
      await node
        .eval(`lists:flatten(io_lib:format("~p", [length(processes())]))`)
        .then((text) => text.replace(/"/g, "")),
    ) as number;
    // The eval's own process and those of our agent come and go.
    expect(Math.abs(pids.length - living)).toBeLessThanOrEqual(6);
  });

  it("follows a process from spawn to exit [observer.spawn] [observer.exit] [observer.register]", async () => {
    await attach("observe");
    await node.eval(`P = spawn(fun() -> register(short_lived, self()), receive stop -> exit({shutdown, done}) end end),
      timer:sleep(50), P ! stop, timer:sleep(50)`);
    await engine.call("detach", {});
    const detail = await engine.call("process", { process: "short_lived" });
    expect(detail.alive).toBe(false);
    expect(detail.exitReason?.text).toBe("{:shutdown, :done}");
    expect(detail.exitedAt! - detail.spawnedAt!).toBeGreaterThan(40e6);
    expect(detail.eventsByKind).toMatchObject({ spawn: 1, spawned: 1, register: 1, exit: 1 });
  });

  it("leaves nothing of ours after detach, and can come back [safety.detach-clean]", async () => {
    for (let round = 0; round < 3; round++) {
      await attach("calls", ["lists.map/2"]);
      expect(await tracesOfUs(node)).not.toBe("[]");
      await engine.call("detach", {});
      await untilNoTraceOfUs(node, 1_000);
    }
  });

  it("is not noticed by the node [safety.hidden]", async () => {
    await node.eval("net_kernel:monitor_nodes(true), register(watcher, self())").catch(() => undefined);
    await attach("observe");
    expect(await node.eval("nodes()")).toBe("[]");
    expect(await node.eval("length(nodes(hidden))")).toBe("1");
  });

  it("keeps what was traced when a change is refused [levels.refused]", async () => {
    await attach("calls", ["lists.nth/2"]);
    await expect(
      engine.call("tracing", { level: "calls", patterns: ["no_such_module_here.f/1"] }),
    ).rejects.toMatchObject({
      code: "TRACER_NO_SUCH_FUNCTION",
    });
    await expect(
      engine.call("tracing", { level: "calls", patterns: ["not a pattern"] }),
    ).rejects.toMatchObject({
      code: "BAD_MFA_PATTERN",
    });
    await expect(
      engine.call("tracing", { level: "messages", processes: ["nobody_has_this_name"] }),
    ).rejects.toMatchObject({
      code: "TRACER_NO_SUCH_PROCESS",
    });
    await node.eval("lists:nth(1, [kept])");
    await engine.call("detach", {});
    const { rows } = await engine.call("events", { kinds: ["call"], mfa: "lists.nth/2" });
    expect(rows.map((row) => row.summary)).toContain(":lists.nth(1, [:kept])");
  });

  it("records only the processes asked for [levels.scope]", async () => {
    await node.eval(
      "register(wanted, spawn(fun L() -> receive _ -> L() end end)), register(other, spawn(fun L() -> receive _ -> L() end end))",
    );
    await attach("observe");
    await engine.call("tracing", { level: "messages", processes: ["wanted"] });
    await node.eval(`[begin wanted ! {n, N}, other ! {n, N} end || N <- lists:seq(1, 10)],
      Empty = fun(Name) -> process_info(whereis(Name), message_queue_len) =:= {message_queue_len, 0} end,
      (fun Wait() -> lists:all(Empty, [wanted, other]) orelse begin erlang:yield(), Wait() end end)()`);
    await engine.call("detach", {});
    const count = async (name: string): Promise<number> =>
      (await engine.call("events", { kinds: ["receive"], process: name })).rows.length;
    expect([await count("wanted"), await count("other")]).toEqual([10, 0]);
    await node.eval("exit(whereis(wanted), kill), exit(whereis(other), kill)");
  });

  it("accounts for every message of a flood: stored and dropped are what the application counted [safety.accounting.flood]", async () => {
    // Fewer than may wait in the tracer's mailbox before the breaker opens: what that switches off nobody counts.
    const [senders, each] = [4, 40_000];
    await node.eval(`register(sink, spawn(fun L() -> receive _ -> L() end end)),
      [register(list_to_atom("flood_" ++ integer_to_list(I)), spawn(fun() -> receive {go, From} -> ok end,
        (fun S(0) -> ok; S(N) -> sink ! {drop_of, N}, S(N - 1) end)(${each} - 1), From ! {done, I}, receive stop -> ok end end)) || I <- lists:seq(1, ${senders})]`);
    await attach("observe");
    const names = Array.from({ length: senders }, (_, i) => `flood_${i + 1}`);
    await engine.call("tracing", { level: "messages", processes: names });
    await node.eval(
      `[begin whereis(list_to_atom("flood_" ++ integer_to_list(I))) ! {go, self()} end || I <- lists:seq(1, ${senders})],
       [receive {done, I} -> ok end || I <- lists:seq(1, ${senders})]`,
      60_000,
    );
    await engine.call("detach", {});
    const status = await engine.call("status", {});
    let stored = 0;
    for (const name of names)
      stored += (await engine.call("process", { process: name })).eventsByKind.send ?? 0;
    expect(stored + (status.droppedByKind.send ?? 0)).toBe(senders * each);
    const gaps = await engine.call("gaps", {});
    expect(gaps.reduce((sum, gap) => sum + gap.total, 0)).toBe(status.dropped);
    await node.eval(
      `exit(whereis(sink), kill), [exit(whereis(list_to_atom("flood_" ++ integer_to_list(I))), kill) || I <- lists:seq(1, ${senders})]`,
    );
  });

  it("can be read again from its file: same events, same tree", async () => {
    await attach("messages");
    await node.eval("[self() ! N || N <- lists:seq(1, 100)], timer:sleep(300)");
    await engine.call("detach", {});
    const query = { order: "oldest_first", limit: 10_000 } as const;
    const before = await engine.call("events", query);
    const processes = await engine.call("processes", { sort: "pid" });
    await engine.stop();
    const reader = await Engine.start({ version: "0.0.0", open: join(folder, "r.esrec") });
    try {
      expect(await reader.call("events", query)).toEqual(before);
      expect(await reader.call("processes", { sort: "pid" })).toEqual(processes);
      expect((await reader.call("status", {})).nodes[0]).toMatchObject({
        name: node.name,
        state: "recording",
      });
    } finally {
      await reader.stop();
      engine = await Engine.start({ version: "0.0.0", recording: join(folder, "second.esrec") });
    }
  });

  it("answers GenServer.call from code on the node, with terms", async () => {
    await attach("observe");
    const ask = (request: string): Promise<string> =>
      node.eval(`[Es] = nodes(hidden), gen_server:call({elixirscope, Es}, ${request})`);
    expect(await ask("status")).toMatch(/^\{ok,#\{.*schema_version => 1/);
    expect(await ask('{processes, [{search, <<"code_server">>}]}')).toMatch(/name => <<":code_server">>/);
    expect(await ask("{events, #{limit => 2, kinds => [process]}}")).toMatch(/more => true/);
    expect(await ask("{events, [{limit, many}]}")).toMatch(
      /^\{error,\{'?ENGINE_BAD_INPUT'?,<<"events was asked wrongly: limit/,
    );
    expect(await ask("rubbish")).toMatch(/^\{error,\{'?ENGINE_UNKNOWN_REQUEST'?/);
    expect(await ask("{attach, [{node, other}]}")).toMatch(/ENGINE_UNKNOWN_REQUEST/);
  });

  it("says what is wrong when it cannot attach, and can attach after that", async () => {
    const refused = (input: { node: string; cookie: string }): Promise<unknown> =>
      engine.call("attach", input).then(
        () => "attached",
        (error: { code: string }) => error.code,
      );
    expect(await refused({ node: node.name, cookie: "wrong" })).toBe("DIST_COOKIE_REJECTED");
    expect(await refused({ node: "nobody@127.0.0.1", cookie: node.cookie })).toBe("DIST_NODE_UNKNOWN");
    await attach("observe");
    expect(await refused({ node: node.name, cookie: node.cookie })).toBe("ENGINE_ALREADY_ATTACHED");
  });
});

describe("a node that goes and comes back", () => {
  it("is attached again; the time between is a gap and the old processes are gone [safety.gap] [safety.node-identity]", async () => {
    const options = { name: "restarting", cookie: "restart_cookie", epmdPort: node.epmdPort };
    const first = await startErlangNode(options);
    await engine.call("attach", { node: first.name, cookie: first.cookie, level: "observe" });
    await first.eval("register(before_restart, spawn(fun() -> receive never -> ok end end))");
    await expect
      .poll(() =>
        engine.call("process", { process: "before_restart" }).then(
          ({ name }) => name,
          () => "",
        ),
      )
      .toBe(":before_restart");
    await first.stop();
    const state = async (): Promise<string | undefined> => (await engine.call("status", {})).nodes[0]?.state;
    await expect.poll(state, { timeout: 20_000 }).toBe("disconnected");
    const second = await startErlangNode(options);
    try {
      await expect.poll(state, { timeout: 60_000 }).toBe("connected");
      const gaps = await engine.call("gaps", {});
      expect(gaps.map((gap) => gap.cause)).toEqual(["detached"]);
      expect((await engine.call("process", { process: "before_restart" })).alive).toBe(false);
    } finally {
      await engine.call("detach", {});
      await second.stop();
    }
  });
});
