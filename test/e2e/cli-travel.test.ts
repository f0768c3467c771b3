import { Engine } from "elixirscope/engine";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loading } from "../testkit/erlang-module.ts";
import { type ErlangNode, startErlangNode } from "../testkit/erlang-node.ts";
import { CliWorld } from "./support/cli-process.ts";

// Two runs of a till, of which the second goes wrong at its third order.
const TILL = `
  -module(till). -behaviour(gen_server).
  -export([init/1, handle_call/3, handle_cast/2]).
  init(S) -> {ok, S}.
  handle_call(done, _, S) -> {reply, ok, S}.
  handle_cast({add, K}, #{count := N} = S) -> {noreply, S#{count => N + K}}.
`;

let node: ErlangNode;
let world: CliWorld;
beforeAll(async () => {
  node = await startErlangNode({ name: "cli_travel" });
  process.env.ERL_EPMD_PORT = String(node.epmdPort);
  await node.eval(loading(TILL));
  world = await CliWorld.create({ cookie: node.cookie, epmdPort: node.epmdPort });
  for (const [run, orders] of [
    ["good", "[1, 2, 2]"],
    ["bad", "[1, 2, 9]"],
  ] as const) {
    const engine = await Engine.start({ version: "0.0.0", recording: world.path(`${run}.esrec`) });
    await engine.call("attach", { node: node.name, cookie: node.cookie, level: "state" });
    // It begins with the orders when all that it is asked for has been sent, and is in its mailbox for certain.
    await node.eval(`{ok, P} = gen_server:start({local, till}, till, #{count => 0, by => self()}, []),
      erlang:suspend_process(P),
      [gen_server:cast(till, {add, K}) || K <- ${orders}], Asked = gen_server:send_request(till, done),
      self() ! sent, receive sent -> ok end,
      erlang:resume_process(P), gen_server:receive_response(Asked, infinity), gen_server:stop(till)`);
    await engine.stop();
  }
});
afterAll(async () => {
  await node.stop();
  await world.remove();
});

const asked = async (...args: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await world.run(...args, "--recording", world.path("good.esrec"));
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return stdout;
};

describe("time travel on the command line", () => {
  it("prints an instant, steps, conditions and causes of a recording", async () => {
    const five = JSON.parse(
      await asked("until", "--process", "till", "--state", "state.count == 5", "--json"),
    ) as { cursor: number; event: { at: string } };
    expect(await asked("until", "--process", "till", "--state", "count == 5")).toMatch(/\+ \.count: 5/);
    const shown = await asked("snapshot", "--at", five.event.at, "--process", "till");
    expect(shown).toMatch(/state +%\{by: #PID<[\d.]+>, count: 5\}/);
    expect(shown).toMatch(/mailbox +1/);
    expect(await asked("snapshot", "--at", five.event.at)).toMatch(/:till +1 .*count: 5/);
    const back = await asked(
      "step",
      "--process",
      "till",
      "--callback",
      "--backward",
      "--from",
      String(five.cursor),
    );
    expect(back).toMatch(/\+ \.count: 3/);
    const why = await asked("why-changed", "till", "state.count");
    expect(why).toMatch(/^state\.count: 3 → 5 {2}at /);
    expect(why).toMatch(/in :till\.handle_cast\/2 :till/);
    expect(why).toMatch(/by \{:"\$gen_cast", \{:add, 2\}\}/);
  });

  it("prints what differs between instants, and first between recordings [travel.diff]", async () => {
    const at = JSON.parse(await asked("until", "--process", "till", "--state", "count == 1", "--json")) as {
      event: { at: string };
    };
    expect(await asked("diff", "till", "--at", at.event.at)).toMatch(/- \.count: 1\n.*\+ \.count: 5/);
    const first = await asked("diff", "--to", world.path("bad.esrec"));
    expect(first).toMatch(
      /^:till: the same for 3 states, then\n- .*count: 5.*\{:add, 2\}.*\n\+ .*count: 12.*\{:add, 9\}/,
    );
    const same = await world.run(
      "diff",
      "--recording",
      world.path("good.esrec"),
      "--to",
      world.path("good.esrec"),
    );
    expect(same).toMatchObject({ code: 3 });
    expect(same.stderr).toMatch(/No difference/);
  });

  it("says what is missing in a question", async () => {
    const recording = ["--recording", world.path("good.esrec")];
    for (const [args, text] of [
      [["until", "--process", "till"], /Give one condition/],
      [["step", "--in-flow", "f-1", "--callback"], /Give --in-flow alone/],
      [["diff"], /Say of which process/],
      [["diff", "till"], /Give two places/],
      [["step", "--from", "x"], /Write the id of an event/],
    ] as const) {
      const { code, stderr } = await world.run(...args, ...recording);
      expect({ args, code }).toEqual({ args, code: 2 });
      expect(stderr).toMatch(text);
    }
    const alone = await world.run("diff", "--to", world.path("bad.esrec"));
    expect(alone.stderr).toMatch(/give the first with --recording/);
    const none = await world.run("until", "--process", "till", "--state", "count == 99", ...recording);
    expect(none).toMatchObject({ code: 3 });
    expect(none.stderr).toMatch(/became true nowhere/);
  });
});
