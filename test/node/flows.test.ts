import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Engine } from "elixirscope/engine";
import type { DictionaryDelta, EventBatch, Gap } from "elixirscope/model";
import type { FlowAnswer, FlowList } from "elixirscope/protocol";
import { openDuckDbStore } from "elixirscope/store";
import { Dictionary, newFlowLabel, Session } from "elixirscope/tracer";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { loading } from "../testkit/erlang-module.ts";
import { type ErlangNode, startErlangNode } from "../testkit/erlang-node.ts";
import {
  erlangOf,
  foundIn,
  PLAY,
  randomNumbers,
  randomScript,
  type Script,
  sizeOf,
  truthOf,
} from "../testkit/random-flows.ts";
import { tracesOfUs } from "../testkit/traces-of-us.ts";

let node: ErlangNode;
let engine: Engine;
let folder: string;

beforeAll(async () => {
  node = await startErlangNode({ name: "flows_test" });
  process.env.ERL_EPMD_PORT = String(node.epmdPort);
  await node.eval(loading(PLAY));
  await node.eval("play:start()");
});
afterAll(() => node.stop());

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "flows-test-"));
  engine = await Engine.start({ version: "0.0.0", recording: join(folder, "r.esrec") });
});
afterEach(async () => {
  await engine.stop();
  rmSync(folder, { recursive: true });
});

type Level = "observe" | "flows" | "messages" | "state" | "calls";
const attach = (level: Level, flows: readonly string[], patterns: readonly string[] = []): Promise<unknown> =>
  engine.call("attach", { node: node.name, cookie: node.cookie, level, flows, patterns });

const list = (): Promise<FlowList> => engine.call("flows", { limit: 2_000 });

async function all(): Promise<readonly FlowAnswer[]> {
  const { rows } = await list();
  return Promise.all(rows.map(({ id }) => engine.call("flow", { flow: id })));
}

/** Plays scripts, each driver some of them one right after the other, and waits until all is done. */
async function play(drivers: readonly (readonly Script[])[]): Promise<void> {
  const size = drivers.flat().reduce((sum, script) => sum + sizeOf(script), 0);
  const lists = drivers.map((scripts) => `[${scripts.map(erlangOf).join(", ")}]`).join(", ");
  await node.eval(`
    Done = persistent_term:get(done),
    atomics:put(Done, 1, 0),
    Drivers = [begin P = spawn(play, driver, []), P ! {scripts, Scripts}, P end || Scripts <- [${lists}]],
    Wait = fun Wait() -> case atomics:get(Done, 1) of ${size} -> ok; _ -> receive after 5 -> Wait() end end end,
    Wait(),
    [exit(P, kill) || P <- Drivers], ok`);
}

