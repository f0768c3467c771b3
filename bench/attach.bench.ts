// What it takes to come, to be there, and to go: milliseconds to attach (code compiled on the node, and kept), to detach, to be sent away from the
// node; what stays of atoms; memory of the agent and the time of a GenServer call at each level. An Erlang node with 100 idle processes, `--rounds N` (default 5), `--json`.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type ErlangNode, startErlangNode } from "@elixirscope/test/testkit/erlang-node";
import { untilNoTraceOfUs } from "@elixirscope/test/testkit/traces-of-us";
import { EngineClient } from "elixirscope/engine";

const { values: options } = parseArgs({
  options: { rounds: { type: "string", default: "5" }, json: { type: "boolean", default: false } },
});
const ROUNDS = Number(options.rounds);
const LEVELS = ["observe", "flows", "messages", "state"] as const;

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const digits = (value: number): number => Number(value.toPrecision(3));

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** A hundred processes that wait, and a server that keeps a small state. */
const SCENE = `
  [spawn(fun() -> receive stop -> ok end end) || _ <- lists:seq(1, 100)],
  {ok, Tokens, _} = erl_scan:string("-module(bench_count). -behaviour(gen_server). -export([init/1, handle_call/3, handle_cast/2]).
    init(N) -> {ok, N}. handle_call(up, _, N) -> {reply, N, N + 1}. handle_cast(_, N) -> {noreply, N}."),
  Split = fun Split([], _, Forms) -> lists:reverse(Forms);
              Split([{dot, _} = Dot | Rest], Form, Forms) -> {ok, Parsed} = erl_parse:parse_form(lists:reverse([Dot | Form])), Split(Rest, [], [Parsed | Forms]);
              Split([Token | Rest], Form, Forms) -> Split(Rest, [Token | Form], Forms) end,
  {ok, Module, Code} = compile:forms(Split(Tokens, [], []), [binary]),
  {module, _} = code:load_binary(Module, "bench_count.erl", Code),
  {ok, _} = gen_server:start({local, bench_count}, bench_count, 0, [])`;

/** Microseconds of a call, the median of 500 with a pause between them: as a system that has time to spare makes them. */
const CALLS = `
  Times = [begin timer:sleep(1), {T, _} = timer:tc(fun() -> gen_server:call(bench_count, up) end), T end || _ <- lists:seq(1, 500)],
  lists:nth(250, lists:sort(Times))`;

/** Where the first attach compiles: nothing is kept in an empty folder. */
const withoutKept = (cache: string): void => {
  process.env["XDG_CACHE_HOME"] = cache;
};

async function measured(node: ErlangNode, engine: EngineClient): Promise<Readonly<Record<string, number>>> {
  const attach = (level: (typeof LEVELS)[number]): Promise<unknown> =>
    engine.call("attach", { node: node.name, cookie: node.cookie, level });
  const detach = (): Promise<unknown> => engine.call("detach", {});
  const atoms = async (): Promise<number> => Number(await node.eval("erlang:system_info(atom_count)"));
  const result: Record<string, number> = {};

  await node.eval(SCENE);
  const untouched = await atoms();
  result["attach, compiled on the node, ms"] = digits(await timed(() => attach("observe")));
  await detach();
  result["atoms that stay after the first attach"] = (await atoms()) - untouched;
  const again = await atoms();
  const times = { attach: [] as number[], detach: [] as number[], stop: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    times.attach.push(await timed(() => attach("observe")));
    times.detach.push(await timed(detach));
    await untilNoTraceOfUs(node, 5_000);
    await attach("messages");
    times.stop.push(await timed(() => node.eval("elixirscope_agent:stop()")));
  }
  result["attach, code kept, ms"] = digits(median(times.attach));
  result["detach, ms"] = digits(median(times.detach));
  result["sent away from the node, ms"] = digits(median(times.stop));
  result[`atoms that stay after ${2 * ROUNDS} more`] = (await atoms()) - again;

  result["a GenServer call, not attached, µs"] = Number(await node.eval(CALLS));
  for (const level of LEVELS) {
    await attach(level);
    await node.eval(CALLS);
    result[`a GenServer call at ${level}, µs`] = Number(await node.eval(CALLS));
    const { nodes } = await engine.call("status", {});
    result[`memory of the agent at ${level}, KB`] = Math.round((nodes[0]?.cost.agentMemoryBytes ?? 0) / 1024);
    await detach();
  }
  return result;
}

const folder = mkdtempSync(join(tmpdir(), "bench-"));
withoutKept(join(folder, "cache"));
const node = await startErlangNode();
process.env["ERL_EPMD_PORT"] = String(node.epmdPort);
const engine = await EngineClient.start({ version: "bench", recording: join(folder, "r.esrec") });
try {
  const figures = await measured(node, engine);
  if (options.json) console.log(JSON.stringify(figures));
  else console.log(figures);
} finally {
  await engine.stop();
  await node.stop();
  rmSync(folder, { recursive: true });
}
