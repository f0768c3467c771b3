// Scope, sampling, budgets and the breaker, as somebody who asks for them meets them: through the engine and the CLI.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import os, { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Engine } from "elixirscope/engine";
import { isSampled } from "elixirscope/model";
import type { NodeStatus, Status } from "elixirscope/protocol";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { attachCli } from "../testkit/attached-cli.ts";
import { type ErlangNode, startErlangNode } from "../testkit/erlang-node.ts";
import { untilNoTraceOfUs } from "../testkit/traces-of-us.ts";

const CLI = fileURLToPath(new URL("../../packages/elixirscope/dist/cli/main.js", import.meta.url));

let node: ErlangNode;
let engine: Engine;
let folder: string;

beforeAll(async () => {
  node = await startErlangNode({ name: "safety_test" });
  process.env.ERL_EPMD_PORT = String(node.epmdPort);
  // Workers that answer, by name; each call of `rounds` is so many messages to each.
  await node.eval(`
    Worker = fun L() -> receive {P, M} -> P ! M, L(); {spawn, P, N} -> register(N, spawn(L)), P ! ok, L(); stop -> ok end end,
    [register(N, spawn(Worker)) || N <- [alpha, beta, 'Elixir.Shop.Cart', 'Elixir.Shopping']]`);
});
afterAll(() => node.stop());

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "safety-test-"));
  engine = await Engine.start({ version: "0.0.0", recording: join(folder, "r.esrec") });
});
afterEach(async () => {
  await engine.stop();
  rmSync(folder, { recursive: true });
});

const attach = (input: object): Promise<Status> =>
  engine.call("attach", { node: node.name, cookie: node.cookie, level: "messages", ...input });

const talk = (name: string, times = 10): Promise<string> =>
  node.eval(`[begin '${name}' ! {self(), N}, receive N -> ok end end || N <- lists:seq(1, ${times})], ok`);

/** Messages that each of these has received, as recorded. */
async function received(...names: readonly string[]): Promise<readonly number[]> {
  const counts = names.map(async (process) => {
    const { rows } = await engine.call("events", { kinds: ["receive"], process, limit: 10_000 });
    return rows.filter(({ process: of }) => of?.name?.replace(/^:/, "") === process.replace(/^:/, "")).length;
  });
  return Promise.all(counts);
}

/** Of the one process that has the name, more than a list may hold. */
const receivedInAll = async (process: string): Promise<number> =>
  (await engine.call("process", { process })).eventsByKind.receive ?? 0;

const control = async (): Promise<NodeStatus["control"]> =>
  (await engine.call("status", {})).nodes[0]!.control;

