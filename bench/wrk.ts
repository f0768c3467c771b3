import { spawn } from "node:child_process";
import { DistConnection } from "@elixirscope/dist";
import { atom } from "@elixirscope/etf";
import type { EngineClient } from "elixirscope/engine";

// What requests a web application under wrk can take: without ElixirScope, at `observe` and at `flows`, in turn. The application is
// one that runs already, named as for test/node/phoenix-live.test.ts.

const MODES = ["off", "observe", "flows"] as const;
type Mode = (typeof MODES)[number];

export interface WrkOptions {
  readonly node: string;
  readonly cookie: string;
  readonly url: string;
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: number;
  /** More arguments for wrk, such as `-H "connection: close"`. */
  readonly args: readonly string[];
}

interface Round {
  readonly requests: number;
  readonly seconds: number;
  /** Milliseconds of processor time: of the node and of ElixirScope. */
  readonly node: number;
  readonly ours: number;
  readonly events: number;
}

/** Where none is named there is nothing to measure. */
export function wrkOptions(seconds: number, rounds: number): WrkOptions | undefined {
  const { env } = process;
  const node = env["ELIXIRSCOPE_PHOENIX_NODE"];
  if (node === undefined) return undefined;
  return {
    node,
    cookie: env["ELIXIRSCOPE_PHOENIX_COOKIE"] ?? "",
    url: `${env["ELIXIRSCOPE_PHOENIX_URL"] ?? "http://127.0.0.1:4000"}${env["ELIXIRSCOPE_PHOENIX_PATH"] ?? "/api/count"}`,
    rounds,
    seconds,
    connections: Number(env["ELIXIRSCOPE_WRK_CONNECTIONS"] ?? 16),
    args: env["ELIXIRSCOPE_WRK_ARGS"]?.split("|") ?? [],
  };
}

/** Ratios of neighbouring rounds, so that what changes slowly on the machine does not count. */
export async function underWrk(
  engine: EngineClient,
  options: WrkOptions,
): Promise<Readonly<Record<string, number>>> {
  const connection = await DistConnection.connect({ node: options.node, cookie: options.cookie });
  try {
    await wrk(options);
    const rounds: Record<Mode, Round>[] = [];
    for (let i = 0; i < options.rounds; i++) rounds.push(await inTurn(engine, connection, options, i));
    return figures(rounds);
  } finally {
    await connection.close();
  }
}

/** Forwards and backwards, so that none of them is always the first. */
async function inTurn(
  engine: EngineClient,
  connection: DistConnection,
  options: WrkOptions,
  i: number,
): Promise<Record<Mode, Round>> {
  const found = {} as Record<Mode, Round>;
  for (const mode of i % 2 === 0 ? MODES : MODES.toReversed())
    found[mode] = await measured(engine, connection, options, mode);
  return found;
}

async function measured(
  engine: EngineClient,
  connection: DistConnection,
  options: WrkOptions,
  mode: Mode,
): Promise<Round> {
  if (mode !== "off") {
    await engine.call("attach", { node: options.node, cookie: options.cookie, level: mode });
    await settled(engine);
  }
  // In the first second the agent learns how busy the application is.
  await wrk({ ...options, seconds: 2 });
  const before = await engine.call("status", {});
  const cpu = process.cpuUsage();
  const runtime = await runtimeOf(connection);
  const { requests, seconds } = await wrk(options);
  const node = (await runtimeOf(connection)) - runtime;
  const { user, system } = process.cpuUsage(cpu);
  const after = await engine.call("status", {});
  if (mode !== "off") {
    const level = after.nodes[0]?.control.inForce;
    if (level !== mode) console.error(`${mode}: at the end the level in force was ${level}`);
    await engine.call("detach", {});
  }
  return { requests, seconds, node, ours: (user + system) / 1000, events: after.events - before.events };
}

/** The first look at all processes is no part of it. */
async function settled(engine: EngineClient): Promise<void> {
  for (let last = -1; ; ) {
    const { events } = await engine.call("status", {});
    if (events === last) return;
    last = events;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Milliseconds of processor time of the node so far, all of its threads together. */
async function runtimeOf(connection: DistConnection): Promise<number> {
  const answer = await connection.rpc("erlang", "statistics", [atom("runtime")]);
  const total = (answer as { elements: readonly unknown[] }).elements[0];
  return Number(total);
}

async function wrk({
  url,
  seconds,
  connections,
  args,
}: WrkOptions): Promise<{ requests: number; seconds: number }> {
  const all = ["-t1", `-c${connections}`, `-d${Math.ceil(seconds)}s`, ...args, url];
  const child = spawn("wrk", all, { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.on("data", (data: Buffer) => {
    output += data.toString();
  });
  await new Promise<void>((resolve, reject) => {
    child.once("error", () => reject(new Error("wrk is not here: apt-get install wrk")));
    child.once("close", (code) =>
      code === 0 ? resolve() : reject(new Error(`wrk ended with ${code}: ${output}`)),
    );
  });
  const [, requests, time, unit] = /(\d+) requests in ([\d.]+)(m?s),/.exec(output) ?? [];
  if (requests === undefined) throw new Error(`wrk said: ${output}`);
  if (/Non-2xx/.test(output)) throw new Error(`${url} does not answer with success: ${output}`);
  return { requests: Number(requests), seconds: Number(time) / (unit === "ms" ? 1000 : 1) };
}

const digits = (value: number): number => Number(value.toPrecision(3));
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

function figures(rounds: readonly Record<Mode, Round>[]): Record<string, number> {
  const of = (figure: (round: Record<Mode, Round>) => number): number => digits(median(rounds.map(figure)));
  const rate = ({ requests, seconds }: Round): number => requests / seconds;
  const perRequest = ({ node, ours, requests }: Round): number => ((node + ours) * 1000) / requests;
  const all: Record<string, number> = {
    "wrk, off: requests/s": of(({ off }) => rate(off)),
    "wrk, off: µs of the node a request": of(({ off }) => (off.node * 1000) / off.requests),
  };
  for (const mode of ["observe", "flows"] as const) {
    all[`wrk, ${mode}: requests/s kept`] = of((round) => rate(round[mode]) / rate(round.off));
    all[`wrk, ${mode}: µs more of the node a request`] = of(
      (round) =>
        (round[mode].node * 1000) / round[mode].requests - (round.off.node * 1000) / round.off.requests,
    );
    all[`wrk, ${mode}: % of a processor for ElixirScope`] = of(
      (round) => round[mode].ours / round[mode].seconds / 10,
    );
    all[`wrk, ${mode}: processor time a request, of that without`] = of(
      (round) =>
        perRequest(round[mode]) / (perRequest(round.off) - (round.off.ours * 1000) / round.off.requests),
    );
    all[`wrk, ${mode}: events a request`] = of((round) => round[mode].events / round[mode].requests);
  }
  return all;
}
