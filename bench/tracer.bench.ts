// What observing costs and what comes of it: a busy node under each tracer in turn, side by side in one run.
// `--seconds N` per measurement (default 4), `--pairs N` processes of the application (default 8), `--json`.
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type ErlangNode, startErlangNode } from "@elixirscope/test/testkit/erlang-node";
import { EngineClient } from "elixirscope/engine";

const { values: options } = parseArgs({
  options: {
    seconds: { type: "string", default: "4" },
    pairs: { type: "string", default: "8" },
    json: { type: "boolean", default: false },
  },
});
const SECONDS = Number(options.seconds);
const PAIRS = Number(options.pairs);

/** Where Debian's rabbitmq-server keeps the recon that it ships. */
const RABBITMQ_LIB = "/usr/lib/rabbitmq/lib";

/**
 * The application: pairs of processes that ping each other, or workers that call a function, as fast as they can;
 * each counts what it did. And the tracers that it is measured under: `discard` drops every event and does not even count, `dbg` formats each
 * as dbg's default handler does, into nothing.
 */
const WORK = `
-module(bench_work).
-export([start/2, stop/1, count/1, step/1, discard/2, dbg/2, recon/0, mailbox/1]).
start(Kind, N) ->
  C = counters:new(1, [write_concurrency]),
  {C, [spawn(fun() -> work(Kind, C) end) || _ <- lists:seq(1, N)]}.
stop({_, Pids}) -> [exit(P, kill) || P <- Pids], ok.
count({C, _}) -> counters:get(C, 1).
work(messages, C) ->
  Self = self(),
  Peer = spawn_link(fun() -> echo(Self) end),
  ping(Peer, C, 0);
work(calls, C) -> calls(C, 0).
echo(Peer) -> receive {ping, N} -> Peer ! {pong, N}, echo(Peer) end.
ping(Peer, C, N) -> Peer ! {ping, N}, receive {pong, N} -> counters:add(C, 1, 1), ping(Peer, C, N + 1) end.
calls(C, N) -> _ = ?MODULE:step(N), counters:add(C, 1, 1), calls(C, N + 1).
step(N) -> think(N, 20).
think(N, 0) -> N;
think(N, M) -> think(N bxor M, M - 1).

discard(Kind, _) ->
  Tracer = spawn_opt(fun L() -> receive _ -> L() end end, [{message_queue_data, off_heap}]),
  trace_on(Kind, Tracer),
  {Tracer, counters:new(1, [])}.
trace_on(messages, Tracer) -> erlang:trace(processes, true, [send, 'receive', monotonic_timestamp, {tracer, Tracer}]);
trace_on(calls, Tracer) ->
  erlang:trace(processes, true, [call, monotonic_timestamp, {tracer, Tracer}]),
  erlang:trace_pattern({?MODULE, step, 1}, [{'_', [], [{exception_trace}]}], [local]).

dbg(Kind, _) ->
  Seen = counters:new(1, []),
  Handler = fun(Event, _) -> _ = iolist_size(io_lib:format("~p~n", [Event])), counters:add(Seen, 1, 1) end,
  {ok, _} = dbg:tracer(process, {Handler, ok}),
  {ok, Tracer} = dbg:get_tracer(),
  case Kind of
    messages -> {ok, _} = dbg:p(processes, [m]);
    calls -> {ok, _} = dbg:p(processes, [c]), {ok, _} = dbg:tpl(?MODULE, step, 1, x)
  end,
  {Tracer, Seen}.

recon() ->
  Seen = counters:new(1, []),
  Null = spawn(fun L() ->
    receive {io_request, From, Ref, _} -> counters:add(Seen, 1, 1), From ! {io_reply, Ref, ok}, L() end end),
  recon_trace:calls({?MODULE, step, [{'_', [], [{return_trace}]}]}, 1000000000, [{scope, local}, {io_server, Null}]),
  {whereis(recon_trace_tracer), Seen}.

mailbox(Tracer) -> {_, N} = process_info(Tracer, message_queue_len), {_, M} = process_info(Tracer, memory), {N, M}.
`.replaceAll("?MODULE", "bench_work");