describe("scope", () => {
  it("is of modules, names, exceptions; changed while running, told by status and recording", async () => {
    await attach({ modules: ["Shop.*"] });
    const all = async (): Promise<void> => {
      for (const name of ["alpha", "beta", "Elixir.Shop.Cart", "Elixir.Shopping"]) await talk(name);
    };
    const names = ["alpha", "beta", "Shop.Cart", "Shopping"];
    await all();
    await engine.call("tracing", { level: "messages", processes: ["alpha"] });
    await all();
    await engine.call("tracing", { level: "messages", except: ["beta", "Shop.*"] });
    await all();
    expect((await control()).scope).toEqual({ except: ["beta", "Shop.*"] });
    await engine.call("detach", {});
    expect(await received(...names)).toEqual([20, 0, 10, 10]);
    const { rows } = await engine.call("events", { kinds: ["session"], order: "oldest_first" });
    const told = await Promise.all(rows.map(({ id }) => engine.call("event", { id })));
    // The order of keys is the node's own.
    const scopes = told.flatMap(({ term: { text } }) =>
      text.includes(":tracing")
        ? [/except: (\[[^\]]*\])/, /scope: (\[[^\]]*\]|:all)/].map((key) => key.exec(text)?.[1])
        : [],
    );
    expect(scopes).toEqual([
      "[]",
      '[in: "Elixir.Shop"]',
      "[]",
      "[:alpha]",
      '[:beta, {:in, "Elixir.Shop"}]',
      ":all",
    ]);
    expect((await engine.call("status", {})).dropped).toBe(0);
    await engine.stop();
    const reader = await Engine.start({ version: "0.0.0", open: join(folder, "r.esrec") });
    const [stored] = (await reader.call("status", {})).nodes;
    expect(stored?.control.scope).toEqual({ except: ["beta", "Shop.*"] });
    await reader.stop();
    engine = await Engine.start({ version: "0.0.0", recording: join(folder, "second.esrec") });
  });

  it("is an application, from its first process on where it starts later [levels.scope.application]", async () => {
    await node.eval(`
      {ok, Tokens, _} = erl_scan:string("-module(scoped_app). -export([start/2, stop/1, init/1, worker/0]).
        start(_, _) -> supervisor:start_link({local, scoped_top}, scoped_app, []).
        stop(_) -> ok.
        init(_) -> {ok, {{one_for_one, 1, 5}, [{w, {scoped_app, worker, []}, permanent, 100, worker, []}]}}.
        worker() -> {ok, proc_lib:spawn_link(fun() -> register(scoped_worker, self()),
          (fun L() -> receive {P, M} -> P ! M, L() end end)() end)}."),
      Split = fun F([], _, Done) -> lists:reverse(Done);
                  F([{dot, _} = D | R], Now, Done) -> F(R, [], [lists:reverse([D | Now]) | Done]);
                  F([T | R], Now, Done) -> F(R, [T | Now], Done) end,
      {ok, M, C} = compile:forms([begin {ok, Form} = erl_parse:parse_form(One), Form end || One <- Split(Tokens, [], [])]),
      {module, M} = code:load_binary(M, "", C),
      ok = application:load({application, scoped, [{description, "x"}, {vsn, "1"}, {modules, [M]}, {registered, []},
        {applications, [kernel, stdlib]}, {mod, {M, []}}]})`);
    await attach({ apps: ["scoped"] });
    await node.eval("{ok, _} = application:ensure_all_started(scoped), ok");
    await expect.poll(() => node.eval("is_pid(whereis(scoped_worker))")).toBe("true");
    await talk("scoped_worker");
    await talk("alpha");
    await engine.call("detach", {});
    expect(await received("scoped_worker", "alpha")).toEqual([10, 0]);
    const worker = await engine.call("process", { process: "scoped_worker" });
    expect(worker.eventsByKind).toMatchObject({ spawned: 1, register: 1 });
    await node.eval("application:stop(scoped), application:unload(scoped)");
  });

  it("follows a name to whoever has it after a restart", async () => {
    await node.eval("alpha ! {spawn, self(), gamma}, receive ok -> ok end");
    await attach({ processes: ["gamma"] });
    await talk("gamma");
    await node.eval(`
      M = monitor(process, gamma), gamma ! stop, receive {'DOWN', M, _, _, _} -> ok end,
      beta ! {spawn, self(), gamma}, receive ok -> ok end`);
    // It is noticed within 200 ms; what the new one did before that is not recorded.
    const again = async (): Promise<number> => {
      await talk("gamma", 1);
      return (await received("gamma"))[0]!;
    };
    await expect.poll(again).toBeGreaterThan(12);
    await node.eval("gamma ! stop");
  });

  it("refuses what is not there, and keeps what was traced", async () => {
    await attach({ processes: ["alpha"] });
    for (const [input, code] of [
      [{ apps: ["no_such_app"] }, "TRACER_NO_SUCH_APPLICATION"],
      [{ under: ["nobody_there"] }, "TRACER_NO_SUCH_PROCESS"],
      [{ processes: ["nobody_there"] }, "TRACER_NO_SUCH_PROCESS"],
    ] as const)
      await expect(engine.call("tracing", { level: "messages", ...input })).rejects.toMatchObject({ code });
    await talk("alpha");
    await talk("beta");
    await engine.call("detach", {});
    expect(await received("alpha", "beta")).toEqual([10, 0]);
  });
});

