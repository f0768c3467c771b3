// The store by size: how fast a recording of so many events is made, what it takes, and how long each question waits.
// `node bench/dist/store-scale.bench.js [--events N,N] [--json]`
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Engine } from "elixirscope/engine";
import { openDuckDbStore } from "elixirscope/store";
import { scaleNames, scaleSource } from "./store-scale-load.ts";

interface Row {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

const { values } = parseArgs({
  options: { events: { type: "string", default: "1000000" }, json: { type: "boolean", default: false } },
});
/** Bytes that may wait in the store before the benchmark pauses, as a tracer that withholds credit does. */
const BACKLOG = 64 * 1024 * 1024;
const ORIGIN = 1_767_225_600_000_000_000n;
/** Each question so often; after so long no more of it. */
const ROUNDS = 20;
const LONGEST_MS = 5_000;
const SEED = 11;

const folder = mkdtempSync(join(tmpdir(), "esrec-scale-"));
const rows: Row[] = [];
const add = (name: string, value: number, unit: string): void => {
  rows.push({ name, value: Number(value.toPrecision(3)), unit });
};

async function make(path: string, events: number): Promise<void> {
  const store = await openDuckDbStore(path, { mode: "create" });
  store.putNode({
    index: 0,
    name: "load@127.0.0.1",
    creation: 1,
    otp: "27",
    elixir: "1.18.0",
    timeOffset: 0n,
  });
  store.putMeta("origin_ns", String(ORIGIN));
  const next = scaleSource(ORIGIN);
  let names = scaleNames();
  for (let n = 0; n < events; ) {
    const batch = next();
    store.append(batch, names);
    names = { processes: [], functions: [], atoms: [] };
    n += batch.count;
    if (store.backlog > BACKLOG) await sleep(5);
    else if (batch.batch % 32 === 0) await turn();
  }
  await store.close();
}

/** What a person clicks, somewhere in the recording: `at` is a random instant, `id` a random event. */
type Question = (engine: Engine, at: number, id: number) => Promise<unknown>;

const SECOND = 1e9;
const QUESTIONS: Readonly<Record<string, Question>> = {
  "events, newest 100": (engine) => engine.call("events", {}),
  "events around an instant": (engine, at) =>
    engine.call("events", { from: at, limit: 100, order: "oldest_first" }),
  "events of a process": (engine, _at, id) =>
    engine.call("events", { process: `p-${id % 2_000}`, beforeId: id }),
  "events of a function": (engine, _at, id) =>
    engine.call("events", { mfa: `Load.M${id % 6}.*`, beforeId: id }),
  "events of a kind that never came": (engine) => engine.call("events", { kinds: ["exit"] }),
  event: (engine, _at, id) => engine.call("event", { id }),
  "rates, whole": (engine) => engine.call("rates", {}),
  "rates, a second": (engine, at) => engine.call("rates", { from: at, to: at + SECOND }),
  processes: (engine) => engine.call("processes", { limit: 1_000 }),
  process: (engine, _at, id) => engine.call("process", { process: `p-${id % 2_000}` }),
  tree: (engine) => engine.call("tree", {}),
  history: (engine, _at, id) => engine.call("history", { process: `p-${id % 2_000}` }),
  states: (engine, _at, id) =>
    engine.call("states", { process: `p-${id % 2_000}`, beforeId: id, limit: 100 }),
  calls: (engine) => engine.call("calls", {}),
  executions: (engine) => engine.call("executions", {}),
  flows: (engine) => engine.call("flows", {}),
  crashes: (engine) => engine.call("crashes", {}),
  requests: (engine) => engine.call("requests", {}),
  liveViews: (engine) => engine.call("liveViews", {}),
  topics: (engine) => engine.call("topics", {}),
  broadcasts: (engine) => engine.call("broadcasts", {}),
  gaps: (engine) => engine.call("gaps", {}),
};

const percentile = (times: readonly number[], share: number): number =>
  times.toSorted((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN;

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

async function ask(engine: Engine, of: string, events: number): Promise<void> {
  let state = SEED;
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 0x1_0000_0000;
  };
  for (const [name, question] of Object.entries(QUESTIONS)) {
    const times: number[] = [];
    let spent = 0;
    while (times.length < ROUNDS && spent < LONGEST_MS) {
      const id = 1 + Math.floor(random() * (events - 1));
      const took = await timed(() => question(engine, id * 1_000, id));
      times.push(took);
      spent += took;
    }
    add(`${of}: ${name} p50`, percentile(times, 0.5), "ms");
    add(`${of}: ${name} p95`, percentile(times, 0.95), "ms");
  }
}

async function measure(events: number): Promise<void> {
  const of = `${events / 1e6} M`;
  const path = join(folder, `${events}.esrec`);
  const seconds = (await timed(() => make(path, events))) / 1000;
  add(`${of}: ingest, until closed`, events / seconds / 1e6, "M events/s");
  add(`${of}: size`, statSync(path).size / events, "bytes/event");
  let engine: Engine | undefined;
  const opened = await timed(async () => {
    engine = await Engine.start({ version: "0.0.0", open: path });
  });
  add(`${of}: open`, opened, "ms");
  await ask(engine!, of, events);
  add(`${of}: memory after all of it`, process.memoryUsage().rss / 1e6, "MB");
  await engine!.stop();
  rmSync(path);
}

try {
  for (const events of values.events.split(",")) await measure(Number(events));
} finally {
  rmSync(folder, { recursive: true });
}

if (values.json) console.log(JSON.stringify({ events: values.events, rows }));
else
  for (const { name, value, unit } of rows)
    console.log(`${name.padEnd(56)} ${String(value).padStart(8)} ${unit}`);