type Kind = "messages" | "calls";

interface Row {
  readonly workload: Kind;
  readonly tracer: string;
  /** Operations of the application a second: a ping and its pong, or a call. */
  readonly "app ops/s": number;
  /** Of what the application does untraced, and of what it does under the discarding tracer. */
  readonly "of untraced": string;
  readonly "of discarding": string;
  readonly "events/s": number;
  readonly "dropped/s": number;
  /** Waiting in the tracer at the end, and the memory that takes, in the node. */
  readonly "tracer mailbox": number;
  readonly "tracer MB": number;
}

interface Measured {
  readonly ops: number;
  readonly events: number;
  readonly dropped: number;
  readonly mailbox: number;
  readonly bytes: number;
}

async function compileWork(node: ErlangNode): Promise<void> {
  await node.eval(`
    {ok, Tokens, _} = erl_scan:string(${JSON.stringify(WORK)}),
    Split = fun Split([], _, Forms) -> lists:reverse(Forms);
                Split([{dot, _} = Dot | Rest], Form, Forms) ->
                  {ok, Parsed} = erl_parse:parse_form(lists:reverse([Dot | Form])), Split(Rest, [], [Parsed | Forms]);
                Split([Token | Rest], Form, Forms) -> Split(Rest, [Token | Form], Forms) end,
    {ok, Name, Binary} = compile:forms(Split(Tokens, [], []), [binary]),
    code:load_binary(Name, "bench_work.erl", Binary)`);
}

const START = (kind: Kind): string =>
  `persistent_term:put(work, bench_work:start(${kind}, ${PAIRS})), timer:sleep(500)`;
const COUNT = `W = persistent_term:get(work), A = bench_work:count(W), timer:sleep(${SECONDS * 1000}), bench_work:count(W) - A`;

async function untraced(kind: Kind, node: ErlangNode): Promise<Measured> {
  await node.eval(START(kind));
  const ops = Number(await node.eval(COUNT, 120_000)) / SECONDS;
  return { ops, events: 0, dropped: 0, mailbox: 0, bytes: 0 };
}

/** A tracer inside of the node (dbg and recon end with the process that started them: one eval does it all), switched on by `start`, an Erlang expression that answers `{Tracer, Counter}`. */
async function inside(kind: Kind, node: ErlangNode, start: string): Promise<Measured> {
  await node.eval(START(kind));
  const answer = await node.eval(
    `W = persistent_term:get(work), {T, C} = ${start},
     A = bench_work:count(W), B = counters:get(C, 1), timer:sleep(${SECONDS * 1000}),
     Ops = bench_work:count(W) - A, Events = counters:get(C, 1) - B,
     bench_work:stop(W), {N, M} = bench_work:mailbox(T), exit(T, kill), {Ops, Events, N, M}`,
    240_000,
  );
  const [ops = 0, events = 0, mailbox = 0, bytes = 0] = answer.replace(/[{}]/g, "").split(",").map(Number);
  return { ops: ops / SECONDS, events: events / SECONDS, dropped: 0, mailbox, bytes };
}

/** ElixirScope as it ships: engine in its thread, agent in the node, everything into a recording. */
async function elixirscope(kind: Kind, node: ErlangNode): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  process.env.ERL_EPMD_PORT = String(node.epmdPort);
  const engine = await EngineClient.start({ version: "bench", recording: join(folder, "r.esrec") });
  try {
    await node.eval(START(kind));
    await engine.call("attach", {
      node: node.name,
      cookie: node.cookie,
      level: kind === "messages" ? "messages" : "calls",
      patterns: kind === "calls" ? ["bench_work.step/1"] : [],
    });
    const before = await engine.call("status", {});
    const started = performance.now();
    const peak = { mailbox: 0, bytes: 0 };
    const off = engine.onPush(({ status }) => {
      const cost = status.nodes[0]?.cost;
      peak.mailbox = Math.max(peak.mailbox, cost?.mailboxLength ?? 0);
      peak.bytes = Math.max(peak.bytes, cost?.agentMemoryBytes ?? 0);
    });
    const ops = await node.eval(COUNT, 120_000);
    const after = await engine.call("status", {});
    const seconds = (performance.now() - started) / 1000;
    off();
    await node.eval("bench_work:stop(persistent_term:get(work))");
    const per = (a: number, b: number): number => (a - b) / seconds;
    return {
      ops: Number(ops) / SECONDS,
      events: per(after.events, before.events),
      dropped: per(after.dropped, before.dropped),
      ...peak,
    };
  } finally {
    await engine.stop();
    rmSync(folder, { recursive: true });
  }
}

