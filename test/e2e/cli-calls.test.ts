// Calls and lines as they are traced, and as a recording has them.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ErlangNode } from "../testkit/erlang-node.ts";
import { CliWorld, jsonLines } from "./support/cli-process.ts";
import { type BuiltHello, buildHello, leftovers, NOTHING_LEFT, startHello } from "./support/hello.ts";

interface Execution {
  readonly mfa: string;
  readonly args: { readonly text: string };
  readonly result: { readonly text: string };
  readonly outcome: string;
  readonly durationNs: number;
  readonly caller: string;
  readonly file: string;
  readonly line: number;
}

let hello: BuiltHello;
let node: ErlangNode;
let world: CliWorld;

beforeAll(async () => {
  hello = await buildHello();
  node = await startHello(hello);
  world = await CliWorld.create({ cookie: node.cookie, epmdPort: node.epmdPort });
});

afterAll(async () => {
  await node.stop();
  await world.remove();
  await hello.remove();
});

describe("attach", () => {
  it("records calls of a pattern", async () => {
    const file = world.path("calls.esrec");
    const attach = [
      "attach",
      node.name,
      "--trace",
      "Hello.Counter.*",
      "--for",
      "3s",
      "--out",
      file,
      "--json",
    ];
    expect(await world.run(...attach)).toMatchObject({ code: 0 });
    const { stdout } = await world.run("events", "--recording", file, "--kind", "call", "--json");
    const calls = jsonLines<Execution>(stdout);
    expect(calls.length).toBeGreaterThan(0);
    expect(calls.every(({ mfa }) => mfa.startsWith("Hello.Counter."))).toBe(true);
  });
});

describe("trace", () => {
  const pattern = "Hello.Counter.handle_call(:increment, _, %{count: n}) when n >= 0";

  it("prints calls with all that is known of them and ends at its limit, leaving nothing", async () => {
    const { code, stdout } = await world.run("trace", node.name, pattern, "--limit", "3", "--json");
    const calls = jsonLines<Execution>(stdout);
    expect(code).toBe(0);
    expect(calls).toHaveLength(3);
    for (const call of calls) {
      expect(call.mfa).toBe("Hello.Counter.handle_call/3");
      expect(call.args.text).toMatch(/^\[:increment, \{#PID<.*%\{count: \d+\}\]$/);
      expect(call.result.text).toMatch(/^\{:reply, \d+, %\{count: \d+\}\}$/);
      expect(call.outcome).toBe("returned");
      expect(call.durationNs).toBeGreaterThan(0);
      expect(call.caller).toBe(":gen_server.try_handle_call/4");
      expect(call.file).toMatch(/lib\/hello\/counter\.ex$/);
      expect(call.line).toBe(20);
    }
    await expect.poll(() => leftovers(node)).toBe(NOTHING_LEFT);
  });

  it("reads well, ends by itself after a while, and says so where nothing was called", async () => {
    const told = await world.run("trace", node.name, "Hello.Counter.increment/0", "--limit", "1");
    expect(told.stdout).toMatch(
      /^[\d:.]+ {2}Hello\.Counter\.increment\(\)\n +→ \d+ {3}[\d.]+ .?s · Hello\.Worker · from Hello\.Worker\.handle_call\/3:\d+ · lib\/hello\/counter\.ex:10\n$/,
    );
    expect(told.stderr).toContain("until 1 call or 60 s.");
    const none = await world.run("trace", node.name, "Hello.Counter.nothing/0", "--for", "1s");
    expect([none.code, none.stderr]).toEqual([3, expect.stringContaining("The node cannot trace")]);
    const silent = await world.run("trace", node.name, "Hello.Counter.init(:never)", "--for", "300ms");
    expect([silent.code, silent.stdout]).toEqual([3, ""]);
    const wrong = await world.run("trace", node.name, "Hello.Counter.init(a) when b > 1");
    expect([wrong.code, wrong.stderr]).toEqual([
      2,
      expect.stringContaining("\n                             ^"),
    ]);
  });
});

describe("lines", () => {
  it("trace prints them as they run, and lines shows the source with counts and values", async () => {
    const traced = await world.run("trace", node.name, "--lines", "Hello.Counter", "--limit", "4");
    expect(traced.code).toBe(0);
    expect(traced.stdout).toMatch(/line .*Hello\.Counter\.\w+\/\d line \d+/);
    const shown = await world.run("lines", "Hello.Counter", "--node", node.name, "--for", "3s");
    expect(shown.code).toBe(0);
    expect(shown.stdout).toMatch(
      / +20 +def handle_call\(:increment, _from, state\) do +# state = %\{count: \d+\}/,
    );
    expect(shown.stdout).toMatch(/ +\d+ +\d+× {2}/);
    const refused = await world.run("trace", node.name, "--lines", "GenServer");
    expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining("left alone")]);
    await expect.poll(() => leftovers(node)).toBe(NOTHING_LEFT);
  });
});

describe("executions", () => {
  it("lists the calls of a recording", async () => {
    const file = world.path("executions.esrec");
    const what = ["--trace", "Hello.Worker.*", "--trace", "Hello.Counter", "--level", "observe"];
    await world.run("record", node.name, ...what, "--for", "3s", "--out", file);
    // Of this one alone: on a busy machine other calls may be the longest.
    const answered = ["--mfa", "Hello.Worker.handle_call/3", "--sort", "own", "--json"];
    const { code, stdout } = await world.run("executions", "--recording", file, ...answered);
    expect(code).toBe(0);
    const rows = jsonLines<Execution>(stdout);
    expect(new Set(rows.map(({ mfa }) => mfa))).toEqual(new Set(["Hello.Worker.handle_call/3"]));
    const table = await world.run("executions", "--recording", file, "--mfa", "Hello.Counter.increment/0");
    expect(table.stdout).toMatch(/^ +TIME +OWN +CALL +RESULT/);
    expect(table.stdout).toContain("Hello.Counter.increment()");
    expect(table.stderr).toMatch(/calls?, [\d,]+ events read/);
    expect((await world.run("executions", "--recording", file, "--outcome", "ended")).code).toBe(3);
  });
});
