// What `observe`, the level that is always on, costs the example application, with ElixirScope attached and without, in turn, on one
// node: at the rate of its own visitors (20 turns a second), and when it takes turn after turn with every processor busy.
// `--rounds N` (default 6) of `--seconds N` (default 1.5) each, `--json`. `--only own` or `--only wrk`: a part of it.
// A Phoenix application under wrk as well, where ELIXIRSCOPE_PHOENIX_NODE (with …_COOKIE, …_URL) names one that runs; more in wrk.ts.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildHello, startHello } from "@elixirscope/test/e2e/support/hello";
import type { ErlangNode } from "@elixirscope/test/testkit/erlang-node";
import { EngineClient } from "elixirscope/engine";
import { underWrk, wrkOptions } from "./wrk.ts";

const { values: options } = parseArgs({
  options: {
    seconds: { type: "string", default: "1.5" },
    rounds: { type: "string", default: "6" },
    only: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const MS = Number(options.seconds) * 1000;
const ROUNDS = Number(options.rounds);
/** Turns at a time, as a visitor's clicks come: not one rpc each. */
const TURNS = 100;

/** The rate of the example's own visitors. */
const VISITORS = 20;

interface Round {
  readonly turns: number;
  readonly seconds: number;
  /** Seconds of processor time: of the node and of ElixirScope. */
  readonly node: number;
  readonly ours: number;
}

/** Turn after turn. */
const BUSY = `
  Until = erlang:monotonic_time(millisecond) + ${MS},
  Turn = fun Turn(N) -> 'Elixir.Hello.Load':turns(${TURNS}), case erlang:monotonic_time(millisecond) < Until of true -> Turn(N + ${TURNS}); false -> N + ${TURNS} end end,
  N = Turn(0)`;
/** As many as visitors take. */
const PACED = `
  Counts = fun() -> maps:fold(fun(_, C, Sum) -> C + Sum end, 0, 'Elixir.Hello.Load':counts()) end, C0 = Counts(),
  'Elixir.Hello.Load':start(${VISITORS}), timer:sleep(${MS}), 'Elixir.Hello.Load':start(0),
  N = Counts() - C0`;

async function round(node: ErlangNode, work: string): Promise<Round> {
  const cpu = process.cpuUsage();
  const answer = await node.eval(
    `{Cpu0, _} = statistics(runtime), Start = erlang:monotonic_time(), ${work}, {Cpu1, _} = statistics(runtime),
     {N, Cpu1 - Cpu0, erlang:convert_time_unit(erlang:monotonic_time() - Start, native, microsecond)}`,
    60_000,
  );
  const [turns = 0, cpuMs = 0, us = 0] = answer.replace(/[{}]/g, "").split(",").map(Number);
  const { user, system } = process.cpuUsage(cpu);
  return { turns, seconds: us / 1e6, node: cpuMs / 1000, ours: (user + system) / 1e6 };
}

type Pair = readonly [without: Round, attached: Round];

const digits = (value: number): number => Number(value.toPrecision(3));
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;
const rate = ({ turns, seconds }: Round): number => turns / seconds;
const perCpu = ({ turns, node, ours }: Round): number => turns / (node + ours);

/** Neighbours are compared, so that what changes slowly on the machine does not count. */
const neighbours = (pairs: readonly Pair[], of: (without: Round, attached: Round) => number): number =>
  digits(median(pairs.map(([without, attached]) => of(without, attached))));

/** In turn without and with; `events` of all rounds with. */
async function inTurn(
  node: ErlangNode,
  engine: EngineClient,
  work: string,
): Promise<{ pairs: Pair[]; events: number }> {
  const pairs: Pair[] = [];
  let events = 0;
  await round(node, work);
  for (let i = 0; i < ROUNDS; i++) {
    const without = await round(node, work);
    await engine.call("attach", { node: node.name, cookie: node.cookie, level: "observe" });
    // The first look at all processes is no part of it.
    const before = await settled(engine);
    const attached = await round(node, work);
    events += (await engine.call("status", {})).events - before;
    pairs.push([without, attached]);
    await engine.call("detach", {});
  }
  return { pairs, events };
}

async function settled(engine: EngineClient): Promise<number> {
  for (let last = -1; ; ) {
    const { events } = await engine.call("status", {});
    if (events === last) return events;
    last = events;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function onTheExample(): Promise<Readonly<Record<string, number>>> {
  const hello = await buildHello(join(import.meta.dirname, "../../examples/hello_otp"));
  const node = await startHello(hello);
  process.env["ERL_EPMD_PORT"] = String(node.epmdPort);
  try {
    // Turns of ours only.
    await node.eval("'Elixir.Hello.Load':start(0)");
    return await withEngine(async (engine) => {
      const paced = await inTurn(node, engine, PACED);
      const busy = await inTurn(node, engine, BUSY);
      return ownFigures(paced.pairs, busy.pairs, busy.events);
    });
  } finally {
    delete process.env["ERL_EPMD_PORT"];
    await node.stop();
    await hello.remove();
  }
}

function ownFigures(
  paced: readonly Pair[],
  busy: readonly Pair[],
  events: number,
): Readonly<Record<string, number>> {
  const turns = busy.reduce((sum, [, attached]) => sum + attached.turns, 0);
  return {
    "own rate: kept": neighbours(paced, (without, attached) => rate(attached) / rate(without)),
    "own rate: % of a processor more in the node": neighbours(
      paced,
      (without, attached) => (100 * (attached.node - without.node)) / attached.seconds,
    ),
    "own rate: % of a processor for ElixirScope": neighbours(
      paced,
      (_, attached) => (100 * attached.ours) / attached.seconds,
    ),
    "all busy: turns/s, not attached": digits(median(busy.map(([without]) => rate(without)))),
    "all busy: kept": neighbours(busy, (without, attached) => rate(attached) / rate(without)),
    "all busy: kept for a second of processor time, ElixirScope's included": neighbours(
      busy,
      (without, attached) => perCpu(attached) / perCpu(without),
    ),
    "all busy: the same, the node's alone": neighbours(
      busy,
      (without, attached) => attached.turns / attached.node / (without.turns / without.node),
    ),
    "all busy: events a turn": digits(events / turns),
  };
}

/** Its thread sees the environment of the moment in which it starts: the node's EPMD has to be in it by then. */
async function withEngine<T>(work: (engine: EngineClient) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  const engine = await EngineClient.start({ version: "bench", recording: join(folder, "r.esrec") });
  try {
    return await work(engine);
  } finally {
    await engine.stop();
    rmSync(folder, { recursive: true });
  }
}

const phoenix = options.only === "own" ? undefined : wrkOptions(Number(options.seconds), ROUNDS);
const figures = {
  ...(options.only === "wrk" ? {} : await onTheExample()),
  ...(phoenix ? await withEngine((engine) => underWrk(engine, phoenix)) : {}),
};
if (options.json) console.log(JSON.stringify(figures));
else console.log(figures);