describe("sampling", () => {
  it("sees a process whole or not at all, as the hash says in the node and here [levels.sampling.pid-hash]", async () => {
    await attach({ sample: { processes: 0.3 } });
    await node.eval(`
      Ps = [spawn(fun() -> receive {P, M} -> P ! M end, receive stop -> ok end end) || _ <- lists:seq(1, 100)],
      [register(list_to_atom("sampled_" ++ integer_to_list(N)), P) || {N, P} <- lists:zip(lists:seq(1, 100), Ps)],
      [begin P ! {self(), N}, receive N -> ok end end || {N, P} <- lists:zip(lists:seq(1, 100), Ps)],
      persistent_term:put(sampled, Ps)`);
    const ids = JSON.parse(
      JSON.parse(
        await node.eval(`lists:flatten(io_lib:format("~w",
          [[list_to_integer(lists:nth(2, string:tokens(pid_to_list(P), "."))) || P <- persistent_term:get(sampled)]]))`),
      ) as string,
    ) as number[];
    await engine.call("detach", {});
    const status = await engine.call("status", {});
    expect(status.dropped).toBe(0);
    const { rows } = await engine.call("events", {
      kinds: ["receive", "spawned", "register"],
      limit: 10_000,
    });
    const seen = new Map<string, number>();
    for (const { process } of rows) seen.set(process!.pid, (seen.get(process!.pid) ?? 0) + 1);
    expect(ids.map((id) => seen.get(`#PID<0.${id}.0>`) ?? 0)).toEqual(
      ids.map((id) => (isSampled(id, 3_000) ? 3 : 0)),
    );
    const first = ids.find((id) => isSampled(id, 3_000))!;
    expect((await engine.call("process", { process: `<0.${first}.0>` })).inSample).toBe(true);
    await node.eval("[P ! stop || P <- persistent_term:get(sampled)]");
  });
});

describe("budget", () => {
  it("steps down when it is exceeded, says so, and steps up again; the gap says from when to when [safety.budget.events]", async () => {
    await attach({ processes: ["alpha"], budget: { eventsPerSecond: 1_000 } });
    // A report of before may still be on its way.
    await expect.poll(async () => (await control()).inForce).toBe("messages");
    await expect
      .poll(
        async () => {
          await talk("alpha", 2_000);
          return (await control()).inForce;
        },
        { timeout: 30_000, interval: 10 },
      )
      .toBe("observe");
    expect(await control()).toMatchObject({ loweredBy: "events", budget: { eventsPerSecond: 1_000 } });
    await expect.poll(async () => (await control()).loweredBy, { timeout: 30_000 }).toBeNull();
    await engine.call("tracing", { level: "observe", processes: ["alpha"] });
    const before = await receivedInAll("alpha");
    await engine.call("tracing", { level: "messages", processes: ["alpha"] });
    await talk("alpha", 50);
    // Another level is another plan: the budget stays.
    await engine.call("tracing", { level: "messages", processes: ["alpha"] });
    expect((await control()).budget).toEqual({ eventsPerSecond: 1_000 });
    await engine.call("detach", {});
    expect((await receivedInAll("alpha")) - before).toBe(50);
    const gaps = (await engine.call("gaps", {})).filter(({ cause }) => cause === "budget");
    expect(gaps.length).toBeGreaterThan(0);
    for (const { from, to } of gaps) {
      // Of a single message that came late, a moment inside of the other.
      expect(to).toBeGreaterThanOrEqual(from);
      const inside = await engine.call("events", { kinds: ["send", "receive"], from, to });
      expect(inside.rows).toEqual([]);
    }
  });
});