describe("flows", () => {
  it.for([1, 2, 3, 4])(
    "follows random conversations as they were (seed %i) [flows.entry.call-pattern] [flows.across-processes] [flows.tree]",
    async (seed) => {
      const random = randomNumbers(seed);
      const keys = { next: 1 };
      const drivers = Array.from({ length: 5 }, () =>
        Array.from({ length: 8 }, () => randomScript(random, keys)),
      );
      const level = (["flows", "messages", "state", "calls"] as const)[seed % 4]!;
      await attach(
        level,
        ["play:go/1"].map((text) => text.replace(":", ".")),
        level === "calls" ? ["play.run/1"] : [],
      );
      await play(drivers);
      await engine.call("detach", {});
      const flows = await all();
      expect(flows.filter(({ complete }) => !complete)).toEqual([]);
      expect(flows.map(({ root }) => foundIn(root)).sort()).toEqual(drivers.flat().map(truthOf).sort());
      expect(await tracesOfUs(node)).toBe("[]");
    },
  );

  it("records every n-th flow whole, and of the others nothing but their number [levels.sampling.flows]", async () => {
    const random = randomNumbers(5);
    const keys = { next: 1 };
    // One in which nobody does anything may be over before it has begun.
    const scripts: Script[] = [];
    while (scripts.length < 42) {
      const script = randomScript(random, keys);
      if (sizeOf(script) > 0) scripts.push(script);
    }
    await engine.call("attach", {
      node: node.name,
      cookie: node.cookie,
      level: "flows",
      flows: ["play.go/1"],
      sample: { everyNthFlow: 4 },
    });
    // One after the other; each begins with a message that belongs to no flow.
    for (const script of scripts) await play([[script]]);
    await expect
      .poll(async () => (await engine.call("status", {})).nodes[0]?.control.sampledOut, { timeout: 60_000 })
      .toBe(31);
    await engine.call("detach", {});
    const flows = await all();
    expect(flows.filter(({ complete }) => !complete)).toEqual([]);
    const chosen = scripts.filter((_, i) => i % 4 === 0);
    expect(flows.map(({ root }) => foundIn(root)).toReversed()).toEqual(chosen.map(truthOf));
    const { rows } = await engine.call("events", { kinds: ["flow_send"], limit: 10_000 });
    const told = rows.map(({ summary }) => Number(/:act, (\d+)/.exec(summary)?.[1] ?? 0));
    const known = new Set(chosen.flatMap((script) => [...truthOf(script).matchAll(/\d+/g)].map(Number)));
    expect(told.filter((key) => key > 0 && !known.has(key))).toEqual([]);
    expect((await engine.call("status", {})).dropped).toBe(0);
    expect(await node.eval("erlang:system_info(trace_control_word)")).toBe("0");
  });

  it("leaves the trace control word to whoever uses it", async () => {
    await attach("flows", ["play.go/1"]);
    await node.eval("erlang:system_flag(trace_control_word, 17)");
    const every = { level: "flows", flows: ["play.go/1"], sample: { everyNthFlow: 2 } } as const;
    await expect(engine.call("tracing", every)).rejects.toMatchObject({ code: "TRACER_CONTROL_WORD_TAKEN" });
    await engine.call("detach", {});
    expect(await node.eval("erlang:system_flag(trace_control_word, 0)")).toBe("17");
  });

  it("starts at requests and messages of sockets where nobody says otherwise [flows.entry.user-event]", async () => {
    await node.eval(
      loading(`
        -module('Elixir.Phoenix.Socket').
        -export(['__in__'/2]).
        '__in__'(_, {_, _}) -> loop_3 ! {act, 1, []}, {ok, done}.`),
    );
    await attach("flows", []);
    await node.eval(
      "spawn(fun() -> 'Elixir.Phoenix.Socket':'__in__'({<<\"click\">>, []}, {state, large}) end)",
    );
    const [flow] = await until(all, ([one]) => one?.root.hops[0]?.received != null);
    expect(flow).toMatchObject({ entry: "socket message", complete: true, failed: false, processes: 2 });
    expect(flow!.summary).toBe('Phoenix.Socket.__in__({"click", []}, …)');
  });

  it("starts at entry points of a library that is loaded later", async () => {
    await attach("flows", []);
    await node.eval(
      loading(`
        -module('Elixir.Bandit.Pipeline').
        -export([run/5]).
        run(_, _, _, _, _) -> loop_3 ! {act, 1, []}, {ok, done}.`),
    );
    const requested = async (): Promise<FlowList> => {
      await node.eval("spawn(fun() -> 'Elixir.Bandit.Pipeline':run(1, 2, 3, 4, 5) end)");
      return list();
    };
    const { rows } = await until(requested, (found) => found.rows.length > 0);
    expect(rows[0]).toMatchObject({ entry: "HTTP request", summary: "Bandit.Pipeline.run(…)" });
    const status = await engine.call("status", {});
    expect(status.nodes[0]!.flows).toMatchObject({ state: "on", reason: "" });
  });

  it("says where an answer came without the trace, so that what followed is not known", async () => {
    await attach("flows", ["play.go/1"]);
    // An io device and a server, both of which answer when somebody else has asked them to.
    await node.eval(`
      Waker = spawn(fun L() -> receive {wake, P} -> seq_trace:set_token([]), P ! now end, L() end),
      Late = fun L() ->
        receive
          {io_request, From, As, _} -> Waker ! {wake, self()}, receive now -> From ! {io_reply, As, ok} end;
          {'$gen_call', {From, Tag}, _} -> Waker ! {wake, self()}, receive now -> From ! {Tag, ok} end
        end,
        L() end,
      [Device, Server] = [spawn(Late), spawn(Late)],
      Go = fun(Script) -> {_, R} = spawn_monitor(fun() -> play:go(Script) end), receive {'DOWN', R, _, _, _} -> ok end end,
      Go([{send, loop_0, 1, []}, {apply, fun(_) -> io:put_chars(Device, "x") end}, {send, loop_1, 2, []}]),
      Go([{send, loop_0, 3, []}, {apply, fun(_) -> gen_server:call(Server, x) end}, {send, loop_1, 4, []}]),
      Go([{send, loop_0, 5, []}, {apply, fun(_) -> io:format("y~n") end}, {send, loop_1, 6, []}]), ok`);
    await engine.call("detach", {});
    const flows = await all();
    const told = flows.map(({ complete, why, root }) => [
      complete,
      why.includes("waited for an answer that came without the trace of this flow"),
      root.hops.filter(({ to, reply }) => !reply && to?.label.includes("loop_")).length,
    ]);
    expect(told.sort((a, b) => Number(a[0]) - Number(b[0]))).toEqual([
      [false, true, 1],
      [false, true, 1],
      [true, false, 2],
    ]);
  });

  it("records of messages only those of flows, without services [flows.noise] [levels.flows]", async () => {
    await attach("flows", ["play.go/1"]);
    await node.eval(`
      Me = self(),
      Talk = fun(L) -> io:format("to be ignored ~p~n", [L]), logger:debug("x"), code:ensure_loaded(dialyzer), file:read_file_info("/") end,
      P = spawn(fun() -> receive go -> ok end, play:go([{send, loop_0, 1, []}]), Me ! done end),
      spawn(fun() -> Talk(outside), loop_1 ! {act, 2, []} end),
      erlang:trace_delivered(P),
      Q = spawn(fun() -> receive go -> ok end, play:go([{send, loop_0, 3, []}, {apply, Talk}]), Me ! done end),
      [begin X ! go, receive done -> ok end end || X <- [P, Q]], ok`);
    await engine.call("detach", {});
    const flows = await all();
    expect(flows.map(({ root }) => foundIn(root)).sort()).toEqual(["1()", "3()"]);
    const { rows } = await engine.call("events", { kinds: ["send", "receive"] });
    expect(rows).toEqual([]);
  });

  it("tells what failed", async () => {
    await attach("flows", ["play.go/1"]);
    await node.eval(`
      {ok, _} = gen_server:start({local, server_9}, play, 9, []),
      spawn(fun() -> play:go([{cast, server_9, 1, [{send, nobody_here, 2, []}]}]) end),
      spawn(fun() -> play:go([{send, loop_0, 3, []}, {send, nobody_here, 4, []}]) end), ok`);
    const flows = await until(all, (found) => found.filter(({ failed }) => failed).length === 2);
    const reasons = flows.map(({ root }) => root.failure?.text ?? root.hops[0]?.span?.failure?.text);
    expect(reasons.every((text) => text?.includes(":badarg"))).toBe(true);
  });

  it("leaves an application's own tokens and system tracer alone, and says so [flows.other-seq-trace]", async () => {
    await node.eval(`
      Tracer = spawn(fun L() -> receive _ -> L() end end),
      persistent_term:put(their_tracer, Tracer), seq_trace:set_system_tracer(Tracer)`);
    await expect(attach("flows", [])).rejects.toMatchObject({
      code: "TRACER_SYSTEM_TRACER_TAKEN",
      message: expect.stringContaining("seq_trace:set_system_tracer(false)"),
    });
    await attach("messages", []);
    // None of the entry points of common libraries are on this node but one, and that one has to wait.
    expect((await engine.call("status", {})).nodes[0]!.flows).toMatchObject({ state: "taken" });
    await node.eval("seq_trace:set_system_tracer(false)");
    await engine.call("tracing", { level: "messages", flows: ["play.go/1"] });
    expect((await engine.call("status", {})).nodes[0]!.flows).toMatchObject({ state: "on", reason: "" });
    const token = await node.eval(`
      Me = self(),
      spawn(fun() ->
        seq_trace:set_token(label, their_own), seq_trace:set_token(send, true),
        play:go([{send, loop_0, 1, []}]), Me ! seq_trace:get_token() end),
      receive {_, Label, _, _, _} -> Label end`);
    expect(token).toBe("their_own");
    await until(list, ({ foreign }) => foreign === 1);
    expect((await list()).rows).toEqual([]);
    await node.eval("seq_trace:set_system_tracer(persistent_term:get(their_tracer))");
    const { nodes } = await until(
      () => engine.call("status", {}),
      (status) => status.nodes[0]!.flows.state === "taken",
    );
    expect(nodes[0]!.flows.reason).toMatch(/^Flows are not recorded: .* belongs to process <0\.\d+\.0>/);
    expect(nodes[0]!.state).toBe("connected");
    const gaps = await until(
      () => engine.call("gaps", {}),
      (rows) => rows.length > 0,
    );
    expect(gaps).toMatchObject([{ cause: "taken_over" }]);
    await engine.call("detach", {});
    expect(await node.eval("seq_trace:get_system_tracer() =:= persistent_term:get(their_tracer)")).toBe(
      "true",
    );
    await node.eval("seq_trace:set_system_tracer(false)");
  });

  it("goes on in other nodes, recorded or not [flows.across-nodes]", async () => {
    const other = await startErlangNode({ name: "flows_other", cookie: node.cookie });
    try {
      await other.eval(loading(PLAY));
      await other.eval("play:start()");
      // To connect takes messages without a token: a flow that is the first to go there is not followed.
      expect(await node.eval(`net_adm:ping('${other.name}')`)).toBe("pong");
      const call = `{call, {server_0, '${other.name}'}, 1, [{send, loop_0, 2, []}, {call, server_1, 3, []}]}`;
      const script = `[${call}, {send, loop_1, 4, []}]`;
      const went = "1(2() 3()) 4()";
      const file = join(folder, "both.esrec");
      await recordBoth(file, [node, other], () => node.eval(`spawn(fun() -> play:go(${script}) end)`));
      const both = await Engine.start({ version: "0.0.0", open: file });
      const { rows } = await both.call("flows", {});
      const flow = await both.call("flow", { flow: rows[0]!.id });
      await both.stop();
      expect(foundIn(flow.root)).toBe(went);
      expect(flow).toMatchObject({ complete: true, nodes: [0, 1] });
      // The other one not recorded: what it did there is not known, but its answer is.
      await attach("flows", ["play.go/1"]);
      await node.eval(`spawn(fun() -> play:go(${script}) end)`);
      const [half] = await until(all, ([one]) => one !== undefined && one.root.hops.length === 3);
      const [asked, answer, last] = half!.root.hops;
      expect(asked).toMatchObject({
        received: null,
        why: expect.stringContaining(`on ${other.name}, is not traced`),
      });
      expect(answer).toMatchObject({
        sent: null,
        reply: true,
        received: { summary: expect.stringContaining("ok") },
      });
      expect(last).toMatchObject({ why: "", span: { hops: [] } });
    } finally {
      await other.stop();
    }
  });

  it("knows no other flow", async () => {
    await attach("flows", []);
    for (const flow of ["f-1", "f-x", "12345"]) {
      await expect(engine.call("flow", { flow })).rejects.toMatchObject({ code: "QUERY_NO_SUCH_FLOW" });
    }
    await expect(attach("flows", ["no.such/1"])).rejects.toMatchObject({ code: "ENGINE_ALREADY_ATTACHED" });
    await expect(engine.call("tracing", { level: "flows", flows: ["no_such.f/1"] })).rejects.toMatchObject({
      code: "TRACER_NO_SUCH_FUNCTION",
    });
  });
});