/** From the call to `attach` until the first event can be queried. */
async function attachTime(node: ErlangNode): Promise<number> {
  process.env.ERL_EPMD_PORT = String(node.epmdPort);
  const engine = await EngineClient.start({ version: "bench" });
  try {
    const started = performance.now();
    await engine.call("attach", { node: node.name, cookie: node.cookie, level: "messages" });
    for (;;) {
      const { rows } = await engine.call("events", { limit: 1 });
      if (rows.length > 0) return performance.now() - started;
    }
  } finally {
    await engine.stop();
  }
}

function reconPath(): readonly string[] {
  try {
    const [server] = readdirSync(RABBITMQ_LIB);
    const plugins = join(RABBITMQ_LIB, server ?? "", "plugins");
    const recon = readdirSync(plugins).find((name) => /^recon-[\d.]+$/.test(name));
    if (!recon) return [];
    return ["-pa", join(plugins, recon, readdirSync(join(plugins, recon)).includes("ebin") ? "ebin" : "")];
  } catch {
    return [];
  }
}

function row(
  workload: Kind,
  tracer: string,
  measured: Measured,
  base: { untraced: number; discarding: number },
): Row {
  const share = (of: number): string => (of > 0 ? (measured.ops / of).toFixed(2) : "–");
  return {
    workload,
    tracer,
    "app ops/s": Math.round(measured.ops),
    "of untraced": share(base.untraced),
    "of discarding": share(base.discarding),
    "events/s": Math.round(measured.events),
    "dropped/s": Math.round(measured.dropped),
    "tracer mailbox": measured.mailbox,
    "tracer MB": Math.round(measured.bytes / 1e5) / 10,
  };
}

/** Each measurement has a node of its own: what one tracer leaves behind must not weigh on the next. */
async function onFreshNode(measure: (node: ErlangNode) => Promise<Measured>): Promise<Measured> {
  const node = await startErlangNode({ args: reconPath() });
  try {
    await compileWork(node);
    return await measure(node);
  } finally {
    await node.stop();
  }
}

async function sideBySide(kind: Kind): Promise<readonly Row[]> {
  const plain = await onFreshNode((node) => untraced(kind, node));
  const discarding = await onFreshNode((node) => inside(kind, node, `bench_work:discard(${kind}, ok)`));
  const base = { untraced: plain.ops, discarding: discarding.ops };
  const rows = [row(kind, "none", plain, base), row(kind, "discarding", discarding, base)];
  rows.push(row(kind, "elixirscope", await onFreshNode((node) => elixirscope(kind, node)), base));
  const dbg = await onFreshNode((node) => inside(kind, node, `bench_work:dbg(${kind}, ok)`));
  rows.push(row(kind, "dbg, formatting", dbg, base));
  if (kind === "calls" && reconPath().length > 0) {
    const recon = await onFreshNode((node) => inside(kind, node, "bench_work:recon()"));
    rows.push(row(kind, "recon_trace", recon, base));
  }
  return rows;
}

const rows: Row[] = [];
for (const kind of ["messages", "calls"] as const) rows.push(...(await sideBySide(kind)));
const node = await startErlangNode({});
const attach: number[] = [];
for (let i = 0; i < 5; i++) attach.push(await attachTime(node));
await node.stop();
const attachMs = Math.round(attach.toSorted((a, b) => a - b)[2]!);
if (options.json) console.log(JSON.stringify({ rows, attach_ms: attachMs }));
else {
  console.table(rows);
  console.log(`attach until the first event can be queried: ${attachMs} ms (median of 5)`);
}