describe("each limit of the budget", () => {
  const stepsDown = async (budget: object, loweredBy: string): Promise<void> => {
    await attach({ processes: ["alpha"], budget });
    const lowered = async (): Promise<unknown> => {
      await talk("alpha", 2_000);
      return (await control()).loweredBy;
    };
    await expect.poll(lowered, { timeout: 30_000, interval: 10 }).toBe(loweredBy);
    await engine.call("detach", {});
    // Let go while it was lowered: the gap ends there.
    expect((await engine.call("gaps", {})).map(({ cause }) => cause)).toContain("budget");
  };

  it("bytes a second [safety.budget.bytes]", () => stepsDown({ bytesPerSecond: 50_000 }, "bytes"));
  it("share of a scheduler [safety.budget.scheduler]", () => stepsDown({ cpuPercent: 0.1 }, "cpu"));
});

describe("the command line", () => {
  const run = async (...args: readonly string[]): Promise<{ out: string; err: string; code: number }> => {
    const child = spawn(process.execPath, [CLI, ...args], {
      env: { ...process.env, ELIXIRSCOPE_COOKIE: node.cookie, XDG_RUNTIME_DIR: folder },
    });
    let out = "";
    let err = "";
    child.stdout.on("data", (chunk) => (out += String(chunk)));
    child.stderr.on("data", (chunk) => (err += String(chunk)));
    const [code] = (await once(child, "close")) as [number];
    return { out, err, code };
  };

  it.runIf(process.platform === "linux")(
    "goes behind the application on its machine, all threads but the main one, unless told not to [safety.application-first]",
    async () => {
      for (const [setting, nice] of [
        ["", 5],
        ["0", 0],
      ] as const) {
        vi.stubEnv("ELIXIRSCOPE_NICE", setting);
        const child = await attachCli(node);
        const threads = readdirSync(`/proc/${child.pid}/task`).map(Number);
        const own = os.getPriority();
        const others = threads
          .filter((thread) => thread !== child.pid)
          .map((thread) => os.getPriority(thread));
        child.kill();
        await once(child, "exit");
        await untilNoTraceOfUs(node, 5_000);
        expect(others.length).toBeGreaterThan(1);
        expect([...new Set(others)]).toEqual([Math.max(nice, own)]);
        vi.unstubAllEnvs();
      }
    },
  );

  it("attaches with a scope, a sample and a budget, says what is in force, and changes it", async () => {
    const args = [
      "attach",
      node.name,
      "--level",
      "messages",
      "--only",
      "alpha",
      "--max-events",
      "50k/s",
      "--json",
      "--no-open",
    ];
    const child = spawn(process.execPath, [CLI, ...args], {
      env: { ...process.env, ELIXIRSCOPE_COOKIE: node.cookie, XDG_RUNTIME_DIR: folder },
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      await once(createInterface({ input: child.stdout }), "line");
      const first = JSON.parse((await run("level", "--json")).out) as Record<string, unknown>;
      expect(first).toMatchObject({
        level: "messages",
        scope: { processes: ["alpha"] },
        budget: { eventsPerSecond: 50_000 },
      });
      const second = await run(
        "level",
        "--level",
        "state",
        "--except",
        "beta",
        "--sample",
        "10%",
        "--max-cpu",
        "5%",
      );
      expect(second.out).toMatch(/level +state\n/);
      expect(second.out).toMatch(/scope +all processes; never beta\n/);
      expect(second.out).toMatch(/sample +10% of the processes\n/);
      expect(second.out).toMatch(/budget +50,000 events\/s, 64 MB in the node, 5% of a scheduler\n/);
      const refused = await run("level", "--app", "no_such_app");
      expect([refused.code, refused.err]).toEqual([
        expect.any(Number),
        expect.stringContaining("no_such_app"),
      ]);
      expect((await run("level", "--max-events", "lots")).code).toBe(2);
    } finally {
      child.kill("SIGINT");
      await once(child, "close");
    }
    await untilNoTraceOfUs(node, 5_000);
    expect((await run("level")).code).toBe(3);
  });
});
