import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Engine } from "elixirscope/engine";
import type { CallRow, EventRow, MessageAnswer } from "elixirscope/protocol";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ErlangNode, startErlangNode } from "../testkit/erlang-node.ts";

let node: ErlangNode;
let engine: Engine;
let folder: string;

const SERVER = [
  "-module(slow_server).",
  "-export([init/1, handle_call/3, handle_cast/2, handle_info/2]).",
  "init(Tick) -> erlang:send_after(Tick, self(), timer_says), {ok, 0}.",
  "handle_call({sleep, Ms}, _, S) -> timer:sleep(Ms), {reply, {slept, Ms}, S};" +
    "handle_call(never, _, S) -> {noreply, S};" +
    "handle_call(count, _, S) -> {reply, S, S};" +
    "handle_call({until, What}, _, S) -> receive What -> ok end, {reply, What, S};" +
    "handle_call(die, _, S) -> {stop, normal, S};" +
    "handle_call(later, From, S) -> spawn(fun() -> gen_server:reply(From, by_another) end), {noreply, S}.",
  "handle_cast(_, S) -> {noreply, S}.",
  "handle_info(_, S) -> {noreply, S + 1}.",
];

const STATEM = [
  "-module(slow_statem).",
  "-export([init/1, callback_mode/0, handle_event/4]).",
  "callback_mode() -> handle_event_function.",
  "init(_) -> {ok, idle, none}.",
  "handle_event({call, From}, ask, idle, _) -> {keep_state_and_data, [{reply, From, answered}]}.",
];

const compile = (forms: readonly string[]): string => `
  {ok, M, B} = compile:forms([begin
    {ok, T, _} = erl_scan:string(S), {ok, F} = erl_parse:parse_form(T), F
  end || S <- ${JSON.stringify(forms)}]),
  {module, M} = code:load_binary(M, "", B)`;

beforeAll(async () => {
  node = await startErlangNode({ name: "messages_test" });
  process.env.ERL_EPMD_PORT = String(node.epmdPort);
  await node.eval(compile(SERVER));
  await node.eval(compile(STATEM));
});
afterAll(() => node.stop());

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "messages-test-"));
  engine = await Engine.start({ version: "0.0.0", recording: join(folder, "r.esrec") });
});
afterEach(async () => {
  await engine.stop();
  rmSync(folder, { recursive: true });
});

/** Runs something in the node under observation, and waits until all of it is recorded. */
async function recorded(expressions: string, level: "messages" | "state" = "messages"): Promise<void> {
  await engine.call("attach", { node: node.name, cookie: node.cookie, level });
  // Until then it is not known which names are held.
  await expect
    .poll(async () => (await engine.call("events", { kinds: ["session"], tag: "snapshot_done" })).rows.length)
    .toBe(1);
  await node.eval(expressions);
  await engine.call("detach", {});
  expect((await engine.call("status", {})).dropped).toBe(0);
}

async function rows(kind: "send" | "receive", text: string): Promise<readonly EventRow[]> {
  const found = await engine.call("events", { kinds: [kind], order: "oldest_first", limit: 10_000 });
  return found.rows.filter((row) => row.summary.includes(text));
}

async function only(kind: "send" | "receive", text: string): Promise<EventRow> {
  const found = await rows(kind, text);
  expect(found, `${kind} of ${text}`).toHaveLength(1);
  return found[0]!;
}

const message = (row: EventRow): Promise<MessageAnswer> => engine.call("message", { id: row.id });

/** Both halves name each other. */
async function pairOf(text: string): Promise<MessageAnswer> {
  const [send, receive] = [await only("send", text), await only("receive", text)];
  const answer = await message(send);
  expect(answer).toMatchObject({
    send: { id: send.id },
    receive: { id: receive.id },
    certain: true,
    why: "",
  });
  expect(await message(receive)).toEqual(answer);
  expect(answer.mailboxNs).toBe(receive.t - send.t);
  expect(answer.mailboxNs).toBeGreaterThanOrEqual(0);
  return answer;
}

const MS = 1e6;

