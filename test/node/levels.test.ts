import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Engine } from "elixirscope/engine";
import type { Level } from "elixirscope/model";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ErlangNode, startErlangNode } from "../testkit/erlang-node.ts";

let node: ErlangNode;
let engine: Engine;
let folder: string;

beforeAll(async () => {
  node = await startErlangNode({ name: "levels_test" });
  process.env.ERL_EPMD_PORT = String(node.epmdPort);
});
afterAll(() => node.stop());

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "levels-test-"));
  engine = await Engine.start({ version: "0.0.0", recording: join(folder, "r.esrec") });
});
afterEach(async () => {
  await engine.stop();
  rmSync(folder, { recursive: true });
});

/** Some of everything: a process that comes, is named, linked and goes; messages; a process with a state; a call. */
const ROUND = `
  Me = self(),
  Child = spawn(fun() -> register(levels_child, self()), link(Me), Me ! linked, receive go -> unlink(Me), Me ! gone end end),
  receive linked -> ok end,
  {ok, Server} = gen_event:start(),
  [] = gen_event:which_handlers(Server),
  [1, 2] = lists:seq(1, 2),
  Child ! go, receive gone -> ok end,
  gen_event:stop(Server)`;

/** The kinds of event that are recorded of one round at a level, without a pattern. */
async function kindsAt(level: Level): Promise<ReadonlySet<string>> {
  await engine.call("attach", { node: node.name, cookie: node.cookie, level });
  await node.eval(ROUND);
  // Samples come once a second.
  const sampled = async (): Promise<number> =>
    (await engine.call("events", { kinds: ["sample"], limit: 1 })).rows.length;
  await expect.poll(sampled, { timeout: 30_000 }).toBe(1);
  await engine.call("detach", {});
  const { rows } = await engine.call("events", { limit: 10_000 });
  return new Set(rows.map(({ kind }) => kind));
}

const LIFECYCLE = ["spawn", "spawned", "exit", "register", "unregister", "process", "sample"];
const MESSAGES = ["send", "receive"];
const STATES = ["state", "dispatch"];
const CALLS = ["call", "return"];
const within = (kinds: readonly string[], found: ReadonlySet<string>): readonly string[] =>
  kinds.filter((kind) => found.has(kind));

describe("a level holds what the ones before it hold, and not more than its own", () => {
  it("observe: lifecycle and samples, no message [levels.observe]", async () => {
    const found = await kindsAt("observe");
    expect(within(LIFECYCLE, found)).toEqual(LIFECYCLE);
    expect(within([...MESSAGES, ...STATES, ...CALLS], found)).toEqual([]);
  });

  it("messages: sends and receives, no state [levels.messages]", async () => {
    const found = await kindsAt("messages");
    expect(within([...LIFECYCLE, ...MESSAGES], found)).toEqual([...LIFECYCLE, ...MESSAGES]);
    expect(within([...STATES, ...CALLS], found)).toEqual([]);
  });

  it("state: states and what caused them, no call [levels.state]", async () => {
    const found = await kindsAt("state");
    expect(within([...LIFECYCLE, ...MESSAGES, ...STATES], found)).toEqual([
      ...LIFECYCLE,
      ...MESSAGES,
      ...STATES,
    ]);
    expect(within(CALLS, found)).toEqual([]);
  });
});

describe("links", () => {
  it("are recorded where they are made and at the other end, and their end as well [observer.link]", async () => {
    await engine.call("attach", { node: node.name, cookie: node.cookie, level: "observe" });
    await node.eval(ROUND);
    await engine.call("detach", {});
    const kinds = ["link", "getting_linked", "unlink", "getting_unlinked"] as const;
    const { rows } = await engine.call("events", { process: "levels_child", kinds, order: "oldest_first" });
    const child = rows[0]?.process?.pid;
    expect(rows.map(({ kind }) => kind)).toEqual(["link", "getting_linked", "unlink", "getting_unlinked"]);
    // The child makes and ends it; the other end is told.
    expect(rows.map(({ process, peer }) => [process?.pid === child, peer?.pid === child])).toEqual([
      [true, false],
      [false, true],
      [true, false],
      [false, true],
    ]);
  });
});