/** Records both nodes into one file while something happens. */
async function recordBoth(
  file: string,
  nodes: readonly ErlangNode[],
  work: () => Promise<unknown>,
): Promise<void> {
  const store = await openDuckDbStore(file, { mode: "create" });
  const shared = { dictionary: new Dictionary(), numbering: { batch: 0, id: 1 }, flowLabel: newFlowLabel() };
  const sessions: Session[] = [];
  for (const [index, { name, cookie, epmdPort }] of nodes.entries()) {
    const sink = {
      backlog: () => store.backlog,
      batch: (batch: EventBatch, delta: DictionaryDelta) => store.append(batch, delta),
      gap: (gap: Gap) => store.addGap(gap),
      stats: () => undefined,
      bye: () => undefined,
      source: () => undefined,
      flowsTaken: () => undefined,
      flowsOn: () => undefined,
    };
    const session = await Session.attach({
      node: name,
      cookie,
      epmdPort,
      index: () => index,
      ...shared,
      sink,
    });
    store.putNode(session.node);
    await session.trace({ level: "flows", patterns: [], processes: [], flows: ["play.go/1"] });
    sessions.push(session);
  }
  await work();
  await until(
    () => store.count({ kinds: ["flow_receive"] }),
    (count) => count >= 6,
  );
  for (const session of sessions) await session.detach();
  await store.close();
}

/** Asks until the answer is as it should be; the time that a test may take is the limit. */
async function until<T>(ask: () => Promise<T>, isIt: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (isIt(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