describe("messages of a real node", () => {
  it("pairs a call's four ends from each of them, also through the alias of its reply [messages.call] [messages.call.alias] [messages.mailbox-time]", async () => {
    await recorded(`{ok, P} = gen_server:start(slow_server, 60000, []),
      {slept, 30} = gen_server:call(P, {sleep, 30}), gen_server:stop(P)`);
    const { call } = await pairOf("{:sleep, 30}");
    expect(call).toMatchObject({ type: "call", outcome: "answered", why: "" });
    const { call: ofReply } = await pairOf("{:slept, 30}");
    expect(ofReply).toEqual(call);
    const { request, received, reply, replyReceived } = call!;
    expect(received!.t).toBeGreaterThanOrEqual(request!.t);
    expect(reply!.t).toBeGreaterThanOrEqual(received!.t + 30 * MS);
    expect(replyReceived!.t).toBeGreaterThanOrEqual(reply!.t);
    expect([received!.process, reply!.process]).toEqual([call!.to, call!.to]);
    expect([request!.process, replyReceived!.process]).toEqual([call!.from, call!.from]);
    expect(call!.workNs).toBe(reply!.t - received!.t);
    expect(call!.queueNs).toBe(received!.t - request!.t);
    expect(call!.latencyNs).toBe(replyReceived!.t - request!.t);
  });

  it("lists calls, those that took longest first, and says when a reply is missing and why [messages.call.unanswered]", async () => {
    await recorded(`{ok, P} = gen_server:start({local, slow}, slow_server, 60000, []),
      gen_server:call(slow, {sleep, 5}), gen_server:call(slow, {sleep, 40}), by_another = gen_server:call(slow, later),
      catch gen_server:call(slow, never, 10), catch gen_server:call(slow, {until, told}, 10), slow ! told,
      catch gen_server:call(slow, die), ok`);
    const list = await engine.call("calls", { to: "slow" });
    expect(list.complete).toBe(true);
    expect(list.scanned).toBeGreaterThanOrEqual(list.rows.length);
    const of = (text: string): CallRow => list.rows.find((row) => row.request!.summary.includes(text))!;
    expect(list.rows).toHaveLength(6);
    expect(list.rows.filter((row) => row.outcome === "answered").map((row) => row.request!.summary)).toEqual([
      expect.stringContaining("{:sleep, 40}"),
      ...[of(":later"), of("{:sleep, 5}")]
        .sort((a, b) => b.latencyNs! - a.latencyNs!)
        .map((row) => row.request!.summary),
    ]);
    expect(of("{:sleep, 40}").workNs).toBeGreaterThanOrEqual(40 * MS);
    expect(of(":later").reply!.process, "whoever replied, on the callee's behalf").not.toEqual(
      of(":later").to,
    );
    expect(of(":never")).toMatchObject({ reply: null, latencyNs: null, outcome: "unanswered" });
    expect(of("{:until, :told}")).toMatchObject({ replyReceived: null, outcome: "unanswered" });
    expect(of("{:until, :told}").why).toContain("gave up");
    expect(of(":die").outcome).toBe("unanswered");
    expect(of(":die").why).toContain("ended");
    for (const row of list.rows) {
      expect(row.to!.name).toBe(":slow");
      const asked = await message(row.request!);
      expect(asked.call).toEqual(row);
    }
    const newest = await engine.call("calls", { to: "slow", sort: "newest", limit: 2 });
    expect(newest.rows.map((row) => row.request!.summary)).toEqual([
      expect.stringContaining(":die"),
      expect.stringContaining("{:until, :told}"),
    ]);
  });

  it("pairs casts, sends to names, results of tasks, gen_statem and system calls [messages.pairing.otp]", async () => {
    await recorded(`{ok, P} = gen_server:start({local, named}, slow_server, 60000, []),
      gen_server:cast(named, {a_cast, 1}), named ! {by_name, 2},
      {ok, S} = gen_statem:start(slow_statem, [], []), answered = gen_statem:call(S, ask),
      Me = self(), R = make_ref(), spawn(fun() -> Me ! {R, task_result} end), receive {R, _} -> ok end,
      sys:replace_state(P, fun(State) -> State end), gen_server:stop(P), gen_statem:stop(S)`);
    expect((await pairOf("{:a_cast, 1}")).call).toBeNull();
    expect((await pairOf("{:by_name, 2}")).send!.peer!.name).toBe(":named");
    expect((await pairOf(":task_result")).call).toBeNull();
    expect((await pairOf(", :ask}")).call).toMatchObject({ type: "call", outcome: "answered" });
    expect((await pairOf(":replace_state")).call).toMatchObject({ type: "system", outcome: "answered" });
  });

  it("says of a timer's message who set it, and of a timer what became of it [messages.timers]", async () => {
    await recorded(`{ok, P} = gen_server:start({local, ticking}, slow_server, 10, []),
      A = erlang:send_after(60000, P, {never, 1}), _ = erlang:cancel_timer(A),
      Came = fun Came(N) -> gen_server:call(P, count) =:= N orelse receive after 1 -> Came(N) end end,
      B = erlang:start_timer(5, P, with_ref), Came(2),
      C = erlang:send_after(5, P, {equal, 1}), D = erlang:send_after(15, P, {equal, 1}), Came(4),
      false = erlang:cancel_timer(D), erlang:send_after(60000, P, {later, 1}), gen_server:stop(P)`);
    const says = await message(await only("receive", ":timer_says"));
    expect(says).toMatchObject({ send: null, mailboxNs: null, certain: true, origin: "timer", why: "" });
    expect(says.timer!.mfa).toBe(":erlang.send_after/3");
    expect(says.timer!.process, "the server itself").toEqual(says.receive!.process);
    expect(says.receive!.t - says.timer!.t).toBeGreaterThanOrEqual(10 * MS);
    const withRef = await message(await only("receive", ":with_ref"));
    expect(withRef).toMatchObject({ origin: "timer", certain: true });
    expect(withRef.timer!.mfa).toBe(":erlang.start_timer/3");
    expect(withRef.timer!.process).not.toEqual(withRef.receive!.process);
    const timers = (await engine.call("events", { kinds: ["timer"], order: "oldest_first", limit: 1000 }))
      .rows;
    const timer = (text: string): EventRow => timers.find((row) => row.summary.includes(text))!;
    const never = await message(timer("{:never, 1}"));
    expect(never).toMatchObject({ receive: null, why: expect.stringContaining("cancelled") });
    expect(never.cancelled!.mfa).toBe(":erlang.cancel_timer/1");
    expect(await message(timer(":with_ref"))).toMatchObject({
      receive: { id: withRef.receive!.id },
      certain: true,
    });
    expect(await message(timer("{:later, 1}"))).toMatchObject({
      receive: null,
      cancelled: null,
      why: expect.stringContaining("not fired"),
    });
    const equal = await rows("receive", "{:equal, 1}");
    const setters = timers.filter((row) => row.summary.includes("{:equal, 1}"));
    for (const i of [0, 1]) {
      const answer = await message(equal[i]!);
      expect(answer).toMatchObject({ timer: { id: setters[i]!.id }, certain: true, cancelled: null });
      expect(await message(setters[i]!)).toMatchObject({ receive: { id: equal[i]!.id }, cancelled: null });
    }
  });

  it("records what is sent to a name that nobody has, and to a process that is gone [messages.unregistered] [messages.dead]", async () => {
    await recorded(`{'EXIT', {badarg, _}} = (catch nobody_here ! {hello, 1}), ok = gen_server:cast(nobody_here, {a_cast, 1}),
      {nobody_here, node()} ! {by_node, 1}, {'EXIT', {noproc, _}} = (catch gen_server:call(nobody_here, {a_call, 1})),
      P = spawn(fun() -> ok end), M = monitor(process, P), receive {'DOWN', M, _, _, _} -> ok end, P ! {to_dead, 1},
      register(somebody, self()), somebody ! {there, 1}, receive {there, 1} -> ok end, unregister(somebody),
      catch somebody ! {gone, 1}`);
    const dead = (await engine.call("events", { kinds: ["send_to_dead"], order: "oldest_first", limit: 100 }))
      .rows;
    const said = dead.map((row) => [/hello|a_cast|by_node|to_dead|gone/.exec(row.summary)?.[0], row.tag]);
    expect(said.filter(([what]) => what)).toEqual([
      ["hello", ":nobody_here"],
      ["a_cast", ":nobody_here"],
      ["by_node", ":nobody_here"],
      ["to_dead", ":to_dead"],
      ["gone", ":somebody"],
    ]);
    for (const row of dead) {
      const { why } = await message(row);
      expect(why).toMatch(
        row.peer ? /process had ended/ : /^Nobody held the name :(nobody_here|somebody) when/,
      );
    }
    expect((await pairOf("{:there, 1}")).why).toBe("");
  });

  it("names the other node of what is sent there, and of calls that come from there [messages.across-nodes]", async () => {
    const other = await startErlangNode({
      name: "messages_peer",
      cookie: node.cookie,
      epmdPort: node.epmdPort,
    });
    try {
      await other.eval(compile(SERVER));
      await other.eval(`{ok, _} = gen_server:start({local, far}, slow_server, 60000, [])`);
      await recorded(`pong = net_adm:ping('${other.name}'),
        {far, '${other.name}'} ! {by_name, 1}, gen_server:cast({far, '${other.name}'}, {far_cast, 1}),
        {slept, 1} = gen_server:call({far, '${other.name}'}, {sleep, 1}), F = erpc:call('${other.name}', erlang, whereis, [far]), F ! {by_pid, 1},
        {slept, 2} = gen_server:call(F, {sleep, 2}),
        {[{_, {slept, 3}}], []} = gen_server:multi_call(['${other.name}'], far, {sleep, 3}),
        {ok, P} = gen_server:start({local, near}, slow_server, 60000, []),
        {slept, 4} = erpc:call('${other.name}', gen_server, call, [{near, node()}, {sleep, 4}]), gen_server:stop(P)`);
      for (const text of ["{:by_name, 1}", "{:far_cast, 1}"]) {
        const row = await only("send", text);
        expect(row).toMatchObject({ tag: ":far", peer: { label: other.name, name: null } });
        expect((await message(row)).why).toBe(`It went to :far on ${other.name}, which is not traced.`);
      }
      const byPid = await message(await only("send", "{:by_pid, 1}"));
      expect(byPid.why).toContain(`lives on ${other.name}`);
      const list = await engine.call("calls", { limit: 100 });
      const of = (text: string): CallRow => list.rows.find((row) => row.request?.summary.includes(text))!;
      for (const text of ["{:sleep, 1}", "{:sleep, 2}", "{:sleep, 3}"])
        expect(of(text)).toMatchObject({ outcome: "answered" });
      expect(of("{:sleep, 1}").to!.label).toBe(other.name);
      const answer = await message(await only("receive", "{:slept, 1}"));
      expect(answer).toMatchObject({ send: null, origin: "another node" });
      expect(answer.why).toContain(other.name);
      const fromAway = await message(await only("receive", "{:sleep, 4}"));
      expect(fromAway).toMatchObject({ send: null, origin: "another node", call: { type: "call" } });
      expect(fromAway.why).toContain(other.name);
    } finally {
      await other.stop();
    }
  });

  it("counts equal messages of one sender, and keeps those of several apart where it can [messages.pairing]", async () => {
    await recorded(`Me = self(),
      P = spawn(fun Loop() -> receive same -> Loop(); {stop, F} -> F ! stopped end end),
      [P ! same || _ <- lists:seq(1, 300)], P ! {stop, Me}, receive stopped -> ok end`);
    const [sends, receives] = [await rows("send", ":same"), await rows("receive", ":same")];
    expect([sends.length, receives.length]).toEqual([300, 300]);
    for (const i of [0, 1, 150, 299]) {
      const answer = await message(sends[i]!);
      expect(answer).toMatchObject({ receive: { id: receives[i]!.id }, certain: true });
    }
  });

  it("says why a message was not received [messages.pairing.uncertain]", async () => {
    await recorded(`P = spawn(fun() -> timer:sleep(infinity) end), M = monitor(process, P),
      exit(P, kill), P ! too_late, receive {'DOWN', M, _, _, _} -> ok end`);
    const answer = await message(await only("send", ":too_late"));
    expect(answer).toMatchObject({ receive: null, mailboxNs: null, certain: false });
    expect(answer.why).toContain("ended");
  });

  it("knows the true time in the mailbox and of the work where callbacks are recorded, and bounds elsewhere", async () => {
    const script = `{ok, P} = gen_server:start({local, NAME}, slow_server, 60000, []), Me = self(),
      [spawn(fun() -> gen_server:call(P, {sleep, 20}), Me ! done end) || _ <- [1, 2, 3]],
      P ! {a_message, 1}, [receive done -> ok end || _ <- [1, 2, 3]], gen_server:stop(P)`;
    await recorded(script.replace("NAME", "exactly"), "state");
    const { rows: calls } = await engine.call("calls", { to: "exactly" });
    const asked = calls.filter((row) => row.request!.summary.includes("sleep"));
    expect(asked.map((row) => row.exact)).toEqual([true, true, true]);
    const slept = asked.toSorted((a, b) => a.dispatched!.t - b.dispatched!.t);
    for (const [i, row] of slept.entries()) {
      expect(row.workNs).toBe(row.reply!.t - row.dispatched!.t);
      expect(row.workNs).toBeGreaterThanOrEqual(20 * MS);
      // Who is asked next begins when the one before is answered, though all of them may have been taken in at once.
      if (i > 0) expect(row.dispatched!.t).toBeGreaterThanOrEqual(slept[i - 1]!.reply!.t);
      expect(await message(row.request!)).toMatchObject({ call: row, waitedNs: row.queueNs });
    }
    expect(slept[2]!.queueNs).toBeGreaterThanOrEqual(slept[1]!.workNs!);
    const plain = await message(await only("send", "{:a_message, 1}"));
    expect(plain.dispatched!.mfa).toBe(":slow_server.handle_info/2");
    expect(plain.waitedNs).toBeGreaterThanOrEqual(plain.mailboxNs!);
    await recorded(script.replace("NAME", "roughly"));
    const rough = (await engine.call("calls", { to: "roughly" })).rows;
    expect(rough.map((row) => [row.exact, row.dispatched])).toEqual([
      [false, null],
      [false, null],
      [false, null],
    ]);
  });

  it("refuses other kinds of event", async () => {
    await recorded("spawn(fun() -> ok end)");
    const { rows: spawns } = await engine.call("events", { kinds: ["spawn"], limit: 1 });
    await expect(engine.call("message", { id: spawns[0]!.id })).rejects.toMatchObject({
      code: "QUERY_NOT_A_MESSAGE",
    });
  });
});
